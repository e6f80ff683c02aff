import subprocess
import sys

from tests.grounding.cli.command import Command
from tests.grounding.client.test_import import loaded_by

WITHOUT = """
import sys
sys.modules["mcp"] = None  # as where it is not installed
sys.argv = ["grounding", "mcp"]
from grounding.cli.main import main
main()
"""


def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], check=False, capture_output=True, text=True
    )

    assert done.returncode == 3
    assert done.stderr == (
        "grounding: grounding mcp needs the extra `mcp`: pip install 'grounding[mcp]'\n"
    )


def test_importing_the_command_does_not_load_the_extra() -> None:
    loaded = loaded_by("import grounding.cli.main, grounding.cli.mcp, grounding.mcp.tools")

    assert "grounding.mcp.tools" in loaded
    assert "mcp" not in loaded


def test_a_wrong_address_is_wrong_usage(command: Command) -> None:
    assert command("--url", "nowhere", "mcp").code == 2

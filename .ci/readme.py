"""Take commands out of Markdown pages, so that what is documented is what is run.

    python .ci/readme.py show README.md test    print the block that is marked ```sh test
    python .ci/readme.py run FOLDER             follow the README in FOLDER, without network

Following the README means: write the first configuration, replace it by the README's example,
start the service, and run every other block against it.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED = "127.0.0.1:8080"
PATIENCE_SECONDS = 600
SHOWN_CHARACTERS = 400

# What `.ci/run` does itself: these install packages or take an environment of their own.
RUN_ELSEWHERE = {"install", "demo", "test"}
FOLLOWED = {"init", "example", "up", "ask", "client", "push", "augment"}


def blocks(page: Path) -> dict[str, str]:
    """Return the fenced blocks of a page by their mark, the second word after the fence.

    Raises:
        SystemExit: a mark is used twice.
    """
    found: dict[str, str] = {}
    text = page.read_text(encoding="utf-8")
    for mark, block in re.findall(r"^```\w+ (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if mark in found:
            sys.exit(f"{page.name}: two blocks are marked {mark!r}")
        found[mark] = block
    return found


def show(page: str, mark: str) -> None:
    found = blocks(ROOT / page)
    if mark not in found:
        sys.exit(f"{page}: no block is marked {mark!r}; found: {', '.join(found)}")
    sys.stdout.write(found[mark])


def follow(folder: Path) -> None:
    """Run what the README says, in `folder`, with the service on a free port."""
    documented = blocks(ROOT / "README.md")
    _require_all_known(documented)
    address = f"127.0.0.1:{_free_port()}"
    commands = {mark: text.replace(DOCUMENTED, address) for mark, text in documented.items()}
    os.environ["GROUNDING_SERVER__PORT"] = address.partition(":")[2]
    os.environ["HF_HUB_OFFLINE"] = "1"

    shutil.copytree(ROOT / "docs", folder / "docs")
    _shell(commands["init"], folder)
    (folder / "grounding.toml").write_text(commands["example"], encoding="utf-8")
    with _running(commands["up"], folder, address):
        _require("nothing found", _shell(commands["ask"], folder), is_there=False)
        _require("[1]", _shell("grounding ask 'how is a source kept fresh?'", folder))
        _require("handbook", _python(commands["client"], folder))
        seq = json.loads(_shell(commands["push"], folder))["seq"]
        asking = commands["augment"].replace('"min_seq": 1', f'"min_seq": {seq}')
        _require("7:30", _shell(asking, folder))
        page = blocks(ROOT / "docs" / "client.md")["offline"].replace(DOCUMENTED, address)
        _require("The ferry leaves at 9:15. None", _python(page, folder))


def _require_all_known(documented: dict[str, str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    fences = len(re.findall(r"^```", text, re.MULTILINE)) // 2
    if set(documented) != RUN_ELSEWHERE | FOLLOWED or fences != len(documented):
        sys.exit(f"README.md: a block has no mark, or one that nothing runs: {sorted(documented)}")


def _require(words: str, output: str, *, is_there: bool = True) -> None:
    if (words in output) is not is_there:
        sys.exit(f"README: expected output {'with' if is_there else 'without'} {words!r}")


@contextmanager
def _running(command: str, folder: Path, address: str) -> Iterator[None]:
    process = subprocess.Popen(["bash", "-c", command], cwd=folder, start_new_session=True)
    try:
        _wait_until_read(process, address)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_until_read(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit("README: the service ended by itself")
        try:
            with urllib.request.urlopen(f"http://{address}/v1/sources", timeout=5) as reply:
                if all(
                    each["freshness"]["last_success_at"] for each in json.load(reply)["sources"]
                ):
                    return
        except OSError:  # not listening yet, or not answering yet
            pass
        time.sleep(0.5)
    sys.exit("README: the service did not read its sources in time")


def _shell(commands: str, folder: Path) -> str:
    sys.stdout.write("".join(f"$ {line}\n" for line in commands.splitlines()))
    return _run(["bash", "-euo", "pipefail", "-c", commands], folder)


def _python(code: str, folder: Path) -> str:
    return _run([sys.executable, "-c", code], folder)


def _run(command: list[str], folder: Path) -> str:
    sys.stdout.flush()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(textwrap.shorten(done.stdout, SHOWN_CHARACTERS) + "\n")
    if done.returncode:
        sys.exit(f"README: exit code {done.returncode}")
    return done.stdout


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def main() -> None:
    match sys.argv[1:]:
        case ["show", page, mark]:
            show(page, mark)
        case ["run", folder]:
            follow(Path(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()

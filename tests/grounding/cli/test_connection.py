from pathlib import Path

import pytest

from tests.grounding.cli.command import Command
from tests.grounding.serving import Plan, serving


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_running_service_is_found_where_it_listens(
    command: Command, tmp_path: Path, host: str
) -> None:
    public = {"allowed_hosts": ["grounding.example"]}
    with serving(Plan(tmp_path, server=public)) as one:
        one.client.add_source("news", "feed", options={"url": "http://127.0.0.1:9/"})
        Path("grounding.toml").write_text(
            f'[server]\nhost = "{host}"\nport = {port_of(one.url)}\n'
            'allowed_hosts = ["grounding.example"]\n'
        )

        listed = command("sources", "list", "--json")

    assert [each["name"] for each in listed.json] == ["news"]

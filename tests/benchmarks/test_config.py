import tomllib
from pathlib import Path

from benchmarks.config import Source, grounding_toml


def test_what_is_written_reads_back_the_same() -> None:
    source: Source = {
        "name": 'quo"ted\\ — ü\n',
        "kind": "csv",
        "wide": {"key": "EUR/{column}", "columns": ["USD", "JPY"]},
        "values": [{"column": "Price", "tight": True}],
        "limit": 3,
    }

    text = grounding_toml(
        Path("/tmp/x"),
        port=8123,
        database="sqlite:////tmp/x/db",
        sources=[source],
        snapshot_every="2s",
    )

    read = tomllib.loads(text)
    assert read["sources"] == [source]
    assert read["server"] == {"host": "127.0.0.1", "port": 8123}
    assert read["fetch"]["allow_private_addresses"] is True

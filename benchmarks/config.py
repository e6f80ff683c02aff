"""A `grounding.toml` for one run of the service, written from Python values."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Setting: TypeAlias = "str | int | float | bool | Sequence[Setting] | Mapping[str, Setting]"
Source: TypeAlias = Mapping[str, Setting]


def grounding_toml(
    folder: Path,
    *,
    port: int,
    database: str,
    sources: Sequence[Source],
    snapshot_every: str,
    fetch: Mapping[str, Setting] | None = None,
    server: Mapping[str, Setting] | None = None,
    upstreams: Sequence[Mapping[str, Setting]] = (),
) -> str:
    """Keep everything but the database below `folder`; read loopback sources."""
    sections: dict[str, dict[str, Setting]] = {
        "database": {"url": database},
        "index": {
            "directory": str(folder / "index"),
            "device": "cpu",
            "snapshot_every": snapshot_every,
        },
        "server": {"host": "127.0.0.1", "port": port, **(server or {})},
        "fetch": {
            "contact": "mailto:nobody@example.com",
            "allow_private_addresses": True,
            **(fetch or {}),
        },
    }
    lines = [line for name, body in sections.items() for line in (f"[{name}]", *_lines(body), "")]
    for upstream in upstreams:
        lines += ["[[upstreams]]", *_lines(upstream), ""]
    for source in sources:
        lines += ["[[sources]]", *_lines(source), ""]
    return "\n".join(lines)


def _lines(settings: Mapping[str, Setting]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in settings.items()]


def _value(value: Setting) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(_lines(value)) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)

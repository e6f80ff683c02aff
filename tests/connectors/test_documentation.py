"""docs/connectors.md: every example works and every option is explained."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.registry import validated

PAGE = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8")
COMMON = {"name", "kind", "schedule"}


def examples() -> list[dict[str, Any]]:
    tables = map(tomllib.loads, re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
    return [source for table in tables for source in table.get("sources", [])]


@pytest.mark.parametrize("source", examples(), ids=lambda source: source["name"])
def test_example_is_valid(source: dict[str, Any]) -> None:
    validated(source["kind"], {name: source[name] for name in source.keys() - COMMON})


def test_every_kind_has_an_example() -> None:
    assert {source["kind"] for source in examples()} == {"csv", "feed", "files", "json"}


@pytest.mark.parametrize("kind", ["csv", "feed", "files", "json"])
def test_every_option_is_explained(kind: str) -> None:
    known = registry._loaded(kind).Options.model_fields

    assert [name for name in known if f"| `{name}` |" not in PAGE] == []

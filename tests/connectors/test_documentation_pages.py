"""docs/pages.md: every example works and every option is explained."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.registry import validated

PAGE = (Path(__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")
COMMON = {"name", "kind", "schedule"}


def examples() -> list[dict[str, Any]]:
    tables = map(tomllib.loads, re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
    return [source for table in tables for source in table.get("sources", [])]


@pytest.mark.parametrize("source", examples(), ids=lambda source: source["name"])
def test_example_is_valid(source: dict[str, Any]) -> None:
    validated(source["kind"], {name: source[name] for name in source.keys() - COMMON})


def test_both_kinds_have_an_example() -> None:
    assert {source["kind"] for source in examples()} == {"sitemap", "web"}


@pytest.mark.parametrize("kind", ["sitemap", "web"])
def test_every_option_is_explained_with_its_default(kind: str) -> None:
    fields = registry._loaded(kind).Options.model_fields
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))

    assert [name for name in fields if name not in rows] == []
    for name in ("max_pages", "pages_per_read", "recheck_days", "max_text_chars"):
        if name in fields:
            assert rows[name] == f"`{fields[name].default}`"

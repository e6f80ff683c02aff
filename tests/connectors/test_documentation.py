"""The pages about kinds: every example works and every option is explained."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.registry import validated

DOCS = Path(__file__).parents[2] / "docs"
COMMON = {"name", "kind", "schedule", "collection", "warn_after", "error_after", "ttl", "half_life"}
PAGES = {
    "csv": "sources.md",
    "feed": "sources.md",
    "files": "sources.md",
    "json": "sources.md",
    "xml": "sources.md",
    "sitemap": "pages.md",
    "web": "pages.md",
    "singer": "databases.md",
    "sql": "databases.md",
}


def examples(page: str) -> list[dict[str, Any]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    tables = map(tomllib.loads, re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    return [source for table in tables for source in table.get("sources", [])]


ALL_EXAMPLES = [source for page in sorted({*PAGES.values()}) for source in examples(page)]


@pytest.mark.parametrize("source", ALL_EXAMPLES, ids=lambda source: source["name"])
def test_example_is_valid(source: dict[str, Any]) -> None:
    validated(source["kind"], {name: source[name] for name in source.keys() - COMMON})


@pytest.mark.parametrize("kind", PAGES)
def test_kind_has_an_example_on_its_page(kind: str) -> None:
    assert kind in {source["kind"] for source in examples(PAGES[kind])}


@pytest.mark.parametrize("kind", PAGES)
def test_every_option_is_explained(kind: str) -> None:
    known = registry._loaded(kind).Options.model_fields
    page = (DOCS / PAGES[kind]).read_text(encoding="utf-8")

    assert [name for name in known if f"| `{name}` |" not in page] == []


def test_defaults_of_pages_are_those_that_are_told() -> None:
    page = (DOCS / "pages.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))
    fields = registry._loaded("sitemap").Options.model_fields

    for name in ("max_pages", "pages_per_read", "recheck_days", "max_text_chars"):
        assert told[name] == f"`{fields[name].default}`"

"""docs/catalogue.md: every recipe is there, with an example that works and all its options."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.recipe import recipe_from
from connectors.recipe_options import OptionSpec

PAGE = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
MANY = 9
HOW_TO = ("collection", "schedule", "warn_after", "error_after", "half_life")


def section(kind: str) -> str:
    return re.split(r"\n##+ ", PAGE.partition(f"\n### {kind}\n")[2])[0]


def example(kind: str) -> dict[str, Any]:
    (source,) = tomllib.loads(re.findall(r"```toml\n(.*?)```", section(kind), re.DOTALL)[0])[
        "sources"
    ]
    return dict(source)


def row(name: str, spec: OptionSpec) -> str:
    choices = ": " + ", ".join(f"`{each}`" for each in spec.choices) if spec.choices else ""
    return f"| `{name}` | {default(spec)} | {spec.description}{choices} |"


def default(spec: OptionSpec) -> str:
    match spec.default:
        case None:
            return "none" if spec.optional else "required"
        case bool():
            return f"`{str(spec.default).lower()}`"
        case list() if len(spec.default) > MANY:
            return f"all {len(spec.default)}"
        case list():
            return ", ".join(f"`{each}`" for each in spec.default)
        case _:
            return f"`{spec.default}`"


@pytest.mark.parametrize("kind", [*registry.recipes(), "metar"])
def test_example_is_valid(kind: str) -> None:
    source = example(kind)

    assert source["kind"] == kind
    registry.validated(
        kind, {name: source[name] for name in source.keys() - {"name", "kind", *HOW_TO}}
    )


@pytest.mark.parametrize("kind", registry.recipes())
def test_example_has_what_the_recipe_suggests(kind: str) -> None:
    suggested = registry.recipes()[kind].suggested.model_dump(exclude_none=True)

    assert {name: example(kind)[name] for name in suggested} == suggested


@pytest.mark.parametrize("kind", registry.recipes())
def test_every_option_is_explained_as_the_recipe_has_it(kind: str) -> None:
    rows = [row(name, spec) for name, spec in registry.recipes()[kind].options.items()]

    assert [line for line in section(kind).splitlines() if line.startswith("| `")] == rows


@pytest.mark.parametrize("kind", registry.recipes())
def test_kind_is_listed_with_what_it_reads(kind: str) -> None:
    assert f"| [`{kind}`](#{kind}) | {registry.recipes()[kind].about} |" in PAGE


def test_recipe_on_the_page_is_one(tmp_path: Path) -> None:
    file = tmp_path / "gauges.toml"
    file.write_text(re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")

    assert recipe_from(file).engine == "json"

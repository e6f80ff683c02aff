"""The docs name everything a user can set, ask, run or read, and nothing that is not there."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.core import TyperGroup, TyperOption

from connectors import registry
from grounding.api import chat_requests, requests
from grounding.api.app import create_app
from grounding.cli.main import app as command_line
from grounding.gateway_settings import UpstreamSettings
from grounding.settings import DEFAULT_PATH, Settings, SourceSettings, load
from grounding.wiring import build
from indexer.durations import parse_duration
from tests.fakes import HashEmbedder
from tests.grounding.serving import Plan, settings_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")], key=str
)
FIRST = ROOT / "grounding" / "first.toml"
ABOUT_KINDS = ("connectors.md", "sources.md", "catalogue.md", "databases.md", "pages.md")
LISTS = {"upstreams": UpstreamSettings, "sources": SourceSettings}
BODIES = (
    chat_requests.GroundingIn,
    requests.SearchIn,
    requests.AugmentIn,
    requests.DocumentsIn,
    requests.DocumentIn,
    requests.ObservationsIn,
    requests.ObservationIn,
    requests.SeriesIn,
    requests.SourceIn,
)


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \|", text_of("configuration.md"), re.MULTILINE)

    documented = {name: _value(default) for name, default in rows}

    assert documented == dict(_settings())


def test_every_endpoint_is_documented_and_no_other(tmp_path: Path) -> None:
    documented = set(re.findall(r"`(GET|POST|PATCH|DELETE) (/\S+)`", text_of("http.md")))

    assert documented == set(_endpoints(tmp_path))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_field_of_a_request_is_documented(body: type[BaseModel]) -> None:
    page = text_of("http.md")

    assert [name for name in body.model_fields if f"`{name}`" not in page] == []


def test_every_command_is_documented_and_no_other() -> None:
    documented = re.findall(r"^\| `(grounding[a-z -]+[a-z])", text_of("cli.md"), re.MULTILINE)

    assert sorted(documented) == sorted(path for path, _ in _commands())


def test_every_option_of_a_command_is_documented() -> None:
    page = text_of("cli.md")
    options = {
        name
        for _, command in _commands()
        for option in command.params
        if isinstance(option, TyperOption)
        for name in option.opts
    }

    assert "--as-of" in options
    assert sorted(name for name in options if f"`{name}`" not in page) == []


@pytest.mark.parametrize("kind", sorted(registry.BUILT_IN))
def test_every_option_of_a_kind_is_documented(kind: str) -> None:
    page = "".join(map(text_of, ABOUT_KINDS))
    options = registry._loaded(kind).Options.model_fields

    assert f"`{kind}`" in page
    assert [name for name in options if not re.search(rf"`{name}\b", page)] == []


def test_the_first_configuration_loads_and_promises_freshness_for_every_source() -> None:
    found = load(FIRST).sources

    assert len({source.kind for source in found}) == len(found)
    assert all(each.schedule and each.warn_after and each.error_after for each in found)


def test_what_the_first_configuration_has_commented_out_loads_too(tmp_path: Path) -> None:
    commented = re.sub(r"(?m)^# ?(?=\[\[|\w+ = )", "", FIRST.read_text(encoding="utf-8"))
    chosen = re.sub(r'(?m)^url = "sqlite.*\n', "", commented)
    path = tmp_path / DEFAULT_PATH
    path.write_text(chosen, encoding="utf-8")

    found = load(path)

    ours = {*registry.BUILT_IN, *registry.recipes()}
    assert {source.kind for source in found.sources} == ours
    assert all(each.schedule and each.warn_after and each.error_after for each in found.sources)
    for source in found.sources:
        registry.validated(source.kind, source.options)
    assert found.database.url.startswith("postgresql")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_toml_on_a_page_is_a_configuration_that_loads(page: Path, tmp_path: Path) -> None:
    blocks = [each for each in _blocks(page, "toml") if "[project" not in each]
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")

        load(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    broken = [link for link in _links(page) if not _resolves(page, link)]

    assert broken == []


def _settings() -> Iterator[tuple[str, Any]]:
    for section, field in Settings.model_fields.items():
        if section not in LISTS:
            yield from _fields(section, field.annotation)
    for section, record in LISTS.items():
        yield from _fields(section, record)


def _fields(section: str, record: Any) -> Iterator[tuple[str, Any]]:
    for name, field in record.model_fields.items():
        default = field.default
        yield f"{section}.{name}", "required" if default is PydanticUndefined else _plain(default)


def _plain(default: object) -> object:
    match default:
        case Enum():
            return default.value
        case Path():
            return str(default)
        case _:
            return default


def _value(written: str) -> object:
    """Read a default as the page writes it."""
    text = written.strip("`")
    if text == "none":
        return None
    if text == "0s":
        return timedelta(0)
    if re.fullmatch(r"\d+[smhd]", text):
        return parse_duration(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _endpoints(directory: Path) -> list[tuple[str, str]]:
    service = build(settings_of(Plan(directory)), embedder=HashEmbedder())
    paths = create_app(service).openapi()["paths"]
    service.parts.database.close()
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def _commands() -> Iterator[tuple[str, Any]]:
    yield from _below("grounding", typer.main.get_command(command_line))


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        yield path, command
        return
    context = command.make_context(path, [], resilient_parsing=True)
    for name in command.list_commands(context):
        yield from _below(f"{path} {name}", command.get_command(context, name))


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\b.*?\n(.*?)^```",
        page.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )


def _links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith(("http://", "https://", "mailto:"))]


def _resolves(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}

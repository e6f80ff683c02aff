"""How a recipe becomes a kind: options, placeholders, variants, and what is refused."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.errors import InvalidOptions
from connectors.recipe import Recipe, kind_of, recipe_from

WATER: dict[str, Any] = {
    "engine": "json",
    "about": "water levels",
    "homepage": "https://water.example/",
    "suggested": {"schedule": "every 1h", "warn_after": "2h", "error_after": "1d"},
    "options": {
        "gauge": {"description": "number", "pattern": r"\d{1,8}", "width": 4},
        "rivers": {"description": "names", "type": "list", "optional": True},
        "limit": {"description": "how many", "type": "integer", "default": 5, "at_most": 9},
        "is_new": {"description": "only new", "type": "flag", "default": False},
        "token": {"description": "token", "type": "secret", "optional": True},
        "level": {"description": "which", "choices": ["mean", "peak"], "default": "mean"},
    },
    "source": {
        "url": "https://water.example/{$gauge}/levels?rivers={$rivers}&fixed=1",
        "params": {"limit": "{$limit}", "new": "{$is_new}", "rivers": "{$rivers}"},
        "headers": {"Authorization": "Bearer {$token}"},
        "items": "levels[?river == '{$rivers}']",
        "documents": {"key": "id", "text": "text"},
    },
    "when": {
        "level": {
            "peak": {"url": "https://peak.example/{$gauge}", "documents": {"text": "top"}},
            "mean": {},
        }
    },
}


def recipe(**changes: Any) -> Recipe:
    return Recipe.model_validate({**WATER, **changes})


def settings(**given: Any) -> dict[str, Any]:
    """Return the engine's options for what a user gives."""
    made = kind_of(recipe(), kind="water", engines=registry._engine)
    options = made.Options.model_validate({"gauge": "7", "rivers": ["Elbe"], **given})
    return recipe().settings(dict(options))[1]


def refusal(**given: Any) -> str:
    made = kind_of(recipe(), kind="water", engines=registry._engine)
    with pytest.raises(InvalidOptions) as caught:
        registry._checked(made, {"gauge": "7", "rivers": ["Elbe"], **given}, "water")
    return str(caught.value)


def test_options_are_encoded_in_an_address_and_plain_in_parameters() -> None:
    found = settings(rivers=["Elbe & Saale", "Main/Rhein"])

    assert found["url"] == (
        "https://water.example/0007/levels?rivers=Elbe%20%26%20Saale,Main%2FRhein&fixed=1"
    )
    assert found["params"] == {"limit": "5", "new": "false", "rivers": "Elbe & Saale,Main/Rhein"}


def test_text_with_an_option_that_was_not_given_is_left_out() -> None:
    assert settings()["headers"] == {}


def test_secret_is_passed_on_as_a_reference() -> None:
    assert settings(token="env:WATER")["headers"] == {"Authorization": "Bearer env:WATER"}


def test_quotes_in_a_value_stay_inside_the_quotes_of_an_expression() -> None:
    assert settings(rivers=["L'Aa\\b"])["items"] == r"levels[?river == 'L\'Aa\\b']"


def test_variant_is_laid_over_what_is_common() -> None:
    found = settings(level="peak")

    assert found["url"] == "https://peak.example/0007"
    assert found["documents"] == {"key": "id", "text": "top"}


def test_base_url_moves_path_and_query_elsewhere() -> None:
    found = settings(base_url="http://127.0.0.1:80/proxy/", rivers=["x"])

    assert found["url"] == "http://127.0.0.1:80/proxy/0007/levels?rivers=x&fixed=1"


def test_url_is_read_as_it_is() -> None:
    assert settings(url="https://mirror.example/a")["url"] == "https://mirror.example/a"


def test_one_text_is_a_list_of_one() -> None:
    assert settings(rivers="Elbe") == settings(rivers=["Elbe"])


def test_option_alone_keeps_its_type_outside_of_a_request() -> None:
    source = {"url": "https://x.example/{$level}{$gauge}{$is_new}{$token}", "limit": "{$limit}"}
    made = recipe(source={**source, "names": "{$rivers}"}, when={})
    given = {"level": "a", "gauge": "1", "is_new": True, "token": "t", "limit": 5}

    _, found = made.settings({**given, "rivers": ("Elbe", "Main")})

    assert (found["limit"], found["names"]) == (5, ("Elbe", "Main"))
    assert found["url"] == "https://x.example/a1truet"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"gauge": "x"}, "option 'gauge'"),
        ({"gauge": None}, "option 'gauge'"),
        ({"rivers": []}, "option 'rivers'"),
        ({"rivers": ["a{b}"]}, "without braces"),
        ({"rivers": ["a\nb"]}, "one line"),
        ({"rivers": ["env:HOME"]}, "holds no secret"),
        ({"limit": 10}, "less than or equal to 9"),
        ({"level": "low"}, "'mean' or 'peak'"),
        ({"token": "s3cret"}, "expected env:NAME or file:PATH"),
        ({"colour": "red"}, "unknown option 'colour'"),
        ({"url": "https://a.example", "base_url": "https://b.example"}, "at most one"),
        ({"base_url": "ftp://b.example"}, "base_url"),
    ],
)
def test_wrong_option_is_named_and_never_repeated(given: dict[str, Any], complaint: str) -> None:
    message = refusal(**given)

    assert complaint in message
    assert "s3cret" not in message


def test_what_the_engine_refuses_is_told_as_the_options_of_this_kind() -> None:
    made = kind_of(
        recipe(source={**WATER["source"], "items": "[?{$level}"}),
        kind="water",
        engines=registry._engine,
    )

    with pytest.raises(InvalidOptions, match=r"json cannot be read so: items: .*JMESPath"):
        registry._checked(made, {"gauge": "7", "rivers": ["a"]}, "water")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"source": {**WATER["source"], "zone": "{$zone}"}}, "not declared: .'zone'"),
        (
            {"options": {**WATER["options"], "more": {"description": "of it"}}},
            "never used: .'more'",
        ),
        ({"options": {**WATER["options"], "gauge": {}}}, "description"),
        ({"enigne": "json"}, "enigne"),
    ],
)
def test_recipe_that_contradicts_itself_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        recipe(**changes)


def test_own_options_may_not_be_declared() -> None:
    spec = {"description": "x", "default": "y"}
    odd = recipe(
        options={**WATER["options"], "url": spec},
        source={**WATER["source"], "zone": "{$url}"},
    )

    with pytest.raises(ValueError, match="every recipe's own"):
        kind_of(odd, kind="water", engines=registry._engine)


@pytest.mark.parametrize("text", ["engine = ", "engine = 'json'", "\udcff"])
def test_file_that_is_no_recipe_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "water.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(InvalidOptions, match=r"recipe .*water\.toml"):
        recipe_from(file)


PACKAGE = """
from pathlib import Path
from connectors.recipe import recipe_from

gauges = recipe_from(Path(__file__).with_name("gauges.toml"))
"""
GAUGES = """
engine = "{engine}"
about = "water levels"
homepage = "https://water.example/"
suggested = {{ schedule = "every 1h", warn_after = "2h", error_after = "1d" }}
source = {{ url = "https://water.example/levels", documents = {{ key = "id", text = "text" }} }}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that ships a recipe, and would like to replace one of ours."""
    folder = tmp_path / "test_water_party"
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "gauges.toml").write_text(GAUGES.format(engine="json"))
    info = tmp_path / "water-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: water\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[grounding.connectors]\n"
        "water-gauges = test_water_party:gauges\n"
        "cisa-kev = test_water_party:gauges\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop("test_water_party", None)


@pytest.mark.usefixtures("package")
def test_package_adds_a_kind_with_one_file() -> None:
    assert "water-gauges" in registry.kinds()
    assert registry.validated("water-gauges", {"base_url": "https://mirror.example"})


@pytest.mark.usefixtures("package")
def test_package_cannot_replace_a_recipe_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="connectors.registry"):
        assert registry.validated("cisa-kev", {"ransomware": "known"})
        registry.kinds()

    assert "connector kind 'cisa-kev' is taken" in caplog.text


def test_recipe_of_a_recipe_is_refused(package: Path) -> None:
    (package / "gauges.toml").write_text(GAUGES.format(engine="cisa-kev"))

    with pytest.raises(InvalidOptions, match="'cisa-kev' is a recipe itself"):
        registry.validated("water-gauges", {})

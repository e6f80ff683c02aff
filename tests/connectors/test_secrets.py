from pathlib import Path

import pytest

from connectors import registry
from connectors.credentials import names_credential
from connectors.errors import InvalidOptions
from connectors.protocol import Options
from connectors.records import JsonValue
from connectors.secrets import mask_in, reference_in, reveal, shown


def test_plain_value_is_itself() -> None:
    assert reveal("text/csv", option="headers.Accept") == "text/csv"


def test_reference_is_followed_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVER_KEY", "first")
    before = reveal("env:RIVER_KEY", option="key")
    monkeypatch.setenv("RIVER_KEY", "second")

    assert (before, reveal("env:RIVER_KEY", option="key")) == ("first", "second")


def test_secret_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("swordfish\n")

    assert reveal(f"file:{tmp_path}/key", option="key") == "swordfish"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_unreadable_secret_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidOptions, match=f"headers.X: .*{path}"):
        reveal(f"file:{path}", option="headers.X")


@pytest.mark.parametrize(
    ("value", "revealed"),
    [
        ("Bearer env:RIVER_KEY", "Bearer swordfish"),
        ("Token env:RIVER_KEY", "Token swordfish"),
        ("Api-Key env:RIVER_KEY", "Api-Key swordfish"),
        ("Bearer  env:RIVER_KEY", "Bearer  env:RIVER_KEY"),
        ("one two env:RIVER_KEY", "one two env:RIVER_KEY"),
        (" env:RIVER_KEY", " env:RIVER_KEY"),
        ("see env:", None),
        ("env:", None),
        ("environment", "environment"),
    ],
)
def test_one_word_may_come_before_a_reference(
    monkeypatch: pytest.MonkeyPatch, value: str, revealed: str | None
) -> None:
    monkeypatch.setenv("RIVER_KEY", "swordfish")

    if revealed is None:
        with pytest.raises(InvalidOptions, match="is not set"):
            reveal(value, option="key")
    else:
        assert reveal(value, option="key") == revealed


def test_word_and_secret_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("swordfish\n")

    assert reveal(f"Bearer file:{tmp_path}/key", option="key") == "Bearer swordfish"


def test_reference_is_told_apart_and_written_as_it_was() -> None:
    for text in ("env:A", "file:/run/secrets/a", "Bearer env:A", "Bearer file:keys/a b"):
        assert str(reference_in(text)) == text
    assert reference_in("text/csv") is None
    assert reference_in(7) is None


CREDENTIALS = [
    "Authorization",
    "proxy-authorization",
    "Cookie",
    "X-API-Key",
    "x-cg-demo-api-key",
    "Ocp-Apim-Subscription-Key",
    "api_key",
    "apikey",
    "apiKey",
    "APIKEY",
    "key",
    "token",
    "access_token",
    "accessToken",
    "X-Auth-Token",
    "PRIVATE-TOKEN",
    "client_secret",
    "password",
    "appid",
    "X-Amz-Signature",
    "auth",
]
NO_CREDENTIALS = [
    "Accept",
    "User-Agent",
    "page_token",
    "nextPageToken",
    "keyword",
    "keys",
    "series_key",
    "sortKey",
    "monkey",
    "author",
    "If-None-Match",
    "",
    "-",
]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_are_known_by_their_names(name: str) -> None:
    assert names_credential(name)


@pytest.mark.parametrize("name", NO_CREDENTIALS)
def test_other_names_are_no_credentials(name: str) -> None:
    assert not names_credential(name)


def options(**given: object) -> Options:
    return registry.validated("feed", {"url": "https://feeds.example/x", **given})


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Authorization": "Bearer hunter2"}},
        {"headers": {"X-Api-Key": "hunter2", "Accept": "text/xml"}},
        {"params": {"api_key": "hunter2"}},
        {"params": {"key": "Bearer two env:WORDS hunter2"}},
        {"url": "https://ann:hunter2@feeds.example/x"},
        {"url": "https://hunter2@feeds.example/x"},
        {"url": "https://feeds.example/x?page=2&access_token=hunter2"},
    ],
)
def test_credential_that_is_written_down_is_refused_with_advice(given: dict[str, object]) -> None:
    with pytest.raises(InvalidOptions, match="environment variable and write") as caught:
        options(**given)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Authorization": "Bearer env:TOKEN", "Accept": "text/xml"}},
        {"headers": {"Cookie": "file:/run/secrets/cookie"}},
        {"params": {"api_key": "env:KEY", "page": "2", "keyword": "rivers"}},
        {"params": {"apikey": "demo", "api_key": "DEMO_KEY"}},
        {"url": "https://feeds.example/x?page=2&key="},
    ],
)
def test_references_and_what_is_no_credential_are_fine(given: dict[str, object]) -> None:
    options(**given)


def test_shown_options_keep_what_is_no_secret() -> None:
    given: dict[str, JsonValue] = {
        "url": "https://feeds.example/x?page=2",
        "headers": {"Accept": "text/xml", "Authorization": "Bearer env:TOKEN"},
        "params": {"q": "rivers", "api_key": "file:keys/rivers"},
        "max_bytes": 5,
        "documents": {"key": "id", "text": "body"},
        "tables": [{"key": None, "wide": True}],
    }

    assert shown(given) == given


def test_shown_options_mask_what_may_be_a_secret() -> None:
    given: dict[str, JsonValue] = {
        "url": "postgresql://ann:hunter2@db.example/rivers?sslpassword=hunter2&a=b",
        "mirrors": ["https://hunter2@feeds.example/", {"token": "hunter2"}],
        "headers": {"X-Whatever": "hunter2", "Authorization": "Bearer hunter2"},
        "params": {"access_token": "hunter2", "key": 77, "q": "rivers"},
        "storage_options": {"deep": {"secret": "hunter2"}},
    }

    assert shown(given) == {
        "url": "postgresql://ann:***@db.example/rivers?sslpassword=***&a=b",
        "mirrors": ["https://***@feeds.example/", {"token": "***"}],
        "headers": {"X-Whatever": "***", "Authorization": "***"},
        "params": {"access_token": "***", "key": "***", "q": "rivers"},
        "storage_options": {"deep": {"secret": "***"}},
    }


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"headers": {"X-Key": "***"}}, "headers.X-Key"),
        ({"url": "postgresql://ann:***@db.example/rivers"}, "url"),
        ({"mirrors": ["https://a.example/?token=***&q=1"]}, "mirrors.0"),
        ({"url": "https://a.example/*** breaking ***", "text": "a*** b", "n": 3}, None),
    ],
)
def test_a_mask_is_found_where_it_stands_for_a_secret(
    options: dict[str, object], path: str | None
) -> None:
    assert mask_in(options) == path


def test_options_as_they_are_shown_are_not_taken_for_new_ones() -> None:
    options = {"url": "https://a.example/feed", "headers": {"X-Key": "***"}}

    with pytest.raises(InvalidOptions, match=r"headers\.X-Key holds the mask"):
        registry.validated("feed", options)

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query import neutralise
from grounding.query.redact import ERASED, RUN, fingerprint, redacted

UID = "0123456789abcdef01234567"
SECRET = (
    "The combination of the safe in the harbour office is 31-08-77. "
    "Nobody but the harbour master and his deputy has ever been told about it."
)
HARMLESS = "What is the combination of wind and tide in the harbour today?"


def receipt(*contents: str, shown: str = UID) -> Any:
    return {
        "messages": [{"role": "user", "content": content} for content in contents],
        "evidence": [{"id": f"{shown}@1#0", "digest": "sha256:1", "source": "people"}],
        "nonce": "5f1c9a2b7d3e4f60",
    }


def test_who_was_shown_it_no_longer_says_what() -> None:
    cleared = redacted(receipt(HARMLESS), UID, fingerprint([SECRET]))

    assert cleared["evidence"] == [
        {"id": f"{UID}@1#0", "digest": None, "is_erased": True, "source": "people"}
    ]
    assert cleared["messages"] == [{"role": "user", "content": HARMLESS}]


def test_it_is_no_longer_named_beside_what_said_the_same() -> None:
    other = "f" * 24
    shown = receipt(HARMLESS, shown=other)
    named = [{"id": f"{uid}@1#0", "source": "people"} for uid in (UID, "e" * 24)]
    shown["evidence"][0]["also_in"] = named

    cleared: Any = redacted(shown, UID, fingerprint([SECRET]))

    assert cleared["evidence"] == [
        {"id": f"{other}@1#0", "digest": "sha256:1", "source": "people", "also_in": named[1:]}
    ]


@pytest.mark.parametrize(
    "quote",
    [
        SECRET,
        SECRET[10:50],
        f"You said: {SECRET[60:110]} — is that so?",
        SECRET.upper(),
        neutralise.block(SECRET.replace(" ", "\u200b "), max_chars=1_000),
        "> " + "\n> ".join(SECRET.split(". ")),
    ],
)
def test_a_conversation_that_quotes_it_loses_the_quote_whole(quote: str) -> None:
    cleared = redacted(receipt(HARMLESS, quote, shown="f" * 24), UID, fingerprint([SECRET]))

    assert [each["content"] for each in cleared["messages"]] == [HARMLESS, ERASED]


@given(st.integers(0, 60), st.integers(0, 40), st.text(max_size=20), st.text(max_size=20))
def test_every_quote_of_enough_letters_is_found(
    start: int, more: int, before: str, after: str
) -> None:
    letters = "".join(filter(str.isalnum, SECRET))
    quote = letters[start : start + RUN + more]

    assert len(quote) >= RUN
    assert fingerprint([SECRET]).is_quoted_in(f"{before} {quote} {after}")


def test_a_receipt_that_says_nothing_of_it_stays_as_it_is() -> None:
    other = receipt(HARMLESS, shown="f" * 24)

    assert redacted(other, UID, fingerprint([SECRET])) == other


def test_a_short_text_is_found_as_a_whole() -> None:
    secret = fingerprint(["PIN: 31-08-77"])

    assert secret.is_quoted_in("the pin 310877!")
    assert not secret.is_quoted_in("310877")
    assert not fingerprint(["ok", ""]).is_quoted_in("ok, that is it")


def test_scripts_without_spaces_are_found_too() -> None:
    secret = "港の事務所の金庫の番号は三一〇八七七であり、港長とその代理のほかには誰も知らない。"

    assert fingerprint([secret]).is_quoted_in(f"質問：{secret[3:38]}？")

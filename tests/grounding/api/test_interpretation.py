"""What the words of a question do to its answer, over HTTP: shown, and switched off on request."""

from typing import Any

import pytest

from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of
from tests.grounding.serving import DAY, Running, document

LAST_WEEK = START - DAY * 8
OLD = START - DAY * 400


@pytest.fixture
def harbour(running: Running, clock: FakeClock) -> Running:
    """A service that knows of a harbour: news of last week, of long ago, and an undated page."""
    seq = running.push(
        document("recent", "Harbour ferry strike ends", published_at=LAST_WEEK),
        document("old", "Harbour ferry strike begins", published_at=OLD),
        document("undated", "Harbour ferry timetable"),
    )
    running.titles("harbour", min_seq=seq)
    return running


def ask(running: Running, query: str, **more: Any) -> dict[str, Any]:
    reply = running.post("/v1/search", {"query": query, **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def titles(reply: dict[str, Any]) -> set[str]:
    return {each["title"] for each in reply["results"]}


def test_a_time_of_publication_filters_and_is_shown(harbour: Running) -> None:
    reply = ask(harbour, "harbour strike, articles from last week")

    assert titles(reply) == {"recent"}
    assert reply["interpretation"]["times"] == [
        {
            "text": "from last week",
            "after": "2026-02-16T00:00:00Z",
            "before": "2026-02-23T00:00:00Z",
            "used": "filter",
            "reason": "says when it was published",
        }
    ]


def test_switched_off_nothing_is_read_out_of_the_question(harbour: Running) -> None:
    reply = ask(harbour, "harbour strike, articles from last week", interpret=False)

    assert titles(reply) == {"recent", "old", "undated"}
    assert reply["interpretation"] is None
    assert {each["scores"]["asked_time"] for each in reply["results"]} == {0.0}


def test_a_time_of_happening_prefers_and_hides_nothing(harbour: Running) -> None:
    reply = ask(harbour, "what happened at the harbour last week?")

    terms = {each["title"]: each["scores"]["asked_time"] for each in reply["results"]}
    assert terms == {"recent": 0.25, "old": 0.0, "undated": 0.125}
    (time,) = reply["interpretation"]["times"]
    assert (time["text"], time["used"]) == ("last week", "preference")


def test_a_filter_that_leaves_nothing_is_left_out_and_that_is_said(harbour: Running) -> None:
    reply = ask(harbour, "harbour strike, articles from May 2024")

    assert titles(reply) == {"recent", "old", "undated"}
    (time,) = reply["interpretation"]["times"]
    assert time["used"] == "none"
    assert time["reason"] == "nothing was found so; searched without it"


def test_filters_of_the_request_go_before_the_question(harbour: Running) -> None:
    reply = ask(
        harbour,
        "harbour strike, articles from last week",
        published_before=(OLD + DAY).isoformat(),
    )

    assert titles(reply) == {"old"}
    assert [each["used"] for each in reply["interpretation"]["times"]] == ["none"]


def test_the_state_of_things_is_asked_for_as_of_then(running: Running, clock: FakeClock) -> None:
    running.push(document("mayor", "The mayor of Piran is Ana", valid_from=OLD), source="hall")
    clock.advance(DAY * 30)
    now = document("mayor", "The mayor of Piran is Luka", valid_from=START)
    seq = running.push(now, source="hall")
    clock.advance(DAY)

    reply = ask(
        running,
        "Who was mayor of Piran as of 28 February 2026?",
        include_history=True,
        min_seq=seq,
    )

    assert reply["as_of"] == "2026-02-28T23:59:59.999999Z"
    assert [each["text"] for each in reply["results"]] == ["The mayor of Piran is Ana"]
    assert [each["used"] for each in reply["interpretation"]["times"]] == ["as_of"]


def test_days_are_those_of_the_zone_given(harbour: Running) -> None:
    def after(**more: Any) -> str:
        (time,) = ask(harbour, "what happened yesterday?", **more)["interpretation"]["times"]
        said: str = time["after"]
        return said

    assert after() == "2026-02-28T00:00:00Z"
    assert after(timezone="Asia/Tokyo") == "2026-02-27T15:00:00Z"


@pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
def test_a_zone_that_is_none_is_refused(harbour: Running, path: str) -> None:
    reply = harbour.post(path, {"query": "harbour", "timezone": "Mars/Olympus"})

    assert fields_of(reply) == ["timezone"]


def test_terms_are_shown_with_their_kinds(harbour: Running) -> None:
    reply = ask(harbour, 'Who wrote "strike ends" about CVE-2024-3094?')

    assert reply["interpretation"]["terms"] == [
        {"text": "strike ends", "kind": "quote"},
        {"text": "CVE-2024-3094", "kind": "identifier"},
    ]


def test_words_in_a_row_lift_a_passage_that_holds_them(running: Running) -> None:
    seq = running.push(
        document("apart", "ends now the strike and all begins"),
        document("row", "now all the strike ends and begins"),
    )
    running.titles("strike", min_seq=seq)
    question = 'Where is "the strike ends" said?'

    def lexical(*, interpret: bool) -> dict[str, float]:
        found = ask(running, question, interpret=interpret)["results"]
        return {each["title"]: each["scores"]["lexical"] for each in found}

    plain, lifted = lexical(interpret=False), lexical(interpret=True)
    assert lifted["row"] > plain["row"]
    assert lifted["apart"] == plain["apart"]


def test_a_prompt_shows_it_and_its_receipt_says_what_it_did(harbour: Running) -> None:
    made = harbour.client.augment("harbour strike, articles from last week")
    without = harbour.client.augment("harbour strike, articles from last week", interpret=False)

    assert made.interpretation is not None
    assert [each.used for each in made.interpretation.times] == ["filter"]
    assert [each.title for each in made.evidence] == ["recent"]
    options: Any = harbour.client.receipt(made.receipt_id)["options"]
    assert options["interpret"] is True
    assert options["interpretation"] == {
        "as_of": None,
        "published_after": "2026-02-16T00:00:00+00:00",
        "published_before": "2026-02-23T00:00:00+00:00",
        "preferred_from": None,
        "prefers_newest": False,
    }
    assert without.interpretation is None
    off: Any = harbour.client.receipt(without.receipt_id)["options"]
    assert off["interpret"] is False
    assert set(off["interpretation"].values()) == {None, False}


def test_a_receipt_holds_no_words_of_the_question_in_its_options(harbour: Running) -> None:
    made = harbour.client.augment('"Harbour ferry strike ends" last week')

    options = str(harbour.client.receipt(made.receipt_id)["options"])
    assert "strike" not in options
    assert "last week" not in options


@pytest.mark.parametrize("of", ['"a b" ', "CVE-2024-1 ", "yesterday ", "articles from 2024 ", "'"])
def test_a_question_made_of_one_thing_over_and_over_is_answered(harbour: Running, of: str) -> None:
    question = ("harbour " + of * 4_000)[:4_000]

    reply = ask(harbour, question)

    assert "recent" in titles(reply)
    assert len(reply["interpretation"]["terms"]) <= 32
    assert len(reply["interpretation"]["times"]) <= 32

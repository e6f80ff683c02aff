"""How fast what a source says grows old: set for each source, shown with each hit."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from grounding.query.recency import BOUND, HALF_LIVES
from grounding.settings import RankingSettings
from grounding.wiring import build
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving, settings_of

USUAL = HALF_LIVES["push"]


@pytest.fixture(scope="module")
def either(tmp_path_factory: pytest.TempPathFactory, module_url: str | None) -> Iterator[Running]:
    """A service on each database; every test uses sources of its own, at one instant."""
    directory = tmp_path_factory.mktemp("either")
    source = {"name": "docs", "kind": "files", "path": str(directory), "half_life": "2h"}
    plan = Plan(directory, clock=FakeClock(), database_url=module_url, sources=[source])
    with serving(plan) as one:
        yield one


def recency_of(running: Running, source: str, *, age: timedelta = HOUR) -> float | None:
    """Return the recency of a document of that age, pushed to the source."""
    published_at = START - age
    seq = running.push(document("a", "Gold rose", published_at=published_at), source=source)
    (found,) = running.client.search("gold", sources=[source], min_seq=seq).results
    return found.scores.recency


def test_what_is_pushed_ages_as_its_source_says(either: Running) -> None:
    added = either.client.add_source("wire", "push", half_life="1h")

    assert added.half_life_seconds == 3_600
    assert recency_of(either, "wire") == pytest.approx(BOUND / 2)


def test_a_timeless_source_is_answered_as_such_and_never_ages(either: Running) -> None:
    added = either.client.add_source("manual", "push", half_life="timeless")

    assert added.half_life_seconds is None
    assert recency_of(either, "manual") == 0


def test_a_source_that_says_nothing_ages_as_its_kind(either: Running) -> None:
    recency = recency_of(either, "plain", age=USUAL)

    assert either.client.source("plain").half_life_seconds == USUAL.total_seconds()
    assert recency == pytest.approx(BOUND / 2)


def test_a_change_counts_for_the_next_question_and_null_takes_it_back(either: Running) -> None:
    seen = [recency_of(either, "changing", age=USUAL)]

    for half_life in (USUAL / 2, "timeless", None):
        changed = either.client.update_source("changing", half_life=half_life)
        seen.append(recency_of(either, "changing", age=USUAL))

    assert seen == pytest.approx([BOUND / 2, BOUND / 4, 0, BOUND / 2])
    assert changed.half_life_seconds == USUAL.total_seconds()


def test_other_changes_leave_it_alone(either: Running) -> None:
    either.client.add_source("kept", "push", half_life="3h")

    changed = either.client.update_source("kept", warn_after="1d")

    assert changed.half_life_seconds == 10_800


def test_sources_of_the_settings_have_theirs(either: Running) -> None:
    assert either.client.source("docs").half_life_seconds == 7_200


def test_of_one_title_the_newest_is_first_only_where_items_age(either: Running) -> None:
    for name, half_life in (("bulletins", "1h"), ("chapters", "timeless")):
        either.client.add_source(name, "push", half_life=half_life)
        seq = either.push(
            document("old", "gold gold gold gold", title="Gold", published_at=START - 90 * DAY),
            document("new", "gold and much else", title="Gold", published_at=START - 80 * DAY),
            source=name,
        )

    found = {
        name: either.client.search("gold", sources=[name], min_seq=seq).results[0].text
        for name in ("bulletins", "chapters")
    }

    assert found == {"bulletins": "gold and much else", "chapters": "gold gold gold gold"}


def test_what_is_no_half_life_is_refused_by_name(either: Running) -> None:
    body = {"name": "bad", "kind": "push", "half_life": "eternal"}

    refused = either.post("/v1/sources", body)

    assert fields_of(refused) == ["half_life"]
    assert 'or \\"timeless\\"' in refused.text


@pytest.mark.parametrize("bound", [0.0, 0.5])
def test_the_bound_is_a_setting(tmp_path: Path, bound: float) -> None:
    settings = settings_of(Plan(tmp_path)).model_copy(
        update={"ranking": RankingSettings(recency=bound)}
    )

    service = build(settings, embedder=Plan(tmp_path).embedder)

    assert service.parts.retrieval.recency_bound == bound
    service.parts.database.close()

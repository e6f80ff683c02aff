"""The whole way from a question to evidence, compared with the rules written down plainly."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.records import Batch, Document
from grounding.errors import InvalidQuestion
from grounding.query import pipeline
from grounding.query.pipeline import Augmented, Retrieval
from grounding.query.question import Filters, Found, Limits
from grounding.service import Service
from tests.fakes import START, FakeClock
from tests.grounding.serving import HOUR, Plan, started

ALL = 1_000
TICK = timedelta(microseconds=1)
ANYTHING = Filters()
HOSTS = ("news.example.org", "example.org", "badexample.org", "example.org.evil.net", None, "[")
COLLECTION_OF = {"desk": "press", "wiki": "docs", "blog": "docs"}


@dataclass(frozen=True)
class Stored:
    """One version, as the rules see it."""

    source: str
    document: Document
    observed_at: datetime
    superseded_at: datetime | None = None

    @property
    def valid_from(self) -> datetime:
        said = self.document.valid_from
        return said or min(self.document.published_at or self.observed_at, self.observed_at)

    @property
    def published(self) -> datetime | None:
        """When it was published: nobody did so after it was received."""
        said = self.document.published_at
        return said and min(said, self.observed_at)

    def is_seen(self, filters: Filters, *, now: datetime) -> bool:
        as_of, known_at = filters.as_of or now, filters.known_at or now
        until, published = self.document.valid_until, self.published
        after = filters.published_after
        if filters.max_age is not None:
            after = max(filter(None, (after, as_of - filters.max_age)))
        return (
            self.observed_at <= known_at
            and (self.superseded_at is None or known_at < self.superseded_at)
            and self.valid_from <= as_of
            and (until is None or as_of < until)
            and (published is None or published <= as_of)
            and (after is None or (published is not None and published >= after))
            and (
                filters.published_before is None
                or (published is not None and published < filters.published_before)
            )
            and (filters.sources is None or self.source in filters.sources)
            and (filters.collections is None or COLLECTION_OF[self.source] in filters.collections)
        )


@dataclass(frozen=True)
class Library:
    """A service and everything that was ever pushed to it."""

    service: Service
    stored: tuple[Stored, ...]
    now: datetime


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    clock, choose = FakeClock(), random.Random(7)
    stored: dict[tuple[str, str], Stored] = {}
    past: list[Stored] = []
    with started(Plan(tmp_path_factory.mktemp("library"), clock=clock)) as service:
        for step in range(60):
            source = choose.choice([*COLLECTION_OF])
            made = document(choose, clock(), step)
            service.push(source, COLLECTION_OF[source], Batch({}, (made,)))
            replaced = stored.pop((source, made.key), None)
            if replaced is not None:
                past.append(Stored(source, replaced.document, replaced.observed_at, clock()))
            stored[source, made.key] = Stored(source, made, clock())
            clock.advance(HOUR)
        service.parts.views.catch_up()
        yield Library(service, (*past, *stored.values()), clock())


def document(choose: random.Random, now: datetime, step: int) -> Document:
    def some_time(chance: float) -> datetime | None:
        return now + HOUR * choose.randint(-48, 12) if choose.random() < chance else None

    begins, ends = some_time(0.3), some_time(0.2)
    host = choose.choice(HOSTS)
    return Document(
        key=f"key-{choose.randint(0, 25)}",
        text=f"gold item number {step}",
        url=None if host is None else f"https://{host}/page",
        published_at=some_time(0.7),
        valid_from=begins,
        valid_until=ends if begins is None or ends is None or ends > begins else None,
    )


def found_by(library: Library, filters: Filters) -> set[str]:
    found = ask(library.service.parts.retrieval, filters)
    return {each.evidence.text for each in found.candidates}


def ask(
    retrieval: Retrieval, filters: Filters = ANYTHING, query: str = "gold item", most: int = ALL
) -> Found:
    return pipeline.search(query, filters, max_results=most, retrieval=retrieval)


def expected(library: Library, filters: Filters) -> set[str]:
    seen = (each for each in library.stored if each.is_seen(filters, now=library.now))
    return {each.document.text for each in seen}


def random_filters(choose: random.Random) -> Filters:
    def maybe(low: int, high: int, chance: float) -> datetime | None:
        at = START + HOUR * choose.randint(low, high)
        return at if choose.random() < chance else None

    before = maybe(20, 60, 0.2)
    return Filters(
        as_of=maybe(0, 60, 0.6),
        known_at=maybe(0, 60, 0.6),
        published_after=maybe(-40, 10, 0.3),
        published_before=before,
        max_age=HOUR * choose.randint(60, 90) if before is None and choose.random() < 0.3 else None,
        sources=choose.choice([None, None, frozenset({"desk", "wiki"}), frozenset({"blog"})]),
        collections=choose.choice([None, None, frozenset({"docs"})]),
    )


class TestTime:
    @pytest.mark.parametrize("seed", range(40))
    def test_filters_admit_exactly_what_the_rules_say(self, library: Library, seed: int) -> None:
        filters = random_filters(random.Random(seed))

        assert found_by(library, filters) == expected(library, filters)

    def test_instants_are_exact_to_the_tick(self, library: Library) -> None:
        for each in library.stored[:20]:
            for at in (each.observed_at, each.superseded_at):
                for known_at in (at, at and at - TICK):
                    filters = Filters(known_at=known_at)
                    assert found_by(library, filters) == expected(library, filters)

    def test_max_age_includes_what_is_exactly_so_old(self, library: Library) -> None:
        now = library.now
        ages = [now - each.published for each in library.stored if each.published]

        for age in sorted(ages)[:12]:
            for max_age in (age, age - TICK):
                if max_age > timedelta(0):
                    filters = Filters(max_age=max_age)
                    assert found_by(library, filters) == expected(library, filters)

    def test_back_test_has_no_look_ahead(self, library: Library) -> None:
        for hours in range(0, 60, 7):
            at = START + HOUR * hours
            filters = Filters(as_of=at, known_at=at)
            assert found_by(library, filters) == expected(library, filters)

    @pytest.mark.parametrize("field", ["as_of", "known_at"])
    def test_future_is_refused(self, library: Library, field: str) -> None:
        at = library.now + TICK
        filters = Filters(as_of=at) if field == "as_of" else Filters(known_at=at)

        with pytest.raises(InvalidQuestion) as refused:
            ask(library.service.parts.retrieval, filters)

        assert refused.value.field == field

    def test_clock_that_stepped_back_still_sees_what_is_stored(self, tmp_path: Path) -> None:
        clock = FakeClock()
        with started(Plan(tmp_path, clock=clock)) as service:
            service.push("desk", "press", Batch({}, (Document("a", "gold"),)))
            service.parts.views.catch_up()
            clock.advance(-HOUR)

            found = ask(service.parts.retrieval)

        assert len(found.candidates) == 1
        assert found.moment.now >= START


class TestFilters:
    @pytest.mark.parametrize(
        ("domain", "hosts"),
        [
            ("example.org", {"news.example.org", "example.org"}),
            ("news.example.org", {"news.example.org"}),
            ("evil.net", {"example.org.evil.net"}),
            ("org", {"news.example.org", "example.org", "badexample.org"}),
            ("nowhere.net", set()),
        ],
    )
    def test_domain_admits_its_host_and_those_below(
        self, library: Library, domain: str, hosts: set[str]
    ) -> None:
        addresses = {f"https://{host}/page" for host in hosts}
        now = Filters()

        found = found_by(library, Filters(include_domains=frozenset({domain})))

        assert found == {
            each.document.text
            for each in library.stored
            if each.is_seen(now, now=library.now) and each.document.url in addresses
        }

    def test_rare_domain_is_found_below_many_better_hits(self, tmp_path: Path) -> None:
        many = [Document(f"k{n}", f"gold gold {n}", url="https://a.org") for n in range(400)]
        rare = Document("rare", "gold among a great many other words here", url="https://b.org")
        with started(Plan(tmp_path)) as service:
            service.push("desk", "press", Batch({}, (*many, rare)))
            service.parts.views.catch_up()

            found = ask(
                service.parts.retrieval,
                Filters(include_domains=frozenset({"b.org"})),
                query="gold gold",
                most=1,
            )

        assert [each.evidence.url for each in found.candidates] == ["https://b.org"]

    def test_empty_set_of_sources_admits_nothing(self, library: Library) -> None:
        assert found_by(library, Filters(sources=frozenset())) == set()

    @pytest.mark.parametrize(
        ("filters", "field"),
        [
            (Filters(sources=frozenset({"desk", "nobody"})), "sources"),
            (Filters(collections=frozenset({"nothing"})), "collections"),
            (Filters(min_seq=10**9), "min_seq"),
            (Filters(max_age=timedelta(days=800_000)), "max_age"),
        ],
    )
    def test_filter_that_makes_no_sense_is_refused(
        self, library: Library, filters: Filters, field: str
    ) -> None:
        with pytest.raises(InvalidQuestion) as refused:
            ask(library.service.parts.retrieval, filters)

        assert refused.value.field == field

    def test_min_seq_waits_for_what_was_just_written(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            for number in range(20):
                made = Batch({}, (Document("a", f"gold {number}"),))
                seq = service.push("desk", "press", made).seq
                found = ask(service.parts.retrieval, Filters(min_seq=seq))
                assert [each.evidence.text for each in found.candidates] == [f"gold {number}"]
                assert found.seq >= seq


class TestRanking:
    def test_fewer_results_are_the_first_of_more(self, library: Library) -> None:
        retrieval = library.service.parts.retrieval
        everything = [each.evidence.id for each in ask(retrieval).candidates]

        for most in (1, 3, 10):
            found = ask(retrieval, most=most)
            assert [each.evidence.id for each in found.candidates] == everything[:most]

    def test_same_words_of_two_sources_are_one_result_that_names_both(self, tmp_path: Path) -> None:
        text = "Gold rose by two percent on Friday in London."
        with started(Plan(tmp_path)) as service:
            for source in ("desk", "wiki"):
                service.push(source, COLLECTION_OF[source], Batch({}, (Document("a", text),)))
            service.parts.views.catch_up()

            (found,) = ask(service.parts.retrieval).candidates

        assert len(found.evidence.corroborated_by) == 1

    def test_nothing_stored_finds_nothing(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            found = ask(service.parts.retrieval)

        assert (found.candidates, found.seq, found.freshness) == ((), 0, {})


class TestAugment:
    def augmented(self, retrieval: Retrieval, question: str, **more: int | str) -> Augmented:
        given: dict[str, object] = {"timezone": "UTC"} | more
        limits = Limits(500, int(given.pop("max_items", 5)))  # type: ignore[call-overload]
        messages = [{"role": "user", "content": question}]
        return pipeline.augment(
            messages,
            Filters(),
            limits=limits,
            retrieval=retrieval,
            **given,  # type: ignore[arg-type]
        )

    def test_nonce_is_another_one_each_time(self, library: Library) -> None:
        retrieval = library.service.parts.retrieval

        nonces = {self.augmented(retrieval, "gold").context.frame.nonce for _ in range(5)}

        assert len(nonces) == 5

    def test_freshness_is_told_only_of_sources_that_are_shown(self, library: Library) -> None:
        made = self.augmented(library.service.parts.retrieval, "gold", max_items=1)

        (shown,) = made.context.packed.candidates
        assert [*made.found.freshness] == [shown.evidence.source]

    @pytest.mark.parametrize("zone", ["Mars/Base", "", "../UTC"])
    def test_unknown_zone_is_refused(self, library: Library, zone: str) -> None:
        with pytest.raises(InvalidQuestion) as refused:
            self.augmented(library.service.parts.retrieval, "gold", timezone=zone)

        assert refused.value.field == "timezone"

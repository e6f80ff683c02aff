from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from grounding.query.dedupe import collapsed, dedupe
from grounding.query.records import Candidate, EvidenceState
from grounding.query.statement import with_value
from indexer.signature import signature
from tests.grounding.query.items import NOW, brent, brent_card, candidate


def test_one_text_from_three_sources_is_shown_once_as_the_newest_says_it() -> None:
    older = candidate("It rains.", source="a", published_at=NOW - timedelta(hours=5), score=3)
    newest = candidate("IT  RAINS.", source="b", published_at=NOW, score=2)
    middle = candidate("It\nrains.", source="c", published_at=NOW - timedelta(hours=1), score=1)

    (kept,) = dedupe([older, newest, middle])

    assert kept.evidence.id == newest.evidence.id
    assert kept.evidence.corroborated_by == ("a", "c")


def test_the_survivor_ranks_where_the_best_of_them_ranked() -> None:
    best = candidate("Same.", score=3, published_at=NOW - timedelta(days=1))
    other = candidate("Other.", score=2)
    newest = candidate("Same.", score=1, published_at=NOW)

    kept = dedupe([best, other, newest])

    assert [c.evidence.id for c in kept] == [newest.evidence.id, other.evidence.id]
    assert [c.scores.total for c in kept] == [3, 2]


def test_a_source_does_not_corroborate_itself() -> None:
    (kept,) = dedupe([candidate("Same.", source="a"), candidate("Same.", source="a")])

    assert kept.evidence.corroborated_by == ()


def test_of_two_versions_of_a_document_the_later_is_kept_even_if_undated() -> None:
    first = candidate("Same.", document_id="d" * 24, version=1)
    second = candidate("Same.", document_id="d" * 24, version=2, published_at=None)

    (kept,) = dedupe([first, second])

    assert kept.evidence.version == 2


def test_a_known_date_is_kept_before_an_unknown_one() -> None:
    undated = candidate("Same.", published_at=None, observed_at=NOW)
    dated = candidate("Same.", published_at=NOW - timedelta(days=9))

    (kept,) = dedupe([undated, dated])

    assert kept.evidence.id == dated.evidence.id


def test_texts_that_differ_in_a_number_are_both_kept() -> None:
    assert len(dedupe([candidate("Price: 84.12"), candidate("Price: 84.13")])) == 2


def test_a_series_is_shown_once() -> None:
    best = Candidate(901, with_value(brent_card(), brent()))
    again = Candidate(902, with_value(brent_card(ordinal=1), brent(value=Decimal(80))))

    kept = dedupe([best, again])

    assert [c.chunk for c in kept] == [901]


def test_two_sources_with_a_series_of_one_name_are_two_series() -> None:
    one = Candidate(901, with_value(brent_card(), brent()))
    other = Candidate(902, with_value(brent_card(source="ice"), brent(value=Decimal(80))))

    assert len(dedupe([one, other])) == 2


def test_order_and_scores_of_different_items_stay() -> None:
    ranked = [candidate(f"Text {i}.", score=-i) for i in range(5)]

    assert dedupe(ranked) == [replace(c) for c in ranked]


STORY = (
    "The harbour office in Kerr said on Monday that the ferry to the islands will not run before "
    "noon. Strong wind from the west had damaged the pier during the night, and divers have to "
    "look at its foundations first. It would take them about 3 hours, said its head, Jane Doe."
)


def signed(text: str, **changes: Any) -> Candidate:
    return replace(candidate(text, **changes), signature=signature(text))


class TestNearDuplicates:
    def test_what_three_papers_print_is_shown_once_with_all_of_them(self) -> None:
        agency = signed(STORY, source="agency", published_at=NOW - timedelta(hours=2), score=3)
        post = signed(
            f"By Jo Lee\n\n{STORY}", source="post", published_at=NOW, score=2, url="https://post/1"
        )
        times = signed(
            STORY.replace("on Monday", "Monday"),
            source="times",
            published_at=NOW - timedelta(hours=1),
            score=1,
        )

        (kept,) = dedupe([agency, post, times])

        assert (kept.evidence.id, kept.scores.total) == (post.evidence.id, 3)
        assert kept.evidence.corroborated_by == ("agency", "times")
        assert [(each.id, each.source, each.published_at) for each in kept.evidence.also_in] == [
            (each.evidence.id, each.evidence.source, each.evidence.published_at)
            for each in (agency, times)
        ]

    @pytest.mark.parametrize(
        ("old", "new"), [("3 hours", "4 hours"), ("Kerr", "Travis"), ("not run", "run")]
    )
    def test_one_template_filled_in_differently_is_two_items(self, old: str, new: str) -> None:
        other = signed(STORY.replace(old, new), source="post")

        assert len(dedupe([signed(STORY, source="agency"), other])) == 2

    def test_one_source_that_nearly_repeats_itself_has_two_items(self) -> None:
        again = STORY.replace("on Monday", "Monday")

        assert len(dedupe([signed(STORY), signed(again)])) == 2

    def test_without_signatures_only_equal_texts_are_one(self) -> None:
        post = candidate(f"By Jo Lee\n\n{STORY}", source="post")

        assert len(dedupe([candidate(STORY, source="agency"), post])) == 2
        assert len(dedupe([candidate(STORY, source="agency"), signed(STORY, source="post")])) == 1

    def test_no_chain_leads_from_one_statement_to_another(self) -> None:
        """The first and the last differ in twice as much as each of them from the middle one."""
        seas = [f"Sea {word} was calm" for word in ("Baltic", "North", "Irish", "Black", "Red")]
        texts = [
            " ".join(f"{sea} for the whole of that long day. " for sea in seas[start:])
            for start in range(3)
        ]
        first, middle, last = (
            signed(text, source=name, published_at=NOW - timedelta(hours=hour))
            for hour, (name, text) in enumerate(zip("abc", texts, strict=True))
        )

        kept = dedupe([first, middle, last])

        assert [(each.evidence.source, each.evidence.corroborated_by) for each in kept] == [
            ("a", ("b",)),
            ("c", ()),
        ]

    def test_what_a_source_took_back_does_not_speak_for_another(self) -> None:
        gone = signed(STORY, source="post", state=EvidenceState.REMOVED, published_at=NOW)

        kept = dedupe([signed(STORY, source="agency"), gone])

        assert [each.evidence.corroborated_by for each in kept] == [(), ()]

    def test_what_holds_is_kept_before_an_older_version_of_it(self) -> None:
        held = signed(STORY, document_id="d" * 24, state=EvidenceState.SUPERSEDED, version=1)
        holds = signed(STORY, document_id="d" * 24, version=2, published_at=None)

        (kept,) = dedupe([held, holds])

        assert kept.evidence.version == 2
        assert [each.id for each in kept.evidence.also_in] == [held.evidence.id]

    def test_a_flood_of_copies_is_not_compared_pair_by_pair(self) -> None:
        texts = [STORY.replace("hours", "hours " + "x" * number) for number in range(1, 600)]
        flood = [signed(text, source=f"s{i % 7}") for i, text in enumerate(texts)]

        assert 1 < len(dedupe(flood)) <= len(flood)


class TestTitles:
    def test_one_text_under_two_places_is_two_items(self) -> None:
        text = "Turn around when you come to a flooded road."
        given = [candidate(text, title=f"Flood warning for {place}") for place in ("Kerr", "Hays")]

        assert len(dedupe(given)) == 2

    def test_one_text_under_two_headlines_is_one_item(self) -> None:
        given = [
            candidate(STORY, title="Ferry will not run", source="a"),
            candidate(STORY, title="Storm damages pier", source="b"),
        ]

        assert len(dedupe(given)) == 1

    def test_one_text_under_a_thousand_places_is_done_at_once(self) -> None:
        given = [candidate(STORY, title=f"Flood warning {number}") for number in range(1_000)]

        assert len(dedupe(given)) == 1_000


class TestExcerpts:
    PAGE = "https://post.example/ferry"
    BEGINNING = STORY[: STORY.index("Strong")] + "…"

    def test_a_page_and_its_entry_in_a_feed_are_one_item(self) -> None:
        entry = signed(
            self.BEGINNING, source="feed", url=f"{self.PAGE}/#top", published_at=NOW, score=2
        )
        page = signed(STORY, source="site", url=self.PAGE, published_at=None, score=1)

        (kept,) = dedupe([entry, page])

        assert (kept.evidence.text, kept.scores.total) == (STORY, 2)
        assert kept.evidence.corroborated_by == ("feed",)

    @pytest.mark.parametrize("url", [None, "https://post.example/other"])
    def test_a_beginning_at_another_address_stays(self, url: str | None) -> None:
        entry = signed(self.BEGINNING, source="feed", url=url)

        assert len(dedupe([entry, signed(STORY, source="site", url=self.PAGE)])) == 2

    def test_an_entry_that_says_something_else_stays(self) -> None:
        entry = signed(self.BEGINNING.replace("not", "soon"), source="feed", url=self.PAGE)

        assert len(dedupe([entry, signed(STORY, source="site", url=self.PAGE)])) == 2


def test_what_was_collapsed_names_what_stands_for_it() -> None:
    older = candidate("Same.", source="a", published_at=NOW - timedelta(days=1), score=3)
    card = Candidate(901, with_value(brent_card(version=1), brent()))
    newer_card = Candidate(902, with_value(brent_card(version=2), brent()))
    newest = candidate("Same.", source="b", published_at=NOW, score=1)
    ranked = [older, card, newer_card, newest, candidate("Other.", score=0)]

    gone = collapsed(ranked, dedupe(ranked))

    assert [(each.candidate, each.reason) for each in gone] == [
        (older, f"says the same as {newest.evidence.id}"),
        (card, f"{newer_card.evidence.id} is the newest card of its series"),
    ]

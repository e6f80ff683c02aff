from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import Document, Observation
from indexer.decide import (
    Absence,
    Decision,
    content_hash,
    decide,
    decide_absence,
    decide_values,
    document_uid,
)
from indexer.records import StoredObservation, StoredVersion

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = Document("a", "text", title="title", url="https://a.example/", published_at=NOON)


def _stored(
    document: Document, *, row: int = 7, version: int = 1, is_current: bool = True, absent: int = 0
) -> dict[str, StoredVersion]:
    uid = document_uid("news", document.key)
    known = StoredVersion(
        row, document.key, uid, version, content_hash(document), is_current, absent
    )
    return {document.key: known}


def _decide(
    *given: Document, stored: Mapping[str, StoredVersion] = {}, removed: tuple[str, ...] = ()
) -> Decision:
    return decide(given, stored=stored, source="news", removed=removed)


def test_an_unknown_key_becomes_its_first_version() -> None:
    decision = _decide(ITEM)

    (version,) = decision.versions
    assert (version.version, version.replaces) == (1, None)
    assert version.uid == document_uid("news", "a")
    assert decision.basis == {"a": None}


def test_another_text_becomes_the_next_version_of_the_same_document() -> None:
    decision = _decide(replace(ITEM, text="other"), stored=_stored(ITEM, version=3))

    (version,) = decision.versions
    assert (version.version, version.replaces) == (4, 7)
    assert version.uid == document_uid("news", "a")
    assert decision.basis == {"a": (7, True)}


@pytest.mark.parametrize(
    "again",
    [
        ITEM,
        replace(ITEM, updated_at=NOON),
        replace(ITEM, language="en", media_type="text/html"),
        replace(ITEM, published_at=NOON.astimezone(UTC)),
    ],
)
def test_what_says_nothing_new_is_unchanged(again: Document) -> None:
    decision = _decide(again, stored=_stored(ITEM))

    assert (decision.versions, decision.unchanged) == ((), (7,))


@pytest.mark.parametrize(
    "changed",
    [
        replace(ITEM, title="other"),
        replace(ITEM, text="other"),
        replace(ITEM, url=None),
        replace(ITEM, author="somebody"),
        replace(ITEM, published_at=None),
        replace(ITEM, valid_from=NOON),
        replace(ITEM, valid_until=NOON),
        replace(ITEM, metadata={"stars": 1}),
    ],
)
def test_what_a_reader_can_see_makes_a_version(changed: Document) -> None:
    assert len(_decide(changed, stored=_stored(ITEM)).versions) == 1


def test_fields_do_not_run_into_each_other() -> None:
    assert content_hash(Document("a", "xy", title="")) != content_hash(
        Document("a", "y", title="x")
    )


def test_the_order_of_metadata_says_nothing() -> None:
    one = replace(ITEM, metadata={"a": 1, "b": 2})
    other = replace(ITEM, metadata={"b": 2, "a": 1})

    assert content_hash(one) == content_hash(other)


def test_a_removed_key_is_retired() -> None:
    decision = _decide(stored=_stored(ITEM), removed=("a",))

    assert decision.removed == (7,)
    assert decision.basis == {"a": (7, True)}


@pytest.mark.parametrize("stored", [{}, _stored(ITEM, is_current=False)])
def test_removing_what_is_not_there_does_nothing(stored: dict[str, StoredVersion]) -> None:
    assert _decide(stored=stored, removed=("a",)).removed == ()


def test_a_document_that_reappears_gets_a_new_version_even_if_it_is_the_same() -> None:
    decision = _decide(ITEM, stored=_stored(ITEM, version=2, is_current=False))

    (version,) = decision.versions
    assert (version.version, version.replaces) == (3, None)
    assert decision.basis == {"a": (7, False)}


def test_the_last_of_equal_keys_counts() -> None:
    decision = _decide(ITEM, replace(ITEM, text="last"))

    assert [version.document.text for version in decision.versions] == ["last"]


def test_a_key_that_is_given_and_removed_is_given() -> None:
    decision = _decide(ITEM, stored=_stored(ITEM), removed=("a",))

    assert (decision.unchanged, decision.removed) == ((7,), ())


def test_a_document_has_another_identity_in_another_source() -> None:
    assert document_uid("news", "a") != document_uid("blog", "a")
    assert len(document_uid("news", "a")) == 24


KEYS = st.sampled_from(["a", "b", "c"])
BATCHES = st.tuples(
    st.lists(st.builds(Document, key=KEYS, text=st.sampled_from(["x", "y"])), max_size=6),
    st.lists(KEYS, max_size=2).map(tuple),
)


def _applied(stored: Mapping[str, StoredVersion], decision: Decision) -> dict[str, StoredVersion]:
    """What is stored once a decision was carried out; rows are numbered (key, version)."""
    after = {
        key: replace(known, is_current=known.is_current and known.row not in decision.removed)
        for key, known in stored.items()
    }
    for new in decision.versions:
        row = ord(new.document.key) * 1_000 + new.version
        after[new.document.key] = StoredVersion(
            row, new.document.key, new.uid, new.version, new.content_hash, True, 0
        )
    return after


@settings(deadline=None)
@given(st.lists(BATCHES, max_size=5))
def test_a_batch_that_is_repeated_changes_nothing(
    batches: list[tuple[list[Document], tuple[str, ...]]],
) -> None:
    stored: dict[str, StoredVersion] = {}
    for documents, removed in batches:
        first = decide(documents, stored=stored, source="news", removed=removed)
        stored = _applied(stored, first)

        second = decide(documents, stored=stored, source="news", removed=removed)

        assert (second.versions, second.removed) == ((), ())
        assert len(second.unchanged) == len({document.key for document in documents})


@settings(deadline=None)
@given(st.lists(BATCHES, max_size=5))
def test_versions_of_a_key_count_up_by_one(
    batches: list[tuple[list[Document], tuple[str, ...]]],
) -> None:
    stored: dict[str, StoredVersion] = {}
    for documents, removed in batches:
        decision = decide(documents, stored=stored, source="news", removed=removed)

        for new in decision.versions:
            known = stored.get(new.document.key)
            assert new.version == (known.version + 1 if known else 1)
            assert new.replaces == (known.row if known and known.is_current else None)
        stored = _applied(stored, decision)


def _version(key: str, absent: int) -> StoredVersion:
    return StoredVersion(ord(key), key, key, 1, "", True, absent)


@pytest.mark.parametrize(
    ("absent", "seen", "expected"),
    [
        (0, {"b"}, Absence(absent=(97,))),
        (1, {"b"}, Absence(removed=(97,))),
        (0, {"a"}, Absence()),
        (1, {"a"}, Absence(returned=(97,))),
        (0, set(), Absence()),
        (1, set(), Absence()),
    ],
    ids=["missing once", "missing twice", "listed", "listed again", "empty", "empty twice"],
)
def test_absence_counts_only_against_a_listing(
    absent: int, seen: set[str], expected: Absence
) -> None:
    assert decide_absence([_version("a", absent)], seen) == expected


def _value(number: str, **fields: datetime) -> Observation:
    return Observation("q", NOON, Decimal(number), **fields)


def _known(number: str, **fields: datetime) -> dict[tuple[str, datetime], StoredObservation]:
    known = StoredObservation(
        7, Decimal(number), fields.get("valid_until"), fields.get("published_at")
    )
    return {("q", NOON): known}


def test_a_value_for_a_new_instant_is_new() -> None:
    decision = decide_values([_value("1")], stored={})

    assert (decision.new, decision.revised, decision.unchanged) == ((_value("1"),), (), 0)


@pytest.mark.parametrize(
    "revised", [_value("2"), _value("1", valid_until=NOON), _value("1", published_at=NOON)]
)
def test_anything_else_said_of_an_instant_revises_it(revised: Observation) -> None:
    decision = decide_values([revised], stored=_known("1"))

    assert (decision.new, decision.revised) == ((), ((7, revised),))


@pytest.mark.parametrize("again", ["1", "1.0", "1.00", "1E0"])
def test_the_same_number_is_unchanged_however_it_is_written(again: str) -> None:
    decision = decide_values([_value(again)], stored=_known("1.0"))

    assert (decision.new, decision.revised, decision.unchanged) == ((), (), 1)


def test_an_instant_is_the_same_in_every_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))

    decision = decide_values([replace(_value("1"), valid_from=elsewhere)], stored=_known("1"))

    assert decision.unchanged == 1


def test_the_last_of_values_for_one_instant_counts() -> None:
    decision = decide_values([_value("1"), _value("2")], stored={})

    assert [one.value for one in decision.new] == [Decimal(2)]


def test_metadata_that_are_called_volatile_count_as_no_change() -> None:
    before = replace(ITEM, metadata={"views": 1, "section": "a"}, volatile=("views",))

    more_seen = replace(before, metadata={"views": 2, "section": "a"})
    not_seen = replace(before, metadata={"section": "a"})
    moved = replace(before, metadata={"views": 2, "section": "b"})

    for same in (more_seen, not_seen):
        assert _decide(same, stored=_stored(before)).unchanged == (7,)
    (version,) = _decide(moved, stored=_stored(before)).versions
    assert version.document.metadata == {"views": 2, "section": "b"}


def test_without_volatile_metadata_a_digest_is_as_ever() -> None:
    """Digests are stored: another one here makes every document of every source a new version."""
    item = replace(ITEM, metadata={"section": "a"})

    assert content_hash(item) == content_hash(replace(item, volatile=("views",)))
    assert content_hash(item).startswith("8db442cdbbd23d65")

from datetime import timedelta

from grounding.query.passage_cache import PassageCache
from indexer.catalogue import changes, erasures
from indexer.decide import document_uid
from tests.fakes import FakeClock
from tests.grounding.serving import Running, document

LONG = "sea level rise " * 400


def cache_of(running: Running) -> PassageCache:
    return running.service.parts.retrieval.passages


def rows(running: Running) -> list[int]:
    """Return the rows of all chunks."""
    with running.service.parts.database.reading() as session:
        found = changes.all_chunks(session, "hash-words/64", 0, 10_000)
    return [each.chunk for each in found]


def test_what_was_found_is_kept(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts."))

    running.ids("ice melts", min_seq=seq)

    assert set(cache_of(running).known(rows(running))) == set(rows(running))


def test_kept_passages_say_what_reading_them_anew_says(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts in June."), document("sea", "The sea rises."))
    body = {"query": "ice and sea", "min_seq": seq, "known_at": running.clock().isoformat()}
    first = running.post("/v1/search", body).json()["results"]
    kept = running.post("/v1/search", body).json()["results"]
    cache_of(running).clear()

    anew = running.post("/v1/search", body).json()["results"]

    assert len(first) == 2
    assert first == kept == anew


def test_a_kept_passage_is_told_as_superseded_once_it_is(
    running: Running, clock: FakeClock
) -> None:
    seq = running.push(document("ice", "The ice melts."))
    assert running.titles("ice", min_seq=seq) == ["ice"]
    clock.advance(timedelta(hours=1))
    seq = running.push(document("ice", "The ice melted away."))

    found = running.client.search("ice melts", min_seq=seq, include_history=True).results

    assert {each.version: each.state for each in found} == {1: "superseded", 2: "current"}
    assert {each.version: each.superseded_at for each in found} == {1: clock(), 2: None}


def test_a_removed_version_is_told_as_removed_though_it_is_kept(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts."))
    assert running.titles("ice", min_seq=seq) == ["ice"]
    seq = running.client.push_documents((), removed=["ice"]).seq

    (found,) = running.client.search("ice", min_seq=seq, include_history=True).results

    assert found.state == "removed"


def test_the_collection_of_a_kept_passage_is_the_one_its_source_has_now(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts."))
    assert running.titles("ice", min_seq=seq) == ["ice"]
    running.http.patch("/v1/sources/push", json={"collection": "polar"}).raise_for_status()

    (found,) = running.client.search("ice").results

    assert found.collection == "polar"


def test_erasing_forgets_what_is_kept(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts."), document("sea", "The sea rises."))
    assert running.titles("ice", min_seq=seq) == ["ice", "sea"]

    running.client.erase_document(document_uid("push", "ice"))

    assert len(cache_of(running)) == 0
    assert running.titles("ice") == ["sea"]


def test_what_another_process_erased_is_not_answered_with(running: Running) -> None:
    """Its words are still in this process's memory and index, but the truth has it no more."""
    seq = running.push(document("ice", "The ice melts."), document("sea", "The sea rises."))
    running.titles("ice", min_seq=seq)
    cache, chunks = cache_of(running), rows(running)
    assert len(cache) == 2
    with running.service.parts.database.writing() as session:
        erasures.delete_document(session, document_uid("push", "ice"))

    with cache.reading() as reader:
        found = reader.passages(chunks)

    assert [kept.passage.title for kept, _ in found] == ["sea"]


def test_an_erasure_that_the_views_saw_forgets_what_is_kept(running: Running) -> None:
    seq = running.push(document("ice", "The ice melts."))
    running.titles("ice", min_seq=seq)
    cache = cache_of(running)
    cache.follow_erasures(0)
    assert len(cache) == 1

    cache.follow_erasures(seq + 1)

    assert len(cache) == 0


def test_what_is_being_read_while_everything_is_forgotten_is_not_kept(running: Running) -> None:
    running.push(document("ice", "The ice melts."))
    cache = cache_of(running)

    with cache.reading() as reader:
        cache.clear()
        found = reader.passages(rows(running))

    assert len(found) == 1
    assert len(cache) == 0


def test_no_more_is_kept_than_was_allowed_and_what_was_used_last_stays(running: Running) -> None:
    running.push(*(document(f"doc {i}", f"{i} {LONG}") for i in range(8)))
    chunks = rows(running)
    whole = PassageCache(running.service.parts.database)
    with whole.reading() as reader:
        reader.passages(chunks)
    cache = PassageCache(running.service.parts.database, max_bytes=whole.size // 2)

    with cache.reading() as reader:
        for chunk in chunks:
            reader.passages([chunks[0]])
            reader.passages([chunk])

    kept = cache.known(chunks)
    assert 0 < cache.size <= whole.size // 2
    assert chunks[0] in kept
    assert chunks[-1] in kept
    assert chunks[1] not in kept

"""Documents that are taken away: from the present, or for good from everywhere, on demand."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from grounding import NotFound, Refused
from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import HOUR, Plan, Running, document, serving
from tests.web import WebServer, json_of

SECRET = document_uid("push", "secret")
OTHER = document_uid("push", "other")
TEXT = "Alice Example lives in the yellow house at the harbour."
CHANGED = "Alice Example has moved to the green house on the hill."


@pytest.fixture
def told(running: Running, clock: FakeClock) -> Running:
    """A service that was told of Alice twice, and of Bob."""
    return tell(running, clock)


def tell(running: Running, clock: FakeClock) -> Running:
    running.push(document("secret", TEXT), document("other", "Bob lives in a tent."))
    clock.advance(HOUR)
    running.push(document("secret", CHANGED))
    running.service.parts.views.catch_up()
    clock.advance(HOUR)
    return running


def kept_receipt(running: Running, asked: Any, **options: Any) -> tuple[str, bytes]:
    """Return the name of a receipt of a prompt, and its bytes as they are stored."""
    name = running.client.augment(asked, **options).receipt_id
    return name, stored_receipt(running, name)


def stored_receipt(running: Running, name: str) -> bytes:
    return running.http.get(f"/v1/receipts/{name}").content


class TestRemoving:
    def test_removed_document_is_found_in_the_past_only(self, told: Running) -> None:
        done = told.client.remove_document(SECRET)

        assert (done.document_id, done.was_current) == (SECRET, True)
        assert told.titles("house", min_seq=done.seq) == ["other"]
        assert set(told.titles("house", known_at=START)) == {"secret", "other"}
        assert [each.key for each in told.client.documents()] == ["other"]
        assert told.client.document(SECRET).state == "removed"
        assert told.client.document(SECRET, known_at=START).text == TEXT

    def test_removing_again_changes_nothing(self, told: Running, clock: FakeClock) -> None:
        first = told.client.remove_document(SECRET)
        clock.advance(HOUR)

        again = told.client.remove_document(SECRET)

        assert (again.was_current, again.seq) == (False, first.seq)
        assert told.client.document(SECRET).superseded_at == START + HOUR * 2

    def test_removed_document_may_be_pushed_again(self, told: Running) -> None:
        told.client.remove_document(SECRET)

        pushed = told.client.push_documents([document("secret", CHANGED)])

        assert (pushed.new, pushed.failures) == (1, ())
        assert told.client.document(SECRET).version == 3

    def test_removing_leaves_receipts_as_they_are(self, told: Running) -> None:
        name, before = kept_receipt(told, "Where does Alice live?")

        told.client.remove_document(SECRET)

        assert stored_receipt(told, name) == before


class TestErasing:
    def test_erasure_tells_what_is_gone_and_when_it_was_complete(self, told: Running) -> None:
        reply = told.http.delete(f"/v1/documents/{SECRET}?erase=true")

        assert (reply.status_code, reply.json()) == (
            200,
            {
                "document_id": SECRET,
                "source": "push",
                "requested_at": "2026-03-01T14:00:00Z",
                "completed_at": "2026-03-01T14:00:00Z",
                "seq": reply.json()["seq"],
                "versions": 2,
                "chunks": 2,
                "receipts": 0,
            },
        )

    @pytest.mark.parametrize(
        "path", ["", "?version=1", "?known_at=2026-03-01T12:00:00Z", "/versions"]
    )
    def test_erased_document_is_not_found_and_it_is_said_why(
        self, told: Running, path: str
    ) -> None:
        told.client.erase_document(SECRET)

        reply = told.http.get(f"/v1/documents/{SECRET}{path}")

        assert problem_of(reply, 404)["detail"] == (
            f"document {SECRET} was erased at 2026-03-01T14:00:00+00:00"
        )

    @pytest.mark.parametrize("history", [False, True])
    def test_no_search_finds_it_at_any_instant(self, told: Running, history: bool) -> None:
        seq = told.client.erase_document(SECRET).seq

        for known_at in (START, START + HOUR, START + HOUR * 2):
            found = told.client.search(
                "Alice Example yellow house",
                known_at=known_at,
                include_history=history,
                min_seq=seq,
            )
            assert [each.document_id for each in found.results] == [OTHER]
        assert [each.key for each in told.client.documents(include_history=history)] == ["other"]

    def test_pushing_it_again_fails_and_says_so(self, told: Running) -> None:
        told.client.erase_document(SECRET)

        pushed = told.client.push_documents([document("secret", TEXT), document("new", "Carol")])

        assert (pushed.new, pushed.unchanged) == (1, 0)
        assert [(each.key, "erased on demand" in each.reason) for each in pushed.failures] == [
            ("secret", True)
        ]
        with pytest.raises(NotFound):
            told.client.document(SECRET)

    def test_lifting_allows_it_again_as_a_first_version(self, told: Running) -> None:
        told.client.erase_document(SECRET)

        told.client.lift_erasure(SECRET)

        pushed = told.client.push_documents([document("secret", TEXT)])
        assert (pushed.new, pushed.failures) == (1, ())
        assert told.titles("yellow house", min_seq=pushed.seq, max_results=1) == ["secret"]
        assert told.client.document(SECRET).version == 1
        assert told.client.erasures() == ()

    def test_lifting_what_was_not_erased_is_not_found(self, told: Running) -> None:
        for uid in (SECRET, "0" * 24, "%00"):
            problem_of(told.http.delete(f"/v1/erasures/{uid}"), 404)

    def test_erasing_twice_answers_the_same(self, told: Running, clock: FakeClock) -> None:
        first = told.client.erase_document(SECRET)
        clock.advance(HOUR)

        assert told.client.erase_document(SECRET) == first
        assert told.client.erasures() == (first,)

    def test_document_that_came_back_can_be_erased_again(
        self, told: Running, clock: FakeClock
    ) -> None:
        told.client.erase_document(SECRET)
        told.client.lift_erasure(SECRET)
        told.push(document("secret", TEXT))
        clock.advance(HOUR)

        again = told.client.erase_document(SECRET)

        assert (again.versions, again.requested_at) == (1, START + HOUR * 3)
        assert told.client.erasures() == (again,)

    def test_erasures_are_listed_latest_first_without_what_was_said(
        self, told: Running, clock: FakeClock
    ) -> None:
        told.client.erase_document(SECRET)
        clock.advance(HOUR)
        told.client.erase_document(OTHER)

        reply = told.http.get("/v1/erasures")

        assert [each["document_id"] for each in reply.json()["erasures"]] == [OTHER, SECRET]
        assert [each.document_id for each in told.client.erasures(limit=1)] == [OTHER]
        assert not any(word in reply.text for word in ("Alice", "secret", "Bob"))

    @pytest.mark.parametrize("erase", ["", "?erase=true"])
    def test_card_of_a_series_is_not_taken_away_alone(self, told: Running, erase: str) -> None:
        value = {"series": "gold", "valid_from": START, "value": "1"}
        told.client.push_observations([value], series=[{"key": "gold", "title": "Gold"}])
        card = document_uid("push-series", "~series/gold")

        reply = told.http.delete(f"/v1/documents/{card}{erase}")

        assert "remove its source" in problem_of(reply, 403)["detail"]
        assert len(told.client.series()) == 1

    @pytest.mark.parametrize("erase", ["", "?erase=true", "?erase=false"])
    def test_unknown_document_is_not_found(self, shared: Running, erase: str) -> None:
        for uid in ("0" * 24, "%00", "a" * 2_000):
            problem_of(shared.http.delete(f"/v1/documents/{uid}{erase}"), 404)

    def test_erasing_a_document_with_many_neighbours_leaves_them_be(self, told: Running) -> None:
        told.push(*(document(f"note-{i}", f"House number {i}") for i in range(40)))

        seq = told.client.erase_document(SECRET).seq

        found = told.client.search("house number", max_results=100, min_seq=seq).results
        assert len(found) == 41
        assert len(told.client.documents(limit=100)) == 41

    def test_source_that_still_lists_it_goes_on_without_it(self, running: Running) -> None:
        items = [{"id": "secret", "text": TEXT}, {"id": "other", "text": "Bob lives in a tent."}]
        with WebServer() as web:
            options: dict[str, Any] = {
                "url": web.route("/", json_of(items)),
                "documents": {"key": "id", "text": "text"},
            }
            running.client.add_source("wire", "json", options=options)
            running.client.sync("wire")
            running.client.erase_document(document_uid("wire", "secret"))

            run = running.client.sync("wire")

        assert (run.status, run.new, run.failed_items) == ("ok", 0, 0)
        assert [each.key for each in running.client.documents()] == ["other"]


class TestReceipts:
    def test_receipt_that_showed_it_keeps_no_digest_of_it(self, told: Running) -> None:
        name, _ = kept_receipt(told, "Who lives where?")

        erasure = told.client.erase_document(SECRET)

        receipt: Any = told.client.receipt(name)
        entries = {each["id"].partition("@")[0]: each for each in receipt["evidence"]}
        assert erasure.receipts == 1
        assert (entries[SECRET]["digest"], entries[SECRET]["is_erased"]) == (None, True)
        assert entries[OTHER]["digest"].startswith("sha256:")
        assert "is_erased" not in entries[OTHER]
        assert receipt["redacted_at"] == "2026-03-01T14:00:00+00:00"
        assert receipt["messages"] == [{"role": "user", "content": "Who lives where?"}]

    def test_conversation_that_quotes_it_is_cleared(self, told: Running) -> None:
        conversation = [
            {"role": "user", "content": "What do you know of her?"},
            {"role": "assistant", "content": f"I read: {TEXT}"},
            {"role": "user", "content": "Who has a tent?"},
        ]
        made = told.client.augment(conversation, known_at=START, max_items=1)
        assert [each.document_id for each in made.evidence] == [OTHER]

        told.client.erase_document(SECRET)

        receipt: Any = told.client.receipt(made.receipt_id)
        assert [each["content"] for each in receipt["messages"]] == [
            "What do you know of her?",
            "[erased]",
            "Who has a tent?",
        ]
        assert b"yellow house" not in stored_receipt(told, made.receipt_id)

    def test_earlier_prompt_in_a_conversation_is_cleared_of_its_passages(
        self, running: Running
    ) -> None:
        long = " ".join(f"Alice painted wall {i} of the yellow house." for i in range(200))
        seq = running.push(document("secret", long))
        first = running.client.augment("What did Alice do?", max_items=1, min_seq=seq)
        assert len(first.evidence[0].text) < len(long) / 2
        again = [*first.messages, {"role": "user", "content": "And then?"}]
        second, _ = kept_receipt(running, again)

        running.client.erase_document(SECRET)

        assert b"yellow house" not in stored_receipt(running, second)

    def test_other_receipts_stay_byte_for_byte(self, told: Running) -> None:
        other, before = kept_receipt(told, "Who has a tent?", max_items=1)
        kept_receipt(told, "Where does she live?")

        erasure = told.client.erase_document(SECRET)

        assert erasure.receipts == 1
        assert stored_receipt(told, other) == before

    def test_every_version_that_was_shown_is_redacted(self, told: Running) -> None:
        old, _ = kept_receipt(told, "Alice house", known_at=START)
        new, _ = kept_receipt(told, "Alice house")

        erasure = told.client.erase_document(SECRET)

        receipts: list[Any] = [told.client.receipt(name) for name in (old, new)]
        assert erasure.receipts == 2
        assert all("redacted_at" in each for each in receipts)


class TestTraces:
    def files_with(self, directory: Path, words: bytes) -> list[str]:
        return [
            path.name
            for path in directory.rglob("*")
            if path.is_file() and words in path.read_bytes()
        ]

    def test_no_file_holds_a_word_of_it(self, told: Running, tmp_path: Path) -> None:
        kept_receipt(told, f"Is it true that {TEXT}")
        told.service.snapshot()
        assert self.files_with(tmp_path, b"yellow house")

        told.client.erase_document(SECRET)

        assert self.files_with(tmp_path, b"yellow house") == []
        assert self.files_with(tmp_path, b"green house") == []
        assert self.files_with(tmp_path, b"Bob lives in a tent")

    def test_snapshots_older_than_it_are_gone_and_a_new_one_is_written(
        self, told: Running, tmp_path: Path
    ) -> None:
        def snapshots() -> list[int]:
            found = (tmp_path / "index").glob("snapshot-*")
            return sorted(int(path.name.removeprefix("snapshot-")) for path in found)

        told.service.snapshot()
        before = snapshots()

        erasure = told.client.erase_document(SECRET)

        assert before
        assert max(before) < erasure.seq
        assert snapshots() == []
        told.service.snapshot()
        assert snapshots() == [erasure.seq]

    def test_restarted_service_does_not_know_it(self, tmp_path: Path, clock: FakeClock) -> None:
        with serving(Plan(tmp_path, clock=clock)) as one:
            tell(one, clock)
            one.service.snapshot()
            one.client.erase_document(SECRET)

        with serving(Plan(tmp_path, clock=clock)) as again:
            assert again.ids("Alice house") == again.ids("Bob tent")
            assert again.client.erasures()[0].document_id == SECRET


class TestOnBothDatabases:
    @pytest.fixture
    def one(self, tmp_path: Path, clock: FakeClock, empty_url: str) -> Iterator[Running]:
        with serving(Plan(tmp_path, clock=clock, database_url=empty_url)) as running:
            yield tell(running, clock)

    def test_erasing_and_lifting(self, one: Running, clock: FakeClock) -> None:
        name, _ = kept_receipt(one, "Who lives where?")
        clock.advance(timedelta(minutes=1))

        erasure = one.client.erase_document(SECRET)

        receipt: Any = one.client.receipt(name)
        assert (erasure.versions, erasure.chunks, erasure.receipts) == (2, 2, 1)
        assert erasure.completed_at == START + HOUR * 2 + timedelta(minutes=1)
        assert "redacted_at" in receipt
        assert one.titles("house", known_at=START, min_seq=erasure.seq) == ["other"]
        assert [each.key for each in one.client.push_documents([document("secret", TEXT)]).failures]
        one.client.lift_erasure(SECRET)
        assert one.client.push_documents([document("secret", TEXT)]).new == 1

    def test_removing(self, one: Running) -> None:
        seq = one.client.remove_document(SECRET).seq

        assert one.titles("house", min_seq=seq) == ["other"]
        assert set(one.titles("house", known_at=START)) == {"secret", "other"}

    @pytest.mark.parametrize(
        "ask",
        [
            lambda client: client.document(SECRET),
            lambda client: client.versions(SECRET),
            lambda client: client.remove_document(SECRET),
        ],
    )
    def test_erased_document_is_refused_everywhere(
        self, one: Running, ask: Callable[[Any], object]
    ) -> None:
        one.client.erase_document(SECRET)

        with pytest.raises(Refused, match=SECRET):
            ask(one.client)

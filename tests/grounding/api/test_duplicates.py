"""One statement from many sources is one piece of evidence that names them all."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from grounding import Client
from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.serving import HOUR, Plan, Running, document, serving

ASKED = "When does the ferry to the islands run?"
STORY = (
    "The harbour office in Kerr said on Monday that the ferry to the islands will not run before "
    "noon. Strong wind from the west had damaged the pier during the night, and divers have to "
    "look at its foundations first. It would take them about 3 hours, said its head, Jane Doe."
)
PAPERS = {
    "agency": STORY,
    "post": f"By Jo Lee\n\n{STORY}",
    "times": STORY.replace("on Monday", "Monday"),
}
UPDATE = STORY.replace("3 hours", "5 hours")
COPIES = 60
OTHERS = ("Oak trees grow slowly.", "Tea is made with hot water.", "Bees sleep in winter.")


@pytest.fixture(scope="module")
def press(module_url: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    clock = FakeClock()
    plan = Plan(tmp_path_factory.mktemp("press"), clock=clock, database_url=module_url)
    with serving(plan) as running:
        for number, (paper, text) in enumerate(PAPERS.items()):
            tell(running.client, paper, text, collection="press", url=f"https://{paper}.example/1")
            clock.advance(HOUR * (number + 1))
        tell(running.client, "wire", UPDATE, collection="desk")
        for number in range(COPIES):
            copy = f"{STORY} {'See it in colour. ' * (number % 3)}"
            tell(running.client, f"copy{number}", copy, collection="copies")
        for number, text in enumerate(OTHERS):
            tell(running.client, "wiki", text, collection="copies", key=f"other{number}")
        running.service.parts.views.catch_up()
        yield running


def tell(
    client: Client,
    source: str,
    text: str,
    *,
    collection: str,
    url: str | None = None,
    key: str = "1",
) -> None:
    given = document(key, text, title=f"Ferry | {source}", url=url, published_at=START)
    client.push_documents([given], source=source, collection=collection)


def test_search_answers_with_one_item_that_names_all_who_say_it(press: Running) -> None:
    (found,) = press.client.search(ASKED, collections=["press"]).results

    assert (found.source, set(found.corroborated_by)) == ("times", {"agency", "post"})
    assert {(each.source, each.document_id, each.url, each.title) for each in found.also_in} == {
        (name, document_uid(name, "1"), f"https://{name}.example/1", f"Ferry | {name}")
        for name in ("agency", "post")
    }
    assert {each.published_at for each in found.also_in} == {START}


def test_what_differs_in_a_number_is_another_item(press: Running) -> None:
    found = press.client.search(ASKED, collections=["press", "desk"]).results

    assert {each.text for each in found} == {STORY.replace("on Monday", "Monday"), UPDATE}


def test_only_what_was_known_then_is_named(press: Running) -> None:
    for known_at, names in ((START, ()), (START + HOUR * 2, ("agency",))):
        (found,) = press.client.search(ASKED, collections=["press"], known_at=known_at).results

        assert found.corroborated_by == names
        assert tuple(each.source for each in found.also_in) == names


def test_sources_that_were_not_asked_for_are_not_named(press: Running) -> None:
    (found,) = press.client.search(ASKED, sources=["agency", "post"]).results

    assert {found.source, *found.corroborated_by} == {"agency", "post"}


def test_sites_that_were_not_asked_for_are_not_named(press: Running) -> None:
    (found,) = press.client.search(
        ASKED, collections=["press"], include_domains=["post.example"]
    ).results

    assert (found.source, found.also_in) == ("post", ())


def test_copies_take_no_places_from_what_else_there_is(press: Running) -> None:
    found = press.client.search(ASKED, collections=["copies"], max_results=4).results

    assert {each.text for each in found[1:]} == set(OTHERS)
    assert len(found[0].corroborated_by) == COPIES - 1


def test_prompt_and_its_receipt_name_the_others(press: Running) -> None:
    made = press.client.augment(ASKED, collections=["press"])

    receipt = json.loads(press.http.get(f"/v1/receipts/{made.receipt_id}").content)

    (shown,) = made.evidence
    assert f"source: times · also said by: {', '.join(shown.corroborated_by)} ·" in made.text
    (entry,) = receipt["evidence"]
    assert entry["also_in"] == [
        {"id": each.id, "source": each.source, "published_at": "2026-03-01T12:00:00+00:00"}
        for each in shown.also_in
    ]


def test_erased_document_is_named_nowhere(running: Running, clock: FakeClock) -> None:
    for paper in ("agency", "post"):
        tell(running.client, paper, PAPERS[paper], collection="press")
        clock.advance(timedelta(minutes=1))
    running.service.parts.views.catch_up()
    name = running.client.augment(ASKED).receipt_id
    gone = document_uid("agency", "1")

    erased = running.client.erase_document(gone)

    body = running.http.get(f"/v1/receipts/{name}").content
    assert (erased.receipts, gone.encode() in body) == (1, False)
    (entry,) = json.loads(body)["evidence"]
    assert (entry["also_in"], entry["corroborated_by"]) == ([], ["agency"])
    (found,) = running.client.search(ASKED, min_seq=erased.seq).results
    assert (found.source, found.also_in, found.corroborated_by) == ("post", (), ())

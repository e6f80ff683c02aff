import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from grounding import AsyncClient, Busy, Client, Unreachable
from tests.grounding.client import replies
from tests.grounding.client.service import Answer, Service

T = TypeVar("T")


def run(base_url: str, use: Callable[[AsyncClient], Awaitable[T]], pauses: list[float]) -> T:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def main() -> T:
        async with AsyncClient(base_url, sleep=sleep) as client:
            return await use(client)

    return asyncio.run(main())


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    def surface(kind: type) -> dict[str, str]:
        return {
            name: str(inspect.signature(member)).replace("Async", "")
            for name, member in vars(kind).items()
            if inspect.isfunction(member) and not name.startswith("_") and name[-5:] != "close"
        }

    assert surface(AsyncClient) == surface(Client)
    streams = {"stream_chat"}  # to be entered, not awaited
    assert all(
        inspect.iscoroutinefunction(getattr(AsyncClient, name))
        for name in surface(AsyncClient).keys() - streams
    )


def test_a_question_is_augmented(service: Service, pauses: list[float]) -> None:
    service.answers(replies.AUGMENT)

    made = run(
        service.base_url,
        lambda client: client.augment("What?", token_budget=500, dialect="cohere"),
        pauses,
    )

    assert made.receipt_id == "rcpt_00"
    assert service.asked[0].body == {"query": "What?", "token_budget": 500, "dialect": "cohere"}
    assert (made.system, made.documents) == (
        tuple(replies.AUGMENT["system"]),
        tuple(replies.AUGMENT["documents"]),
    )


def test_being_busy_and_a_broken_connection_are_waited_out(
    service: Service, pauses: list[float]
) -> None:
    service.answers(Answer(503), Answer(is_dropped=True), replies.SEARCH)

    found = run(service.base_url, lambda client: client.search("x"), pauses)

    assert (found.seq, len(pauses)) == (7, 2)


def test_failures_have_the_same_names(service: Service, pauses: list[float]) -> None:
    service.answers(Answer(503, headers={"Retry-After": "60"}))

    with pytest.raises(Busy):
        run(service.base_url, lambda client: client.search("x"), pauses)
    with pytest.raises(Unreachable):
        run("http://127.0.0.1:1", lambda client: client.health(), pauses)


def test_calls_run_side_by_side(service: Service, pauses: list[float]) -> None:
    service.answers(replies.SEARCH)

    async def three(client: AsyncClient) -> list[int]:
        found = await asyncio.gather(*(client.search(str(i)) for i in range(3)))
        return [reply.seq for reply in found]

    assert run(service.base_url, three, pauses) == [7, 7, 7]

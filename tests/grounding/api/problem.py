"""How errors are looked at: as problem details that name a field."""

from typing import Any

import httpx


def problem_of(reply: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem details of a refusal after checking its form."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert body.keys() == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def fields_of(reply: httpx.Response) -> list[str]:
    """Return the fields that a refused request is told of."""
    return [error["field"] for error in problem_of(reply, 422)["errors"]]

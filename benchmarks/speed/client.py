"""A keep-alive HTTP client that costs little: what it takes is not the service's."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

HEADERS = {"Content-Type": "application/json"}


class Refused(Exception):
    """The service answered with an error; the message begins with its status."""


class Connection:
    """One connection to a service, used by one caller at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        self._connection.connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        """Return the body of the answer, unread.

        Raises:
            Refused: it is not a success.
        """
        self._connection.request("POST", path, json.dumps(body), HEADERS)
        return self._answered()

    def get(self, path: str) -> bytes:
        """As `post`."""
        self._connection.request("GET", path)
        return self._answered()

    def reply(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:  # Any: parsed JSON
        read: dict[str, Any] = json.loads(self.post(path, body))
        return read

    def _answered(self) -> bytes:
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise Refused(f"{answer.status} {body[:300]!r}")
        return body


def search_body(query: str, **more: object) -> dict[str, object]:
    return {"query": query, "max_results": 10, **more}

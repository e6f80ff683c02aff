"""Who may call: an API key where one is set, known host names only, bodies of bounded size.

Known host names stop a web page from reaching a service on this machine by pointing its own
name at 127.0.0.1 (DNS rebinding).
"""

import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grounding import websub
from grounding.api.problems import problem

OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""Names of this machine for itself, always known: nobody else can make one lead here."""

_OPEN_PATHS = frozenset({"/healthz", "/readyz"})
_OPEN_BELOW = websub.PATH
"""Hubs have no key: what they know is a path that nobody can guess, and a secret to sign with."""


class Guard:
    """ASGI middleware in front of every route."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        api_key: str | None,
        allowed_hosts: Sequence[str],
        max_body_bytes: int,
    ) -> None:
        self._app = app
        self._api_key = None if api_key is None else api_key.encode()
        self._hosts = frozenset(host.lower() for host in (*allowed_hosts, *OWN_NAMES))
        self._max_body_bytes = max_body_bytes
        self._too_large = f"bodies of up to {max_body_bytes} bytes are accepted"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers, scope["path"])
        if refusal is not None:
            status, detail = refusal
            extra = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
            await problem(status, detail, headers=extra)(scope, receive, send)
            return
        await self._bounded(scope, receive, send)

    def _refusal(self, headers: Headers, path: str) -> tuple[int, str] | None:
        if not self._is_known_host(headers.get("host", "")):
            return 400, "unknown host name: add it to [server] allowed_hosts"
        is_open = path in _OPEN_PATHS or path.startswith(_OPEN_BELOW)
        if not is_open and not self._is_authorised(headers):
            return 401, "send the API key as `Authorization: Bearer KEY`"
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._max_body_bytes:
            return 413, self._too_large
        return None

    def _is_known_host(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return "*" in self._hosts or name.lower() in self._hosts

    def _is_authorised(self, headers: Headers) -> bool:
        if self._api_key is None:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            given.strip().encode(), self._api_key
        )

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, but stop reading a body without declared length that grows."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise HTTPException(413, self._too_large)  # the one kind FastAPI passes on
            return message

        await self._app(scope, counted, send)

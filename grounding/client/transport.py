"""The only file that knows httpx; loaded when a client is made, for it is slow to import."""

import httpx

from grounding.client.call import Call, Reply
from grounding.client.errors import GroundingError, TimedOut, Unreachable

RequestError = httpx.RequestError


def sync_client(base_url: str, api_key: str | None) -> httpx.Client:
    return httpx.Client(base_url=_checked(base_url), headers=_headers(api_key))


def async_client(base_url: str, api_key: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=_checked(base_url), headers=_headers(api_key))


def request(
    client: httpx.Client | httpx.AsyncClient, call: Call[object], timeout_seconds: float
) -> httpx.Request:
    """Build the request of a call."""
    return client.build_request(
        call.method,
        call.path,
        params=dict(call.params),
        content=call.content,
        headers={"Content-Type": "application/json"} if call.content is not None else None,
        timeout=timeout_seconds,
    )


def reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, response.content, response.headers.get("Retry-After"))


def failure(error: httpx.RequestError, base_url: str) -> GroundingError:
    """Say in our words what kept the request from being answered."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return Unreachable(f"{base_url}: cannot connect: {_reason(error)}", was_sent=False)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{base_url}: no answer in time")
    return Unreachable(f"{base_url}: the connection broke: {_reason(error)}", was_sent=True)


def _checked(base_url: str) -> str:
    if not base_url.startswith(("http://", "https://")):
        raise ValueError(f"base_url {base_url!r}: expected http://... or https://...")
    return base_url


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "grounding-python"}
    return headers if api_key is None else {**headers, "Authorization": f"Bearer {api_key}"}

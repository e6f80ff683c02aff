"""Have an OpenAI client ask through the service, without importing OpenAI's package."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar, Unpack

from grounding.client.options import ChatOptions
from grounding.client.wire import full_body

HEADER = "X-Grounding"


class _OpenAIClient(Protocol):
    """What is needed of `openai.OpenAI`, `openai.AsyncOpenAI` and their like."""

    def with_options(  # Any: all that can be set of such a client
        self, *, base_url: str, default_headers: Mapping[str, str], **more: Any
    ) -> Any: ...


C = TypeVar("C", bound=_OpenAIClient)


def wrap(
    client: C,
    *,
    base_url: str = "http://127.0.0.1:8080",
    api_key: str | None = None,
    **options: Unpack[ChatOptions],
) -> C:
    """Return an OpenAI client like this one whose chats are grounded; this one stays as it is.

    base_url: of the service. api_key: of the service; without it the client's own key is sent,
    which an upstream can be set to be given. options: for every call; `extra_body={"grounding":
    {...}}` of a call goes before them.

    Raises:
        ValueError: an option makes no sense, such as a datetime without a time zone.
    """
    said = {name: value for name, value in options.items() if value is not None}
    more = {} if api_key is None else {"api_key": api_key}
    wrapped: C = client.with_options(
        base_url=f"{base_url.rstrip('/')}/v1",
        default_headers={HEADER: full_body(said).decode()},
        **more,
    )
    return wrapped

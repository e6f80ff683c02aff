"""Keep language models truthful about a changing world: fresh, time-stamped evidence.

    from grounding import Client

    with Client() as client:
        grounded = client.augment("What does Brent crude cost?")

Only the client is exported here, and only when it is asked for: importing it loads nothing of the
service itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grounding.client.asynchronous import AsyncClient
    from grounding.client.chats import ChatAnswer, ChatCitation
    from grounding.client.checks import Checked
    from grounding.client.errors import (
        Busy,
        Conflict,
        GroundingError,
        InvalidRequest,
        NotFound,
        NotFresh,
        Refused,
        ServerFailed,
        TimedOut,
        TooLarge,
        Unauthorized,
        Unreachable,
    )
    from grounding.client.synchronous import Client
    from grounding.client.wrapping import wrap

__all__ = [
    "AsyncClient",
    "Busy",
    "ChatAnswer",
    "ChatCitation",
    "Checked",
    "Client",
    "Conflict",
    "GroundingError",
    "InvalidRequest",
    "NotFound",
    "NotFresh",
    "Refused",
    "ServerFailed",
    "TimedOut",
    "TooLarge",
    "Unauthorized",
    "Unreachable",
    "wrap",
]

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("grounding.client"), name)

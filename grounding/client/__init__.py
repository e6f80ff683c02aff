"""The Python client of the service.

call.py, calls.py, wire.py   what is asked, how it is written and how an answer is read: no I/O
retry.py                     whether and when to try again: no I/O
transport.py                 the only file that knows httpx
synchronous.py, asynchronous.py   two thin shells around these
"""

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

"""The Python client of the service.

call.py, calls.py, wire.py   what is asked, how it is written and how an answer is read: no I/O
retry.py                     whether and when to try again: no I/O
transport.py                 the only file that knows httpx
synchronous.py, asynchronous.py   two thin shells around these
"""

from grounding.client.asynchronous import AsyncClient
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

__all__ = [
    "AsyncClient",
    "Busy",
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
]

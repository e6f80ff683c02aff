"""Whether an upstream can be reached and takes its key, without asking it for an answer."""

from typing import Final

import httpx

from grounding.gateway.errors import UpstreamAway, UpstreamBroken
from grounding.gateway.records import Upstream

_SECONDS: Final = 10.0
_REFUSES_KEY: Final = frozenset({401, 403})


def require_well(upstream: Upstream) -> str:
    """Ask an upstream which llms it has, which costs nothing; say what came of it.

    Raises:
        UpstreamAway: it cannot be reached. UpstreamBroken: it refuses its key, or fails.
    """
    try:
        answer = httpx.get(
            f"{upstream.base_url}/models", headers=upstream.own_headers, timeout=_SECONDS
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        kind = type(error).__name__
        raise UpstreamAway(f"it cannot be reached ({kind}); see its base_url") from error
    if answer.status_code in _REFUSES_KEY and not upstream.passes_caller_key:
        raise UpstreamBroken(f"it refuses its key ({answer.status_code}); see its api_key")
    if answer.status_code >= 500:
        raise UpstreamBroken(f"it answers {answer.status_code}")
    return "reached"

"""Ask an upstream's llm one thing, with patience for one answer: what a judge does."""

from typing import Any, Final

import httpx

from grounding.gateway import whole
from grounding.gateway.errors import UpstreamAway, UpstreamBroken, UpstreamLate
from grounding.gateway.records import Api, Upstream, Usage
from grounding.gateway.spending import Spending
from grounding.gateway.tokens import about

_LONGEST_SECONDS: Final = 30.0
_MOST_TOKENS: Final = 16


class AskUpstream:
    """Sends a text to an upstream and returns what it says, at no temperature; for any thread."""

    def __init__(self, upstream: Upstream, spending: Spending) -> None:
        self._upstream = upstream
        self._spending = spending
        self._http = httpx.Client(headers=upstream.own_headers, timeout=_LONGEST_SECONDS)

    def __call__(self, prompt: str) -> str:
        """Return the answer.

        Raises:
            UpstreamBroken: there is none, or it makes no sense.
        """
        name = self._upstream.name
        body: dict[str, Any] = {  # Any: JSON
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
        }
        if self._upstream.llm is not None:
            body["model"] = self._upstream.llm
        try:
            reply = self._http.post(f"{self._upstream.base_url}{Api.CHAT.value}", json=body)
        except httpx.TimeoutException as error:
            raise UpstreamLate(f"upstream {name}: no answer in time") from error
        except httpx.HTTPError as error:
            raise UpstreamAway(f"upstream {name}: cannot be reached") from error
        if reply.status_code != 200:
            raise UpstreamBroken(f"upstream {name}: it answered {reply.status_code}")
        text = whole.text_of(whole.parsed(reply.content))
        usage = Usage(about(prompt), about(text))
        self._spending.add(self._upstream, usage)
        return text

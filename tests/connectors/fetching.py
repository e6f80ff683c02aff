from time import monotonic
from typing import Any

from connectors.http.fetch import Fetcher, FetchLimits, Politeness
from tests.fakes import FakeClock


def local_fetcher(
    pauses: list[float], politeness: Politeness | None = None, **limits: Any
) -> Fetcher:
    """Return a fetcher that may read this machine and notes its pauses instead of sleeping."""
    return Fetcher(
        FetchLimits(**limits),
        politeness=politeness or Politeness(),
        user_agent="grounding/test (+mailto:ops@example.org)",
        allow_private_addresses=True,
        sleep=pauses.append,
        clock=FakeClock(),
        monotonic=lambda: monotonic() + sum(pauses),
    )

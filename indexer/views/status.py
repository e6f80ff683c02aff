"""How live views stand."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """How the views stand: `head` is the newest change seen in the log, `lag` what is missing.

    embedder: the identity of the one that questions are embedded with; "" before the start.
    """

    rows: int
    seq: int
    head: int
    device: str
    embedder: str
    applied_at: datetime | None
    last_error: str | None

    @property
    def lag(self) -> int:
        return max(0, self.head - self.seq)

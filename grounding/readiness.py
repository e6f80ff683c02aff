"""Whether the service can answer now, and what is in the way if not."""

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from grounding.service import Service
from indexer.catalogue import changes
from indexer.views.status import ViewStatus

MOST_LAG = 10_000
_OK = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What each part says of itself: "ok", or what is wrong.

    embedder: the identity of the one that questions are embedded with.
    """

    checks: dict[str, str]
    seq: int
    applied_seq: int
    index_rows: int
    device: str
    embedder: str

    @property
    def is_ready(self) -> bool:
        return all(found == _OK for found in self.checks.values())


def readiness(service: Service) -> Readiness:
    views = service.parts.views.status()
    database, head = _database(service)
    lag = head - views.seq
    if views.last_error is not None:
        index = _standing_still(views)
    elif lag > MOST_LAG:
        index = f"{lag} changes behind the database"
    else:
        index = _OK
    return Readiness(
        checks={"database": database, "index": index},
        seq=head,
        applied_seq=views.seq,
        index_rows=views.rows,
        device=views.device,
        embedder=views.embedder,
    )


def _standing_still(views: ViewStatus) -> str:
    """Say it in one line, without the statement that failed: whoever asks needs no key."""
    return f"stands at change {views.seq}: {str(views.last_error).splitlines()[0]}"


def _database(service: Service) -> tuple[str, int]:
    try:
        with service.parts.database.reading() as session:
            return _OK, changes.head(session)[0]
    except SQLAlchemyError as error:
        return f"cannot be read: {type(error).__name__}", 0

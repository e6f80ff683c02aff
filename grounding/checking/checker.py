"""Check answers with what the service has: its database, its embedder, its clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.clock import Clock
from grounding.checking.evidence import shown
from grounding.checking.records import Basis, Shown, Verdict, When
from grounding.checking.standing import standings
from grounding.checking.support.judge import ALL, Judge
from grounding.checking.support.vectors import Vectors
from grounding.query.messages import said_by_user
from grounding.query.moments import Moment, present
from grounding.query.recall import recalled
from grounding.query.records import Evidence, Frame
from grounding.query.replay import frame_of, messages_of
from grounding.receipts.service import prompt_of
from indexer.database import Database
from indexer.views.live import LiveViews


@dataclass(frozen=True, slots=True)
class Checker:
    """Holds answers against evidence, as it was when they were given and as it stands now.

    judge, band: who reads claims beside the scorer, and of which probabilities.
    vectors: of claims and sentences, remembered from check to check.
    """

    database: Database
    views: LiveViews
    clock: Clock
    judge: Judge | None = None
    band: tuple[float, float] = ALL
    vectors: Vectors = field(default_factory=Vectors)

    def of_given(
        self, answer: str, items: Sequence[Shown], when: When | None = None, asked: str = ""
    ) -> Verdict:
        """Check an answer against what a caller gives.

        when: the clock that its author was shown; the present if that is not known.
        asked: what it is an answer to.
        """
        with self.database.reading() as session:
            now = present(session, self.clock)
            basis = _basis(session, items, when or When(now), now, asked)
        return self._checked(answer, basis)

    def of_prompt(
        self, answer: str, items: Sequence[Evidence], frame: Frame, asked: str
    ) -> Verdict:
        """Check an answer to a prompt that was made of this evidence.

        asked: what the user said, all turns of it.
        """
        with self.database.reading() as session:
            now = present(session, self.clock)
            when = When(frame.as_of, frame.timezone)
            basis = _basis(session, shown(items, frame.freshness), when, now, asked)
        return self._checked(answer, basis)

    def of_receipt(self, answer: str, receipt_id: str) -> Verdict:
        """Check an answer against what its author was shown by a receipt.

        Raises:
            NotFound: there is no such receipt of a prompt.
        """
        with self.database.reading() as session:
            receipt = prompt_of(session, receipt_id)
            frame = frame_of(receipt)
            items = shown(recalled(session, receipt), frame.freshness)
            now = present(session, self.clock)
            asked = said_by_user(messages_of(receipt))
            basis = _basis(session, items, When(frame.as_of, frame.timezone), now, asked)
        return self._checked(answer, basis)

    def _checked(self, answer: str, basis: Basis) -> Verdict:
        from grounding.checking.pipeline import Readers, check  # not before an answer is checked

        readers = Readers(self.views.embedder, self.judge, self.band, self.vectors)
        return check(answer, basis, readers)


def _basis(
    session: Session, items: Sequence[Shown], when: When, now: datetime, asked: str
) -> Basis:
    at = Moment(now, now, now)
    return Basis(items, when, now, standings(session, items, at), asked)

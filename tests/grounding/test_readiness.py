import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.records import Batch, Document
from grounding.readiness import readiness
from tests.grounding.serving import Plan, started


def test_service_that_keeps_up_is_ready(tmp_path: Path) -> None:
    with started(Plan(tmp_path)) as service:
        seq = service.push("push", "default", Batch({}, (Document("a", "Gold"),))).seq
        service.parts.views.wait_for(seq, 10)

        found = readiness(service)

    assert found.is_ready
    assert found.checks == {"database": "ok", "index": "ok"}
    assert (found.seq, found.applied_seq, found.index_rows) == (seq, seq, 1)


class Heard(logging.Handler):
    """Sets an event once a logger says something."""

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.event.set()


@pytest.fixture
def complaint() -> Iterator[threading.Event]:
    """Set when the index says that it cannot follow the change log."""
    heard, logger = Heard(), logging.getLogger("indexer.views.live")
    logger.addHandler(heard)
    yield heard.event
    logger.removeHandler(heard)


def test_index_that_cannot_follow_says_why_until_it_can_again(
    tmp_path: Path, complaint: threading.Event
) -> None:
    with started(Plan(tmp_path)) as service:
        database = service.parts.database
        with database.writing() as session:
            session.execute(text("ALTER TABLE change RENAME TO hidden"))
        assert complaint.wait(20)
        broken = readiness(service)
        with database.writing() as session:
            session.execute(text("ALTER TABLE hidden RENAME TO change"))
        service.parts.views.catch_up()
        healed = readiness(service)

    assert not broken.is_ready
    assert "stands at change 0: " in broken.checks["index"]
    assert "no such table: change" in broken.checks["index"]
    assert "SELECT" not in broken.checks["index"]
    assert broken.checks["database"].startswith("cannot be read")
    assert healed.is_ready

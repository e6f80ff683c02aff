from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from indexer.views.live import LiveViews, Tuning
from tests.fakes import FakeClock
from tests.indexer.views.fake_log import FakeLog

QUIET = Tuning(poll_seconds=3600, retry_seconds=0.01)
"""The thread looks at the log only when it is told to."""

MakeViews = Callable[..., LiveViews]


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def make_views(log: FakeLog, directory: Path) -> Iterator[MakeViews]:
    """Yield a way to make views of `log` in `directory`; they are stopped at the end."""
    with ExitStack() as running:

        def make(tuning: Tuning = QUIET) -> LiveViews:
            views = LiveViews(
                log,
                active_embedder=log.active_embedder,
                directory=directory,
                device="cpu",
                clock=FakeClock(),
                tuning=tuning,
            )
            running.callback(views.stop)
            return views

        yield make


@pytest.fixture
def views(make_views: MakeViews) -> LiveViews:
    started = make_views()
    started.start()
    return started

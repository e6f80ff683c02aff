"""A further serving process: it answers on the address of the first one, which keeps the rest."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import Final

from connectors.errors import ConnectorError
from grounding.errors import ServiceError
from grounding.processes.board import Seat
from grounding.settings import Settings

logger = logging.getLogger(__name__)

_LONGEST_STOP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Place:
    """What a further process is given as it is spawned.

    address: host and port that the first process has taken. is_read: it reads the sources.
    """

    seat: Seat
    address: tuple[str, int]
    settings: Settings
    api_key: str | None
    is_read: bool


def serve_beside(place: Place) -> None:
    """Serve until SIGINT, SIGTERM, or the end of the first process; whatever fails ends it."""
    from grounding import logs
    from indexer.errors import IndexerError
    from indexer.memory import share_one_heap

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # so that `service.stop` runs
    threading.Thread(target=_end_with_first, daemon=True).start()
    logs.configure()
    share_one_heap()
    try:
        _serve(place)
    except (ServiceError, IndexerError, ConnectorError) as error:
        logger.error("serving process %d cannot serve: %s", place.seat.number, error)
        sys.exit(1)


def _serve(place: Place) -> None:
    from indexer.memory import lasting

    with lasting():
        from grounding import loading

        load = loading.begun(place.settings.embedder)

        from grounding import server
        from grounding.api.app import create_app
        from grounding.wiring import build

        listener = server.listen_beside(*place.address)
        service = build(place.settings, load=load)
    try:
        service.start(serves=True, reads=False, leads=False, is_read=place.is_read)
        service.warm_up_later()
        app = create_app(service, api_key=place.api_key, seat=place.seat)
        with app.state.metrics.told():
            server.serve(app, listener, on_ready=lambda: _say_ready(place))
    finally:
        service.stop()


def _say_ready(place: Place) -> None:
    logger.info("serving process %d is ready, pid %d", place.seat.number, os.getpid())


def _end_with_first() -> None:
    """Stop as on SIGTERM once the first process is gone, whatever ended it."""
    first = multiprocessing.parent_process()
    if first is None:
        return
    first.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LONGEST_STOP_SECONDS)
    os._exit(1)

"""Reading one recording through its real connector, over HTTP on loopback."""

import gzip
import time
import traceback
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from urllib.parse import quote

from benchmarks.corpus.records import SITE, Reading, Recording
from benchmarks.corpus.robots_files import ROBOTS, rules_as_batches
from connectors import registry
from connectors.clock import utc_now
from connectors.errors import ConnectorError
from connectors.http.fetch import Fetcher
from connectors.records import Batch
from grounding.demo.site import Site

GZIP_START = b"\x1f\x8b"


def published(site: Site, recordings: Iterable[Recording]) -> None:
    """Serve every file under its suite and name, with its own content type."""
    for recording in recordings:
        site.put(
            _path(recording),
            _addressed(recording.served(), site),
            media_type=recording.media_type,
        )
        for path, body in recording.pages.items():
            media_type = "application/xml" if path.endswith(".xml") else "text/html"
            site.put(path, _addressed(body, site), media_type=media_type)


def _addressed(body: bytes, site: Site) -> bytes:
    """Fill in where the site is, within gzip too."""
    here = site.url("").encode()
    if body.startswith(GZIP_START):
        return gzip.compress(gzip.decompress(body).replace(SITE, here))
    return body.replace(SITE, here)


def read_over_http(recording: Recording, *, site: Site, fetcher: Fetcher) -> Reading:
    """Read it from the beginning; the processor time is that of the reading thread only."""
    address = site.url(_path(recording))
    wall, cpu = time.perf_counter(), time.thread_time()
    batches: list[Batch] = []
    refusal = crash = None
    try:
        batches.extend(_batches(recording, address, fetcher))
    except ConnectorError as error:
        refusal = str(error)
    except Exception:  # noqa: BLE001 - what this benchmark is looking for
        crash = traceback.format_exc()
    return Reading(
        address=address,
        documents=tuple(each for batch in batches for each in batch.documents),
        observations=tuple(each for batch in batches for each in batch.observations),
        failures=tuple(each for batch in batches for each in batch.failures),
        refusal=refusal,
        crash=crash,
        cpu_seconds=time.thread_time() - cpu,
        wall_seconds=time.perf_counter() - wall,
    )


def _batches(recording: Recording, address: str, fetcher: Fetcher) -> Iterator[Batch]:
    if recording.kind == ROBOTS:
        return rules_as_batches(fetcher.fetch(address).body, recording)
    connector = registry.build(
        recording.kind,
        {"url": address, **recording.options},
        source=recording.name,
        fetcher=fetcher,
        clock=partial(now_of, recording),
    )
    return connector.read({})


def now_of(recording: Recording) -> datetime:
    return recording.now or utc_now()


def _path(recording: Recording) -> str:
    return f"{recording.suite}/{quote(recording.name)}"

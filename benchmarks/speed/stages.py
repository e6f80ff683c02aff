"""What a start is made of: `python -m benchmarks.speed.stages CONFIG QUESTION`.

The steps of `grounding up`, one after the other in a fresh process, and how long each took in
seconds, as one JSON object on the last line.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS: dict[str, float] = {}


@contextmanager
def _stage(name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    _SECONDS[name] = round(time.perf_counter() - begun, 4)


def main(config: Path, question: str) -> None:
    with _stage("imports"):
        from grounding import logs, settings, wiring
        from grounding.api import app  # noqa: F401 - what it imports takes its time
        from grounding.query import pipeline
        from grounding.query.question import Filters
        from indexer.embed import load
    logs.configure()
    read = settings.load(config)
    with _stage("embedder"):
        embedder = load(read.embedder.name, device=read.embedder.device)
    with _stage("database and parts"):
        service = wiring.build(read, embedder=embedder)
    with _stage("index"):
        service.start(serves=True, reads=False)
    retrieval = service.parts.retrieval
    for name in ("first answer", "second answer"):
        with _stage(name):
            pipeline.search(f"{name}: {question}", Filters(), max_results=10, retrieval=retrieval)
    print(json.dumps(_SECONDS), flush=True)
    service.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

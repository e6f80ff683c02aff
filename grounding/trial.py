"""Read a source once without storing anything: does it work, and what does it say?"""

from dataclasses import dataclass
from itertools import islice

from connectors.clock import utc_now
from connectors.errors import ConnectorError
from connectors.records import Batch
from grounding.settings import FetchSettings, SourceSettings
from grounding.wiring import build_connector, build_fetcher

MOST_BATCHES = 3
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """What the first batches of a source held, or why it could not be read."""

    source: str
    documents: int = 0
    observations: int = 0
    failures: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    error: str | None = None


def trial(source: SourceSettings, fetch: FetchSettings) -> Trial:
    fetcher = build_fetcher(fetch, utc_now)
    try:
        connector = build_connector(source, fetcher, utc_now)
        batches = list(islice(connector.read({}), MOST_BATCHES))
    except ConnectorError as error:
        return Trial(source.name, error=str(error))
    finally:
        fetcher.close()
    return _summary(source.name, batches)


def _summary(name: str, batches: list[Batch]) -> Trial:
    documents = [document for batch in batches for document in batch.documents]
    observations = [one for batch in batches for one in batch.observations]
    examples = [document.title or document.key for document in documents[:_EXAMPLES]]
    examples += [f"{one.series} {one.valid_from}: {one.value}" for one in observations[:_EXAMPLES]]
    return Trial(
        source=name,
        documents=len(documents),
        observations=len(observations),
        failures=tuple(f"{f.key}: {f.reason}" for batch in batches for f in batch.failures),
        examples=tuple(examples),
    )

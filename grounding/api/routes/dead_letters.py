"""Items that could not be read: list them, read them again, dismiss them."""

from fastapi import APIRouter, Response

from grounding.api import readings
from grounding.api.routes.deps import Limit, Running, WaitSeconds, require_source, run_reply
from grounding.api.wire import Text
from indexer import sources as source_registry
from indexer.catalogue import dead_letters

router = APIRouter(prefix="/v1", tags=["sources"])


@router.get("/dead-letters")
def list_dead_letters(
    service: Running, source: Text | None = None, limit: Limit = 100
) -> readings.DeadLetters:
    """List items that could not be read, the newest failure first."""
    with service.parts.database.reading() as session:
        require_source(session, source)
        found = dead_letters.listed(session, source=source, limit=limit)
    return readings.DeadLetters(
        dead_letters=[readings.DeadLetter.model_validate(letter) for letter in found]
    )


@router.post("/sources/{name}/dead-letters/retry", responses={202: {"model": readings.Run}})
def retry_dead_letters(
    name: Text,
    service: Running,
    response: Response,
    wait_seconds: WaitSeconds = 30,
) -> readings.Run:
    """Read a source now, and with it the items that failed; 202 if that is not done in time."""
    return run_reply(service.retry_items(name, wait_seconds=wait_seconds), response)


@router.delete("/sources/{name}/dead-letters")
def dismiss_dead_letters(
    name: Text, service: Running, key: Text | None = None
) -> readings.Dismissed:
    """Forget the letter of this key, or all of a source; what fails again is listed again."""
    with service.parts.database.writing() as session:
        source = source_registry.require(session, name)
        keys = None if key is None else [key]
        return readings.Dismissed(dismissed=dead_letters.dismiss(session, source.id, keys))

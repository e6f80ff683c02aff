"""A page of the web, and a source of such pages read again and again."""

from connectors.protocol import Connector
from connectors.records import Cursor
from tests.connectors.reading import Read, read

WORDS = (
    "The harbour reopened on Sunday after a storm that lasted for three days and closed every "
    "pier in the city, said the officials who had counted the damage."
)


def page(body: str = f"<p>{WORDS}</p>", head: str = "", lang: str = "en") -> str:
    return (
        f"<html lang='{lang}'><head><title>Harbour</title>{head}</head><body>{body}</body></html>"
    )


def reads(source: Connector, times: int, cursor: Cursor | None = None) -> list[Read]:
    """Read several times in a row, each from where the last left off."""
    found: list[Read] = []
    for _ in range(times):
        found.append(read(source, cursor))
        cursor = found[-1].cursor
    return found

"""Which WebSub hub a feed offers, if it can be asked at all."""

from collections.abc import Iterable, Mapping
from urllib.parse import urljoin, urlsplit

from connectors.records import Hub, JsonValue

LONGEST_URL = 2_000
MOST_HUBS = 10


def offered_hub(hubs: Iterable[str], self_link: str, *, address: str = "") -> Hub | None:
    """Return the hub to subscribe at, one on HTTPS if there is one, and under which name.

    No hub without the feed's own name for itself: hubs know it by nothing else.
    """
    topic = _web_url(self_link, address)
    known = [url for hub in list(hubs)[:MOST_HUBS] if (url := _web_url(hub, address))]
    if not topic or not known:
        return None
    safest = min(known, key=lambda url: not url.startswith("https://"))
    return Hub(safest, topic)


def hub_as_cursor(hub: Hub | None) -> dict[str, JsonValue]:
    """Return what to keep, so that "unmodified" does not make it forgotten."""
    return {} if hub is None else {"hub": [hub.url, hub.topic]}


def hub_from_cursor(cursor: Mapping[str, object]) -> Hub | None:
    match cursor.get("hub"):
        case [str(url), str(topic)]:
            return Hub(url, topic)
        case _:
            return None


def _web_url(link: str, address: str) -> str:
    """Return `link` as an address on the web that may be written down and sent, else ""."""
    try:
        url = urljoin(address, link) if link else ""
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    is_fit = is_web and "@" not in parts.netloc and len(url) <= LONGEST_URL and url.isprintable()
    return url if is_fit and " " not in url else ""

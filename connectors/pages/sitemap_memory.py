"""What was listed the last time, remembered as long as every sitemap says that nothing changed.

The cursor keeps the validators of each sitemap. The pages themselves are not listed a second time:
they are those that are known, so a listing is remembered only once all of them were read.
"""

from collections.abc import Callable, Mapping

from connectors.dates import read_instant
from connectors.errors import RetryLater, SourceBroken
from connectors.http.reply import Reply, Validators
from connectors.pages.page_document import Listed
from connectors.pages.pages import Known
from connectors.pages.sitemap_listing import Listing
from connectors.records import Cursor, JsonValue

Ask = Callable[[str, Validators], Reply]


def listing_cursor(
    listing: Listing, known: Mapping[str, Known], digest: str
) -> dict[str, JsonValue]:
    """Return what `remembered_listing` needs, nothing if there is too much that it would lose."""
    told = {address: each.as_cursor() for address, each in listing.validators.items()}
    is_whole = listing.is_whole and not listing.remarks and bool(told) and all(told.values())
    if not is_whole or not all(
        _is_settled(key, each, known) for key, each in listing.pages.items()
    ):
        return {}
    sitemaps: JsonValue = {address: {**each} for address, each in told.items()}
    return {"listing": digest, "sitemaps": sitemaps}


def remembered_listing(
    cursor: Cursor, known: Mapping[str, Known], *, digest: str, ask: Ask
) -> Listing | dict[str, Reply]:
    """Return the listing as it was, else replies that need not be asked for again."""
    told = cursor.get("sitemaps")
    if cursor.get("listing") != digest or not isinstance(told, dict):
        return {}
    validators = {
        address: Validators.from_cursor(given)
        for address, given in told.items()
        if isinstance(given, dict)
    }
    for address, each in validators.items():
        try:
            reply = ask(address, each)
        except (RetryLater, SourceBroken):
            return {}  # it is asked again, and what is wrong with it is said there
        if not reply.is_unmodified:
            return {address: reply}
    pages = {
        key: Listed(key, page.listed, read_instant(page.listed).instant)
        for key, page in known.items()
    }
    return Listing(pages, validators)


def _is_settled(key: str, page: Listed, known: Mapping[str, Known]) -> bool:
    is_read = key in known and known[key].listed == page.modified
    return is_read and key == page.address and page.published_at is None

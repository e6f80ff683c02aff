"""Pages of the web, read one by one for the kinds that know many of them.

    address, what is known of it ─ visit ─▶ Visit: a document, unchanged, failed, gone or left out

What is known of a page is kept in the cursor of its source: validators, a digest of what was
read, how often it changed, when it was looked at last. A page that fails keeps what was read
of it before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

from pydantic import Field, field_validator

from connectors.clock import Clock
from connectors.errors import Disallowed, ItemFailed, Refused, RetryLater, SourceBroken, SourceGone
from connectors.http.fetch import Fetcher
from connectors.http.reply import Reply, Validators
from connectors.location import SecretValues, rest_seconds
from connectors.pages import restless
from connectors.pages.page_document import Listed, page_document, read_page
from connectors.pages.restless import Rhythm
from connectors.protocol import Options
from connectors.records import Batch, Cursor, Document, Failure, JsonValue
from connectors.secrets import revealed
from connectors.text.fields import digest_of
from connectors.text.page_facts import path_of, wishes_of

GONE_BEFORE_REMOVAL = 2
"""A page must be gone in so many visits in a row: one 404 is as often a slip of the site."""
_GONE_STATUSES = (404, 410)
REMARKS_PER_BATCH = 3
_LEFT_OUT = frozenset({"noindex", "noai"})


class PageOptions(Options):
    """What all kinds of pages can be told.

    ignore: CSS selectors of what is no part of a page. restless: what to do with a page that
    changes on every read. obeys_robots: robots.txt, and pages that ask not to be indexed.
    """

    headers: SecretValues = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    restless: Literal["thin", "keep"] = "thin"
    obeys_robots: bool = True
    max_text_chars: int = Field(default=400_000, ge=1_000)

    @field_validator("ignore")
    @classmethod
    def _are_selectors(cls, ignore: tuple[str, ...]) -> tuple[str, ...]:
        for selector in ignore:
            path_of(selector)
        return ignore

    def reading_digest(self) -> str:
        """Return what the text of a page depends on: once it differs, all are read anew."""
        return digest_of(*self.ignore, str(self.obeys_robots), str(self.max_text_chars))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page from earlier visits.

    digest: of what was handed over last, "" if nothing ever was. looked_at: second of the epoch.
    gone: visits in a row in which it was not there. listed: the time its listing gave for it.
    is_left_out: it may not be read, or asks not to be.
    """

    validators: Validators = field(default_factory=Validators)
    digest: str = ""
    looked_at: int = 0
    gone: int = 0
    listed: str = ""
    is_left_out: bool = False
    rhythm: Rhythm = field(default_factory=Rhythm)

    @classmethod
    def from_cursor(cls, given: object) -> Self:
        if not isinstance(given, Mapping):
            return cls()
        at, gone = (given.get(name) for name in ("at", "gone"))
        digest, listed = (given.get(name) for name in ("digest", "listed"))
        return cls(
            Validators.from_cursor(given),
            digest=digest if isinstance(digest, str) else "",
            looked_at=at if isinstance(at, int) else 0,
            gone=gone if isinstance(gone, int) else 0,
            listed=listed if isinstance(listed, str) else "",
            is_left_out=given.get("left_out") is True,
            rhythm=Rhythm.from_cursor(given.get("rhythm")),
        )

    def as_cursor(self) -> dict[str, JsonValue]:
        known: dict[str, JsonValue] = {
            **self.validators.as_cursor(),
            "digest": self.digest,
            "at": self.looked_at,
            "gone": self.gone,
            "listed": self.listed,
            "left_out": self.is_left_out,
            "rhythm": self.rhythm.as_cursor(),
        }
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit came to; `known` is for the cursor.

    error: why nothing could be read. is_left_out: it may not be read, or asks not to be.
    is_held_back: it changed, so that what is stored is not confirmed, though it stands.
    rest_seconds: for how long the server says that its answer holds.
    """

    key: str
    known: Known
    document: Document | None = None
    error: SourceBroken | RetryLater | ItemFailed | None = None
    is_unchanged: bool = False
    is_removed: bool = False
    is_left_out: bool = False
    is_held_back: bool = False
    remark: str = ""
    bytes_read: int = 0
    rest_seconds: float | None = None


def confirm_all(visits: Iterable[Visit]) -> bool:
    """Whether every page was looked at and is as it was stored."""
    return all(each.is_unchanged and not each.is_held_back for each in visits)


class PageReader:
    """Visits the pages of one source."""

    def __init__(
        self, options: PageOptions, *, source: str, fetcher: Fetcher, clock: Clock
    ) -> None:
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self._clock = clock

    def visit(self, key: str, listed: Listed, known: Known) -> Visit:
        """Ask for one page and say what has become of it; never fails because of the page.

        Raises:
            InvalidOptions: a header names a secret that is not there.
        """
        headers = revealed(self._options.headers, option=f"source {self._source}: headers")
        known = replace(known, looked_at=int(self._clock().timestamp()))
        try:
            reply = self._fetcher.fetch(
                listed.address,
                validators=known.validators if known.digest else Validators(),
                headers=headers,
                obeys_robots=self._options.obeys_robots,
            )
        except Disallowed as error:
            left = replace(known, listed=listed.modified, is_left_out=True)
            return Visit(key, left, error=error, is_left_out=True)
        except (SourceGone, Refused) as error:
            return _missing(key, replace(known, listed=listed.modified), error)
        except (RetryLater, SourceBroken) as error:
            return Visit(key, known, error=error)
        visit = self._answered(key, listed, replace(known, gone=0, is_left_out=False), reply)
        return replace(visit, bytes_read=reply.bytes_received, rest_seconds=rest_seconds(reply))

    def _answered(self, key: str, listed: Listed, known: Known, reply: Reply) -> Visit:
        """Read what was answered; only what could be read moves validators and listed time."""
        seen = replace(known, validators=reply.validators, listed=listed.modified)
        if reply.is_unmodified:
            return _unchanged(key, seen)
        try:
            found = read_page(reply, sites=listed.sites, ignore=self._options.ignore)
        except ItemFailed as error:
            return Visit(key, known, error=error)
        wishes = _LEFT_OUT & {*found.page.wishes, *wishes_of(reply.robots_tags)}
        if wishes and self._options.obeys_robots:
            return _unwanted(key, seen, wishes)
        document = page_document(
            key, found, reply, listed=listed, max_text_chars=self._options.max_text_chars
        )
        return self._compared(key, seen, document)

    def _compared(self, key: str, seen: Known, document: Document) -> Visit:
        """Hand the page over if it says something else than the last time it was."""
        digest = _digest(document)
        if digest == seen.digest:
            return _unchanged(key, seen)
        if not seen.digest:
            first = Rhythm(handed_at=seen.looked_at)
            return Visit(key, replace(seen, digest=digest, rhythm=first), document=document)
        decision = restless.changed(seen.rhythm, document.text, at=seen.looked_at)
        if self._options.restless == "keep":
            return Visit(
                key, replace(seen, digest=digest, rhythm=decision.rhythm), document=document
            )
        remark = _restless_remark(key, decision.rhythm)
        if decision.is_handed_over:
            after = replace(seen, digest=digest, rhythm=decision.rhythm)
            return Visit(key, after, document=document, remark=remark)
        # Without validators: what is kept back now must not hide behind "not modified" later.
        after = replace(seen, rhythm=decision.rhythm, validators=Validators())
        return Visit(key, after, is_unchanged=True, is_held_back=True, remark=remark)


def known_pages(cursor: Cursor, options: PageOptions) -> dict[str, Known]:
    """Return what is known of each page by its key; nothing if it was read under other options."""
    pages = cursor.get("pages")
    if cursor.get("reading") != options.reading_digest() or not isinstance(pages, dict):
        return {}
    return {key: Known.from_cursor(given) for key, given in pages.items()}


def pages_cursor(known: Mapping[str, Known], options: PageOptions) -> dict[str, JsonValue]:
    pages: JsonValue = {key: each.as_cursor() for key, each in known.items()}
    return {"reading": options.reading_digest(), "pages": pages}


def batch_of(
    visits: Sequence[Visit],
    cursor: Cursor,
    *,
    removed: Sequence[str] = (),
    is_unmodified: bool = False,
) -> Batch:
    """Put together what some visits came to; pages left out are remarked upon, not failed."""
    left_out = [str(each.error) for each in visits if each.is_left_out]
    return Batch(
        cursor,
        documents=tuple(each.document for each in visits if each.document is not None),
        removed=(*removed, *(each.key for each in visits if each.is_removed)),
        unchanged=tuple(each.key for each in visits if each.is_unchanged),
        failures=tuple(
            Failure(each.key, str(each.error))
            for each in visits
            if each.error is not None and not each.is_left_out
        ),
        is_unmodified=is_unmodified,
        bytes_read=sum(each.bytes_read for each in visits),
        remarks=(*(each.remark for each in visits if each.remark), *left_out[:REMARKS_PER_BATCH]),
    )


def require_one(visits: Sequence[Visit], *, source: str) -> None:
    """Require that a page could be read, or has been before.

    Raises:
        RetryLater, SourceGone, SourceBroken: none could; whichever gives most hope.
    """
    errors = [each.error for each in visits if each.error is not None and not each.is_removed]
    if not errors or len(errors) < len(visits):
        return
    reason = f"source {source}: none of {len(errors)} pages can be read: {errors[0]}"
    for error in errors:
        if isinstance(error, RetryLater):
            raise RetryLater(reason, retry_after_seconds=error.retry_after_seconds) from error
    if all(isinstance(error, SourceGone) for error in errors):
        raise SourceGone(reason) from errors[0]
    raise SourceBroken(reason) from errors[0]


def _unchanged(key: str, seen: Known) -> Visit:
    rested = replace(seen, rhythm=restless.unchanged(seen.rhythm))
    return Visit(key, rested, is_unchanged=True)


def _missing(key: str, known: Known, error: SourceGone | Refused) -> Visit:
    """Remove a page that is gone twice in a row; what was never there is an error at once."""
    is_gone = isinstance(error, SourceGone) or error.status in _GONE_STATUSES
    if not is_gone or not known.digest:
        return Visit(key, known, error=error)
    gone = known.gone + 1  # counted in the cursor, so it must not be a failure yet
    if gone < GONE_BEFORE_REMOVAL:
        remark = f"{error}; its text is kept until it is gone once more"
        return Visit(key, replace(known, gone=gone), is_unchanged=True, remark=remark)
    forgotten = Known(looked_at=known.looked_at, listed=known.listed)
    return Visit(key, forgotten, is_removed=True, remark=f"{error}; removed")


def _unwanted(key: str, seen: Known, wishes: frozenset[str]) -> Visit:
    remark = f"{key}: asks not to be read ({', '.join(sorted(wishes))})"
    return Visit(
        key,
        Known(looked_at=seen.looked_at, listed=seen.listed, is_left_out=True),
        error=SourceGone(remark),
        is_removed=bool(seen.digest),
        is_left_out=True,
    )


def _restless_remark(key: str, rhythm: Rhythm) -> str:
    if not rhythm.is_restless:
        return ""
    every = _in_words(rhythm.pause_seconds)
    return (
        f"{key} changes on every read; small changes are taken over every {every}; "
        "name what varies in `ignore`"
    )


def _in_words(seconds: int) -> str:
    return f"{seconds // 3_600} h" if seconds >= 3_600 else f"{seconds // 60} min"


def _digest(document: Document) -> str:
    """Return a digest of what makes another version of a page."""
    told = (document.title, document.text, document.url, document.author, document.language)
    times = (document.published_at, document.metadata.get("date_from"))
    return digest_of(*map(str, (*told, *times)))

"""`sources import` and `sources export`: feeds from a feed reader, and back into one."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from connectors.errors import ItemFailed
from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, print_table, say
from grounding.cli.sources import FOUND_WRONG
from grounding.client.errors import Conflict, InvalidRequest
from grounding.settings import SourceSettings, load

if TYPE_CHECKING:
    from connectors.feeds.opml import FeedList, Subscription
    from grounding.client import Client

_LONGEST_NAME = 60
_NO_NAME = re.compile(r"[^a-z0-9]+")
_SCHEME = re.compile(r"^https?://(www\.)?", re.IGNORECASE)
_ELSEWHERE = "a list of its own: import it by itself"


@dataclass(frozen=True, slots=True)
class Added:
    name: str
    url: str
    collection: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A feed that is not added; `source` reads it already, or `reason` says why it cannot be."""

    url: str
    source: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Choice:
    """How feeds are to be added. collection: None for that named like their folder."""

    schedule: str
    collection: str | None
    is_dry: bool


@dataclass(slots=True)
class Imported:
    added: list[Added] = field(default_factory=list)
    known: list[Skipped] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)


def import_feeds(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="An OPML file.")],
    schedule: Annotated[str, typer.Option(help='"every 15m" or "cron 0 7 * * *".')] = "every 1h",
    collection: Annotated[
        str | None, typer.Option(help="Of all feeds, instead of that named like their folder.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Add [[sources]] tables to this settings file instead.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Add nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add the feeds of an OPML file as sources; those that are read already are skipped."""
    found, choice = _read(file), _Choice(schedule, collection, dry_run)
    if write is not None:
        done = _into_file(found, write, choice)
    else:
        with client(context_of(ctx)) as service:
            done = _into_service(found, service, choice)
    if as_json:
        print_json(done)
    else:
        _show(done, choice)
    if done.refused:
        raise typer.Exit(FOUND_WRONG)


def export_feeds(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The OPML file to write.")],
    as_json: AsJson = False,
) -> None:
    """Write the addresses of all feed sources into an OPML file, a folder for each collection."""
    from connectors.feeds.opml import Subscription, write_opml  # loads parsers, slowly

    with client(context_of(ctx)) as service:
        feeds = [source for source in service.sources() if source.kind == "feed"]
    urls = {source.name: source.options.get("url") for source in feeds}
    subscriptions = [
        Subscription(url, source.name, "" if source.collection == "default" else source.collection)
        for source in feeds
        if isinstance(url := urls[source.name], str)
    ]
    left_out = sorted(name for name, url in urls.items() if not isinstance(url, str))
    try:
        file.write_bytes(write_opml(subscriptions, title="Feeds read by grounding"))
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error
    if as_json:
        print_json({"written": len(subscriptions), "left_out": left_out})
        return
    say(f"{len(subscriptions)} feeds written to {file}")
    for name in left_out:
        say(f"  {name} is left out: it reads a local file")


def _read(file: Path) -> "FeedList":
    from connectors.feeds.opml import MOST_BYTES, read_opml  # as above

    try:
        with file.open("rb") as opened:
            return read_opml(opened.read(MOST_BYTES + 1))
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error
    except ItemFailed as error:
        raise typer.BadParameter(f"{file}: {error}") from error


class _Plan:
    """Which feeds become which sources, given the names and addresses that are taken."""

    def __init__(self, taken: Iterable[tuple[str, object]]) -> None:
        self._sources: dict[str, str] = {}
        self._names: set[str] = set()
        for name, url in taken:
            self._names.add(name)
            if isinstance(url, str):
                self._sources[_same(url)] = name

    def wanted(
        self, found: "FeedList", done: Imported, choice: _Choice
    ) -> Iterator[SourceSettings]:
        """Yield a source for each feed that is new and can be read; note the others in `done`."""
        done.refused += [Skipped(url, reason=_ELSEWHERE) for url in found.lists]
        for feed in found.feeds:
            known = self._sources.get(_same(feed.url))
            if known is not None:
                done.known.append(Skipped(feed.url, source=known))
                continue
            name = self._name(feed)
            group = choice.collection or _slug(feed.folder) or "default"
            source = _source(name, feed.url, choice.schedule, group)
            if isinstance(source, str):
                done.refused.append(Skipped(feed.url, reason=source))
                continue
            self._names.add(name)
            self._sources[_same(feed.url)] = name
            yield source

    def _name(self, feed: "Subscription") -> str:
        host = urlsplit(feed.url).hostname if "://" in feed.url else None
        base = _slug(feed.title) or _slug((host or "").removeprefix("www.")) or "feed"
        name, number = base, 2
        while name in self._names:
            name, number = f"{base}-{number}", number + 1
        return name


def _source(name: str, url: str, schedule: str, collection: str) -> SourceSettings | str:
    """Return the source, or why there can be none."""
    given = {"name": name, "kind": "feed", "schedule": schedule, "collection": collection}
    try:
        return SourceSettings.model_validate({**given, "url": url})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["loc"] == ("schedule",):
            raise typer.BadParameter(f"--schedule {schedule}: {first['msg']}") from error
        return first["msg"].removeprefix("Value error, ").removeprefix("kind 'feed': ")


def _into_service(found: "FeedList", service: "Client", choice: _Choice) -> Imported:
    done = Imported()
    plan = _Plan((source.name, source.options.get("url")) for source in service.sources())
    for source in plan.wanted(found, done, choice):
        url = str(source.options["url"])
        try:
            if not choice.is_dry:
                service.add_source(
                    source.name,
                    "feed",
                    options={"url": url},
                    schedule=choice.schedule,
                    collection=source.collection,
                )
        except (Conflict, InvalidRequest) as error:
            done.refused.append(Skipped(url, reason=str(error)))
        else:
            done.added.append(Added(source.name, url, source.collection))
    return done


def _into_file(found: "FeedList", path: Path, choice: _Choice) -> Imported:
    """Add tables to the end of a settings file, or make one; it is replaced as a whole."""
    known = load(path).sources if path.exists() else []
    done = Imported()
    plan = _Plan((source.name, source.options.get("url")) for source in known)
    tables = []
    for source in plan.wanted(found, done, choice):
        done.added.append(Added(source.name, str(source.options["url"]), source.collection))
        tables.append(_table(source, choice.schedule))
    if tables and not choice.is_dry:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        parts = [before.rstrip("\n"), *tables] if before.strip() else tables
        _replace(path, "\n\n".join(parts) + "\n")
    return done


def _table(source: SourceSettings, schedule: str) -> str:
    lines = {"name": source.name, "kind": "feed", "url": str(source.options["url"])}
    lines["schedule"] = schedule
    if source.collection != "default":
        lines["collection"] = source.collection
    # JSON's strings are TOML's basic strings.
    texts = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in lines.items())
    return "\n".join(["[[sources]]", *texts])


def _replace(path: Path, text: str) -> None:
    """Write the file anew once it is seen to load, and keep who may read it."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        load(new)
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error
    finally:
        new.unlink(missing_ok=True)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NO_NAME.sub("-", plain)[:_LONGEST_NAME].strip("-")


def _same(url: str) -> str:
    """Return what is equal for addresses that lead to one feed."""
    return _SCHEME.sub("", url).rstrip("/").lower()


def _show(done: Imported, choice: _Choice) -> None:
    word = "would be added" if choice.is_dry else "added"
    say(
        f"{len(done.added)} feeds {word}, {len(done.known)} known already, "
        f"{len(done.refused)} refused"
    )
    rows = [(word, each.name, each.collection, each.url) for each in done.added]
    rows += [("known", each.source or "", "", each.url) for each in done.known]
    rows += [("refused", "", each.reason or "", each.url) for each in done.refused]
    if rows:
        print_table("", ("", "name", "collection", "url"), rows)

"""Filings and papers: pages and indexes of EDGAR, and answers of arXiv's API."""

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.json_files import WHOLE, loaded
from benchmarks.corpus.records import Expectations, Expected, Recording, Value

EDGAR = "sec_edgar"
ARXIV = "arxiv_api"
ATOM = "{http://www.w3.org/2005/Atom}"
EDGAR_KINDS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    ".html": ("web", "text/html", {}),
    ".htm": ("web", "text/html", {}),
    ".idx": ("web", "text/plain", {}),
    ".gz": ("json", "application/json", {"items": "values(@)", **WHOLE}),
}
VERSION = re.compile(r"v\d+$")


def edgar_recordings(folder: Path) -> list[Recording]:
    """The list of companies is served unpacked, as it is where it can be asked for."""
    root = folder / EDGAR / "secedgar"
    found = []
    for file in sorted(each for each in root.rglob("*.*") if each.suffix in EDGAR_KINDS):
        kind, media_type, options = EDGAR_KINDS[file.suffix]
        body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else None
        name = str(file.relative_to(folder))
        found.append(Recording(EDGAR, name, file, kind, media_type, options=options, body=body))
    return found


def edgar_expectations(recording: Recording) -> Expectations:
    """Every company of the list; of a page its title."""
    if recording.kind == "json":
        return Expectations(count=len(loaded(recording)))
    return Expectations(count=1)


def arxiv_recordings(folder: Path) -> list[Recording]:
    """The answers lie in JSON, beside the question and the status that they came with."""
    return [
        Recording(
            ARXIV,
            str(file.relative_to(folder)),
            file,
            "arxiv",
            "application/atom+xml",
            options={"query": "all:testing"},
            body=json.loads(file.read_bytes())["body"].encode(),
        )
        for file in sorted((folder / ARXIV).rglob("*.json"))
    ]


def arxiv_expectations(recording: Recording) -> Expectations:
    feed = ElementTree.fromstring(recording.served())
    entries = [Expected(_paper(entry)) for entry in feed.iter(f"{ATOM}entry")]
    return Expectations(entries, count=len(entries))


def _paper(entry: ElementTree.Element) -> dict[str, Value]:
    texts = {name: " ".join((entry.findtext(ATOM + name) or "").split()) for name in TEXTS}
    claims: dict[str, Value] = {
        "id": VERSION.sub("", texts["id"].partition("/abs/")[2]),
        "link": texts["id"].replace("http:", "https:"),
        "title": texts["title"],
        "published": instant_of(texts["published"]),
        "updated": instant_of(texts["updated"]),
    }
    return {name: value for name, value in claims.items() if value}


TEXTS = ("id", "title", "published", "updated")

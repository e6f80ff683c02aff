"""Is anything left of a document that was erased on demand, in any file of the service?

Documents with unmistakable words are pushed, edited, read from a folder, asked for, put into
prompts and quoted in receipts, while snapshots are written every second. Then they are erased, and
every byte of every file is searched: database, write-ahead log, index, snapshots, log. The search
must find them before, or it shows nothing. Then again with `kill -9` in the middle of erasing, and
on PostgreSQL.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.postgres import cluster
from benchmarks.records import Context, Figure, Skipped
from benchmarks.service import Json, Service
from benchmarks.traces import Traces, text_needles, traces
from grounding.demo.process import ServiceFailed

KILLS = 10
EDITS = 4
FILLER = 60
SECRET = ("zo", "qu", "ví", "xem", "brâ", "lu", "tir", "ødo", "kesh", "mur", "ya", "pli")
PLAIN = ("ba", "den", "fo", "gi", "han", "jo", "ne", "pa", "ro", "sta", "we", "co")
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Secret:
    """A document to erase: its id once it is stored, and every text it ever had."""

    document_id: str
    texts: tuple[str, ...]

    def needles(self, vectors: Sequence[bytes]) -> Mapping[str, list[bytes]]:
        words = {word for text in self.texts for word in text.split() if len(word) > 11}
        return {
            "text": [needle for text in self.texts for needle in text_needles(text)],
            "word": [word.encode() for word in words],
            "vector": [vector[:64] for vector in vectors],
        }


@dataclass(frozen=True, slots=True)
class Erased:
    """What was found before and after, and how long erasing took."""

    before: Traces
    after: Traces
    stopped: Traces
    seconds: float
    receipts: int
    came_back: int


def run(context: Context) -> list[Figure]:
    draw = random.Random(context.seed)
    calm = _calm(context, draw)
    completed, left, kills_in_time = _killed(context, draw, calm.seconds)
    figures = [
        Figure("files with erased text before", len(calm.before.files("text")), "files"),
        Figure("files with its vectors before", len(calm.before.files("vector")), "files"),
        Figure("files with erased text", len(calm.after.files("text", "word")), "files"),
        Figure("files with its vectors", len(calm.after.files("vector")), "files"),
        Figure("files with either after a stop", len(calm.stopped.files()), "files"),
        Figure("receipts redacted", calm.receipts, "receipts"),
        Figure("erased documents that came back", calm.came_back, "documents"),
        Figure("erasing", calm.seconds, "s", notes=_noted(calm)),
        Figure("killed erasures completed", completed, f"of {KILLS}", notes=kills_in_time),
        Figure("files with erased text after kills", left, "files"),
    ]
    return [*figures, *_on_postgresql(context, draw)]


def _calm(context: Context, draw: random.Random) -> Erased:
    folder = context.workspace / "calm"
    notes = folder / "notes"
    notes.mkdir(parents=True)
    from_file = _made_up(draw, sentences=30)
    (notes / "secret.md").write_text(f"# Note\n\n{from_file}\n")
    (notes / "other.md").write_text("# Other\n\nThe harbour office opens at 7:30.\n")
    source = {"name": "notes", "kind": "files", "path": str(notes), "schedule": "every 1s"}
    with Service(folder, [source], snapshot_every="1s") as service:
        service.start()
        service.wait_until_read(timeout_seconds=PATIENCE_SECONDS)
        _push_filler(service, draw)
        secrets = [_pushed(service, draw), Secret(_id_of(service, "secret.md"), (from_file,))]
        for secret in secrets:
            _use(service, secret)
        needles = _needles(service, secrets)
        _wait_for_snapshot(service)
        before = traces(folder, needles, leave_out=[notes])
        started = time.monotonic()
        replies = [service.delete(f"/v1/documents/{s.document_id}?erase=true") for s in secrets]
        seconds = time.monotonic() - started
        _require_complete(replies)
        after = traces(folder, needles, leave_out=[notes])
        service.post("/v1/sources/notes/sync?wait_seconds=60", {})
        (notes / "secret.md").write_text(f"# Note\n\n{from_file} Edited.\n")
        service.post("/v1/sources/notes/sync?wait_seconds=60", {})
        came_back = _found(service, secrets)
        service.process.stop()
        stopped = traces(folder, needles, leave_out=[notes])
    receipts = sum(int(reply["receipts"]) for reply in replies)
    for kind, files in (("before", before), ("after", after), ("stopped", stopped)):
        context.say(f"{kind}: {files.files() or 'nothing'}")
    return Erased(before, after, stopped, seconds, receipts, came_back)


def _killed(context: Context, draw: random.Random, seconds: float) -> tuple[int, int, str]:
    """Erase while the service is killed at a random moment; return (completed, files, notes).

    seconds: about how long an erasure takes.
    """
    folder = context.workspace / "killed"
    completed, left, moments = 0, 0, []
    with Service(folder, [], snapshot_every="1s") as service:
        service.start()
        _push_filler(service, draw)
        for number in range(1, KILLS + 1):
            secret = _pushed(service, draw)
            _use(service, secret)
            needles = _needles(service, [secret])
            erasing = threading.Thread(target=_erase_quietly, args=(service, secret), daemon=True)
            erasing.start()
            time.sleep(draw.uniform(0, seconds))
            service.process.kill()
            erasing.join()
            moments.append(_moment(service.database, secret))
            service.start()
            if moments[-1] == "before":  # nobody was told that it was done: ask again
                service.delete(f"/v1/documents/{secret.document_id}?erase=true")
            is_done = _wait_for_completion(service, secret)
            completed += is_done
            left += len(traces(folder, needles).files("text", "word", "vector"))
            context.say(f"kill {number}: {moments[-1]} the commit, completed: {is_done}")
    counts = {moment: moments.count(moment) for moment in sorted(set(moments))}
    return completed, left, f"killed {counts} the erasure was committed"


def _on_postgresql(context: Context, draw: random.Random) -> list[Figure]:
    """Erase on PostgreSQL; its own write-ahead log is left out, and said to be in docs."""
    folder = context.workspace / "cluster"
    try:
        with (
            cluster(folder) as url,
            Service(context.workspace / "postgres", [], database=url) as service,
        ):
            service.start()
            _push_filler(service, draw)
            secret = _pushed(service, draw, sentences=6)
            _use(service, secret)
            _checkpoint(url)
            needles = secret.needles(())
            base = folder / "data" / "base"
            before = traces(base, needles)
            reply = service.delete(f"/v1/documents/{secret.document_id}?erase=true")
            _require_complete([reply])
            _checkpoint(url)
            after = traces(base, needles)
    except Skipped as reason:
        return [Figure("databases shown", 1, "of 2", notes=str(reason))]
    return [
        Figure("PostgreSQL: table files with erased text before", len(before.files()), "files"),
        Figure("PostgreSQL: table files with erased text", len(after.files()), "files"),
        Figure("databases shown", 2, "of 2"),
    ]


def _pushed(service: Service, draw: random.Random, *, sentences: int = 60) -> Secret:
    """Push a document and edit it a few times, so that it has versions and free pages."""
    key = f"key-{draw.randrange(10**9)}"
    texts = tuple(_made_up(draw, sentences=sentences) for _ in range(EDITS))
    for text in texts:
        document = {"key": key, "title": text[:60], "text": text}
        service.post("/v1/documents", {"source": "people", "documents": [document]})
    return Secret(_id_of(service, key), texts)


def _push_filler(service: Service, draw: random.Random) -> None:
    """Fill the database with what stays, so that the secrets lie between other rows."""
    documents = [
        {"key": f"filler-{number}", "text": f"Item {number}. {_made_up(draw, PLAIN, sentences=3)}"}
        for number in range(FILLER)
    ]
    for start in range(0, FILLER, 10):
        some = documents[start : start + 10]
        service.post("/v1/documents", {"source": "filler", "documents": some})


def _use(service: Service, secret: Secret) -> None:
    """Ask for it, put it into a prompt, and send that prompt back as part of a conversation."""
    question = secret.texts[-1][:200]
    service.post("/v1/search", {"query": question})
    prompt = service.post("/v1/augment", {"query": question})
    talk = [*prompt["messages"], {"role": "assistant", "content": secret.texts[-1][:300]}]
    again = [*talk, {"role": "user", "content": "And what else is known about it?"}]
    service.post("/v1/augment", {"messages": again})


def _made_up(draw: random.Random, syllables: Sequence[str] = SECRET, *, sentences: int) -> str:
    """Return a text of words that are used nowhere else."""

    def word() -> str:
        return "".join(draw.choice(syllables) for _ in range(draw.randint(3, 6)))

    return " ".join(
        " ".join(word() for _ in range(draw.randint(5, 12))).capitalize() + "."
        for _ in range(sentences)
    )


def _needles(service: Service, secrets: Sequence[Secret]) -> Mapping[str, list[bytes]]:
    """Return the texts', words' and stored vectors' bytes of all these documents."""
    found: dict[str, list[bytes]] = {}
    with closing(sqlite3.connect(service.database)) as database:
        for secret in secrets:
            rows = database.execute(
                "SELECT vector FROM chunk JOIN document ON document.id = document_id WHERE uid = ?",
                (secret.document_id,),
            )
            for kind, needles in secret.needles([row[0] for row in rows]).items():
                found.setdefault(kind, []).extend(needles)
    return found


def _id_of(service: Service, key: str) -> str:
    listed = service.reply("/v1/documents", limit=1_000)["documents"]
    return next(str(each["document_id"]) for each in listed if each["key"] == key)


def _found(service: Service, secrets: Sequence[Secret]) -> int:
    """How many of the documents are stored again."""
    ids = {secret.document_id for secret in secrets}
    listed = service.reply("/v1/documents", limit=1_000)["documents"]
    return sum(each["document_id"] in ids for each in listed)


def _erase_quietly(service: Service, secret: Secret) -> None:
    with suppress(httpx.HTTPError, ServiceFailed):
        service.delete(f"/v1/documents/{secret.document_id}?erase=true")


def _moment(database: Path, secret: Secret) -> str:
    with closing(sqlite3.connect(database)) as opened:
        row = opened.execute(
            "SELECT completed_at FROM erasure WHERE document_id = ?", (secret.document_id,)
        ).fetchone()
    if row is None:
        return "before"
    return "while" if row[0] is None else "after"


def _wait_for_completion(service: Service, secret: Secret) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for each in service.reply("/v1/erasures", limit=1_000)["erasures"]:
            if each["document_id"] == secret.document_id and each["completed_at"]:
                return True
        time.sleep(0.2)
    return False


def _wait_for_snapshot(service: Service) -> None:
    """Wait until a snapshot holds everything that was stored."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        seq = service.reply("/readyz")["seq"]
        if (service.index / f"snapshot-{seq}").is_dir():
            return
        time.sleep(0.1)
    raise ServiceFailed("no snapshot was written")


def _require_complete(replies: Sequence[Json]) -> None:
    for reply in replies:
        if reply["completed_at"] is None:
            raise ServiceFailed(f"erasure of {reply['document_id']} was not completed at once")


def _checkpoint(url: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


def _noted(calm: Erased) -> str:
    return f"2 documents; before in {', '.join(calm.before.files())}"

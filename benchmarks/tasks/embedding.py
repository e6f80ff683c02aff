"""What do vectors cost on a processor: on torch, on ONNX Runtime, and there in int8?

Claims and abstracts of SciFact, embedded on one thread; the three take turns, and what counts is
processor time, medians of it. A start is one of Python itself, in a process of its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.quality import scifact
from benchmarks.records import Baseline, Context, Figure
from indexer import embed
from indexer.backend import Running
from indexer.embed import Embedder

NAMES = {"torch": "minilm", "fp32": "minilm", "int8": "minilm@int8"}
TURNS, FULL_TURNS = 4, 20
ONES, TOGETHER, PASSAGES, STARTS = 8, 64, 8, 3
START = """
import json, sys, time
from pathlib import Path
from indexer import embed
if sys.argv[1] == "torch":
    from indexer import transformer
    from indexer.backend import Running
    folder = embed.directory_of("minilm")
    embed.weights_digest(folder)
    running = Running("cpu", threads=1)
    found = transformer.load(folder, identity="torch", precision="fp32", running=running)
else:
    found = embed.load(sys.argv[2], device="cpu", threads=1)
found.embed_query("ready")
resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
print(json.dumps([time.process_time(), resident / 2**20]))
"""


@dataclass(slots=True)
class Costs:
    """Processor milliseconds a text, of each turn; seconds and MiB of each start."""

    one: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    passage: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)


def run(context: Context) -> list[Figure]:
    collection = scifact.beir_test(context.archive(scifact.ARCHIVE))
    questions = [each.text for each in collection.questions]
    passages = [each.text for each in collection.documents]
    costs = {way: Costs() for way in NAMES}
    ways = _loaded()
    for turn in range(FULL_TURNS if context.is_full else TURNS):
        context.say(f"embedding: turn {turn + 1}")
        for way, embedder in ways.items():
            _take_turn(embedder, costs[way], questions, passages[turn * PASSAGES :][:PASSAGES])
    for _ in range(STARTS):
        for way, name in NAMES.items():
            _start(way, name, costs[way])
    return [figure for way in ("fp32", "int8") for figure in _figures(way, costs)]


def _loaded() -> dict[str, Embedder]:
    from indexer import transformer

    running = Running("cpu", threads=1)
    folder = embed.directory_of("minilm")
    torch = transformer.load(folder, identity="torch", precision="fp32", running=running)
    others = {way: NAMES[way] for way in ("fp32", "int8")}
    return {
        "torch": torch,
        **{way: embed.load(name, device="cpu", threads=1) for way, name in others.items()},
    }


def _take_turn(
    embedder: Embedder, costs: Costs, questions: Sequence[str], passages: Sequence[str]
) -> None:
    ones = questions[:ONES]
    costs.one.append(_milliseconds(lambda: [embedder.embed_query(each) for each in ones], ONES))
    together = questions[:TOGETHER]
    costs.together.append(_milliseconds(lambda: embedder.embed_queries(together), TOGETHER))
    costs.passage.append(_milliseconds(lambda: embedder.embed_passages(passages), len(passages)))


def _milliseconds(embed_all: Callable[[], object], texts: int) -> float:
    before = time.process_time()
    embed_all()
    return (time.process_time() - before) * 1_000 / texts


def _start(way: str, name: str, costs: Costs) -> None:
    command = [sys.executable, "-c", START, way, name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    seconds, mebibytes = json.loads(done.stdout)
    costs.start.append(seconds)
    costs.resident.append(mebibytes)


def _figures(way: str, costs: Mapping[str, Costs]) -> list[Figure]:
    found, torch = costs[way], costs["torch"]
    kinds = {
        "one question": (found.one, torch.one, "ms"),
        f"{TOGETHER} questions in a call, each": (found.together, torch.together, "ms"),
        "a passage": (found.passage, torch.passage, "ms"),
        "start to first vector": (found.start, torch.start, "s"),
        "memory after it": (found.resident, torch.resident, "MiB"),
    }
    return [
        Figure(
            f"{way}: {kind}",
            median(ours),
            unit,
            Baseline("sentence-transformers on torch, fp32, one thread", median(theirs)),
            notes="processor time" if unit != "MiB" else "",
        )
        for kind, (ours, theirs, unit) in kinds.items()
    ]

"""CLIMATE-FEVER: claims people made about the climate, and sentences of Wikipedia judged for each.

Every third claim is taken. Each sentence is a document under its article's title; one that
supports or refutes a claim answers it. Judged were five sentences a claim, so that a sentence
brought for another claim may answer it too.

Use it as `climate.collection(context.archive(climate.ARCHIVE))`.
"""

import json
from pathlib import Path

from benchmarks.quality.collections import Collection, Question, SourceDocument, only_file

ARCHIVE = "ground_climatefever"
EVERY = 3

_DECIDES = ("SUPPORTS", "REFUTES")


def collection(folder: Path) -> Collection:
    """Return a third of the claims of the unpacked archive in `folder`, with their sentences."""
    documents: dict[str, SourceDocument] = {}
    questions = []
    qrels: dict[str, dict[str, int]] = {}
    lines = only_file(folder, "climate-fever.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines[::EVERY]):
        questions.append(Question(row["claim_id"], row["claim"]))
        for each in row["evidences"]:
            name = each["evidence_id"]
            documents[name] = SourceDocument(name, each["article"], each["evidence"])
            grade = int(each["evidence_label"] in _DECIDES)
            qrels.setdefault(row["claim_id"], {})[name] = grade
    return Collection("CLIMATE-FEVER", tuple(documents.values()), tuple(questions), qrels)

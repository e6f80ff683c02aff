"""Cranfield: 1,400 abstracts on aerodynamics and 225 questions, each judged by its author.

The number that a question bears is the one of the original study; judgements count questions
from 1 in the order of the file. Grades were made 0 and 1 by whoever published this copy.

Use it as `cranfield.collection(context.archive(cranfield.ARCHIVE))`.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.quality.collections import Collection, Question, SourceDocument, only_file

ARCHIVE = "cranfield"


def collection(folder: Path) -> Collection:
    """Return the collection of the unpacked archive in `folder`."""
    top = only_file(folder, "cran.qry.xml").read_text(encoding="utf-8")
    questions = tuple(
        Question(str(position), _flat(each.findtext("title")))
        for position, each in enumerate(ET.fromstring(top).iter("top"), start=1)
    )
    return Collection(
        name="Cranfield",
        documents=_documents(folder),
        questions=questions,
        qrels=_qrels(folder),
    )


def _documents(folder: Path) -> tuple[SourceDocument, ...]:
    listed = only_file(folder, "cran.all.1400.xml").read_text(encoding="utf-8")
    found = []
    for each in ET.fromstring(f"<all>{listed}</all>").iter("doc"):
        title = _flat(each.findtext("title"))
        text = _flat(each.findtext("text")).removeprefix(title).strip()
        found.append(SourceDocument(_flat(each.findtext("docno")), title, text))
    return tuple(found)


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    """Return the judgements; what is above 0 is 1, and one line has kept its original grade."""
    qrels: dict[str, dict[str, int]] = {}
    for line in only_file(folder, "cranqrel.trec.txt").read_text(encoding="utf-8").splitlines():
        if line.strip():
            question, _, document, grade = line.split()
            qrels.setdefault(question, {})[document] = int(int(grade) > 0)
    return qrels


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())

"""PEPs as a collection: questions made of their titles, headings and first sentences.

Nobody asked these questions. A question's own PEP is the one relevant document, although others
may say something about it too. A third of the words of a first sentence are left out, so that
what is asked is not what is written there.

Use it as `peps.collection(context.archive(peps.ARCHIVE), seed=1)`.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.collections import Collection, Question, SourceDocument
from connectors.text.rst import rst_to_text

ARCHIVE = "docs_peps"
EVERY = 8
"""Which share of all PEPs is taken: one in so many, spread over all numbers."""

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_GENERAL = re.compile(
    r"abstract|rationale|motivation|copyright|references?|specification|introduction|overview"
    r"|acknowledge?ments?|backwards? compatibility|open issues|rejected ideas|security implications"
    r"|how to teach this|reference implementation|examples?|discussion|footnotes|appendix|summary",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?]{40,300}[.!?](?=\s)")
_HEADINGS_EACH = 2


def collection(folder: Path, *, seed: int) -> Collection:
    """Return every eighth PEP of the unpacked archive in `folder`, and questions about them."""
    files = sorted(folder.rglob("pep-*.rst"))[::EVERY]
    draw = random.Random(seed)
    documents, questions = [], []
    qrels: dict[str, dict[str, int]] = {}
    for file in files:
        header, _, body = file.read_text(encoding="utf-8").partition("\n\n")
        title, text = _title(header), rst_to_text(body).text
        documents.append(SourceDocument(file.stem, title, text))
        for number, asked in enumerate(_questions(title, text, draw)):
            question = Question(f"{file.stem}-{number}", asked)
            questions.append(question)
            qrels[question.id] = {file.stem: 1}
    return Collection("PEPs", tuple(documents), tuple(questions), qrels)


def _title(header: str) -> str:
    found = re.search(r"^Title: *(.+)$", header, re.MULTILINE)
    return found[1].strip() if found else ""


def _questions(title: str, text: str, draw: random.Random) -> Iterator[str]:
    yield f"What is {title}?"
    own = [each for each in _HEADING.findall(text) if _is_own(each)]
    for heading in draw.sample(own, min(_HEADINGS_EACH, len(own))):
        yield f"How does {title} deal with {heading}?"
    sentence = _SENTENCE.search(_HEADING.sub("", text))
    if sentence is not None:
        words = sentence[0].split()
        kept = sorted(draw.sample(range(len(words)), 2 * len(words) // 3))
        yield " ".join(words[n] for n in kept)


def _is_own(heading: str) -> bool:
    return len(heading.split()) > 1 and not _GENERAL.fullmatch(heading.strip())

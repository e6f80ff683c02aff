"""SciFact: claims about 5,183 abstracts, with the abstracts and sentences that decide them.

Questions of the test collection and their judgements are BEIR's, which are SciFact's validation
claims; its training claims are the collection to develop with.

Use it as `scifact.beir_test(context.archive(scifact.ARCHIVE))`.
"""

import ast
import csv
import gzip
import io
import tokenize
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.collections import Collection, Question, SourceDocument, only_file

ARCHIVE = "scifact_claims_corpus"

TRAIN = "claims_train.csv"
VALIDATION = "claims_validation.csv"  # their ids are those of BEIR's questions
_CORPUS = "corpus_train.csv"
_TOPICS = "topics.beir-v1.0.0-scifact.test.tsv.gz"
_QRELS = "qrels.beir-v1.0.0-scifact.test.txt"


@dataclass(frozen=True, slots=True)
class Abstract:
    """One abstract of the corpus, in its sentences; the text is the sentences and blanks."""

    id: str
    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of an abstract that together decide a claim; several such sets may do so.

    label: `SUPPORT` or `CONTRADICT`.
    sentences: positions in `Abstract.sentences`.
    """

    document: str
    label: str
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, the abstracts it was written from, and its evidence, if there is any."""

    id: str
    text: str
    cited: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def abstracts(folder: Path) -> tuple[Abstract, ...]:
    """Return the corpus of the unpacked archive in `folder`."""
    return tuple(
        Abstract(row["doc_id"], row["title"].strip(), _strings(row["abstract"]))
        for row in _rows(folder, _CORPUS)
    )


def claims(folder: Path, name: str = TRAIN) -> tuple[Claim, ...]:
    """Return the claims of one file; a claim has a row there for each of its sets of evidence."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in _rows(folder, name):
        rows.setdefault(row["id"], []).append(row)
    return tuple(_claim(each) for each in rows.values())


def beir_test(folder: Path) -> Collection:
    """Return BEIR's SciFact: 300 claims."""
    with gzip.open(only_file(folder, _TOPICS), "rt", encoding="utf-8") as file:
        topics = [line.rstrip("\n").split("\t", 1) for line in file]
    qrels: dict[str, dict[str, int]] = {}
    for line in only_file(folder, _QRELS).read_text(encoding="utf-8").splitlines():
        claim, _, document, grade = line.split()
        qrels.setdefault(claim, {})[document] = int(grade)
    return Collection(
        name="SciFact",
        documents=_documents(folder),
        questions=tuple(Question(claim, text) for claim, text in topics),
        qrels=qrels,
    )


def training(folder: Path) -> Collection:
    """Return the training claims, 809; relevant is what a claim cites, its evidence among it."""
    found = claims(folder, TRAIN)
    return Collection(
        name="SciFact, training claims",
        documents=_documents(folder),
        questions=tuple(Question(each.id, each.text) for each in found),
        qrels={each.id: dict.fromkeys(_relevant(each), 1) for each in found},
    )


def _claim(rows: Sequence[Mapping[str, str]]) -> Claim:
    first = rows[0]
    evidence = [
        Evidence(row["evidence_doc_id"], row["evidence_label"], _numbers(row["evidence_sentences"]))
        for row in rows
        if row["evidence_doc_id"]
    ]
    cited = tuple(str(number) for number in _numbers(first["cited_doc_ids"]))
    return Claim(first["id"], first["claim"], cited, tuple(evidence))


def _relevant(claim: Claim) -> list[str]:
    return list(dict.fromkeys((*claim.cited, *(each.document for each in claim.evidence))))


def _documents(folder: Path) -> tuple[SourceDocument, ...]:
    return tuple(SourceDocument(each.id, each.title, each.text) for each in abstracts(folder))


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(only_file(folder, "scifact.zip")) as archive, archive.open(name) as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")))


def _strings(printed: str) -> tuple[str, ...]:
    """Read an array of strings as numpy prints it: like a list, but without commas."""
    return tuple(
        str(ast.literal_eval(each.string)).strip()
        for each in _tokens(printed)
        if each.type == tokenize.STRING
    )


def _numbers(printed: str) -> tuple[int, ...]:
    return tuple(int(each.string) for each in _tokens(printed) if each.type == tokenize.NUMBER)


def _tokens(printed: str) -> Iterable[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(printed).readline)

"""RealTime QA: questions of eight weeks' news quizzes in 2024, and dated articles found for them.

Nobody judged which article answers which question, so there are no qrels: an answer's words are
looked for instead. Days are given, not times.

Use it as `news.collection(context.archive(news.ARCHIVE))`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.quality.collections import Collection, Question, SourceDocument
from benchmarks.quality.metrics import is_said, normalised

ARCHIVE = "realtimeqa_2024_8weeks"

_NO_ANSWER = re.compile(r"(all|none|both|neither|any|either) of (the|these|those|them)\b", re.I)
_DAY = timedelta(days=1)


def collection(folder: Path) -> Collection:
    """Return the collection of the unpacked archive in `folder`."""
    return Collection(
        name="RealTime QA",
        documents=tuple(_documents(folder)),
        questions=tuple(_question(row) for row in _rows(folder, "*_qa.jsonl")),
    )


def answerable(found: Collection) -> frozenset[str]:
    """Return the questions with an answer, word for word, in an article that was out by then.

    Out by then means published on or before the day of the question; titles are not searched.
    """
    dated = [
        (each.published_at, normalised(each.text))
        for each in found.documents
        if each.published_at is not None
    ]
    answerable = set()
    for question in found.questions:
        answers = [normalised(each) for each in question.answers]
        known = [
            text
            for published_at, text in dated
            if question.asked_at is not None and published_at <= question.asked_at
        ]
        if any(is_said(answer, text) for answer in answers for text in known):
            answerable.add(question.id)
    return frozenset(answerable)


def _documents(folder: Path) -> Iterator[SourceDocument]:
    """Yield each text of each address once, under the title and day it was first found with.

    An address whose text changed between weeks gives several documents; a number follows its id.
    """
    texts: dict[str, list[str]] = {}
    for row in _rows(folder, "*_gcs.jsonl"):
        for found in row["search_result"]:
            url, text = found["url"], found.get("text")
            known = texts.setdefault(url, [])
            if not text or text in known:
                continue
            known.append(text)
            yield SourceDocument(
                id=url if len(known) == 1 else f"{url}#{len(known)}",
                title=found["title"],
                text=text,
                published_at=_day(found.get("publish_date")),
            )


def _question(row: Mapping[str, Any]) -> Question:  # Any: parsed JSON
    choices = [row["choices"][int(position)] for position in row["answer"]]
    asked_on = _day(row["question_date"])
    return Question(
        id=row["question_id"],
        text=row["question_sentence"],
        asked_at=asked_on and asked_on + _DAY - timedelta(microseconds=1),
        answers=tuple(each for each in choices if not _NO_ANSWER.match(each.strip())),
    )


def _day(written: str | None) -> datetime | None:
    return datetime.strptime(written, "%Y/%m/%d").replace(tzinfo=UTC) if written else None


def _rows(folder: Path, pattern: str) -> Iterator[Any]:  # Any: parsed JSON
    for file in sorted(folder.rglob(pattern)):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

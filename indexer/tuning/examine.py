"""Which pairs are learnt from and which are asked: split by document, and the exam of them."""

import random
from collections import defaultdict
from collections.abc import Sequence

from indexer.errors import TuningRefused
from indexer.tuning.records import Exam, HeldOutQuestion, Pair, PoolText, Split

LEAST_QUESTIONS = 50
"""Fewer held-out questions cannot tell a better embedder from a lucky one."""
MOST_QUESTIONS = 1_000
_SHARE = 0.2


def split(pairs: Sequence[Pair], *, seed: int, least: int = LEAST_QUESTIONS) -> Split:
    """Hold out a fifth of the questions; no document and no question is on both sides.

    Raises:
        TuningRefused: fewer than `least` questions can be held out while as many stay.
    """
    asked = len({pair.question for pair in pairs})
    wanted = max(least, min(MOST_QUESTIONS, round(_SHARE * asked)))
    groups = _connected(pairs)
    random.Random(seed).shuffle(groups)  # noqa: S311
    held: list[Pair] = []
    train: list[Pair] = []
    questions = 0
    for group in groups:
        size = len({pair.question for pair in group})
        if questions < wanted and questions + size <= asked // 2:
            held += group
            questions += size
        else:
            train += group
    if questions < least:
        raise TuningRefused(
            f"{asked} questions are too few to tell what was learnt: at least {least} are held"
            f" out, of other documents than those learnt from, and {questions} could be"
        )
    return Split(tuple(train), tuple(held))


def exam(
    pairs: Sequence[Pair], stored: Sequence[PoolText], *, most_distractors: int, seed: int
) -> Exam:
    """Ask these pairs over what is stored, or over a random sample of it if there is more.

    Every text that answers a question is in the pool, however large the sample.
    """
    wanted = {(pair.document, text) for pair in pairs for text in pair.answers}
    distractors = [each for each in stored if (each.document, each.text) not in wanted]
    left_out = max(0, len(distractors) - most_distractors)
    if left_out:
        distractors = random.Random(seed).sample(distractors, most_distractors)  # noqa: S311
    answers = [PoolText(text, document) for document, text in sorted(wanted)]
    place = {(each.document, each.text): i for i, each in enumerate(answers)}
    by_question: dict[str, set[int]] = defaultdict(set)
    for pair in pairs:
        by_question[pair.question] |= {place[pair.document, text] for text in pair.answers}
    return Exam(
        questions=tuple(HeldOutQuestion(q, tuple(sorted(p))) for q, p in by_question.items()),
        pool=(*answers, *distractors),
        left_out=left_out,
    )


def _connected(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Return pairs in groups that share neither a question nor a document with each other."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for pair in pairs:
        above[root(f"question {pair.question}")] = root(f"document {pair.document}")
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[root(f"document {pair.document}")].append(pair)
    return list(groups.values())

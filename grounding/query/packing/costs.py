"""What the parts of a context cost in tokens, each counted once.

Tokens of a whole are not quite the sum over its parts, so the whole has the last word.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from grounding.query.datamarks import marked_prose
from grounding.query.dialects.dialect import Dialect
from grounding.query.packing.items import Item, Run, Sentence
from grounding.query.packing.order import reading_order
from grounding.query.records import Candidate, Frame


class Costs:
    """Counts tokens of contexts that are made of some of `items`, or of all.

    What all items share is taken to be said once. What only those that are shown share makes the
    whole cheaper still. most_items: the largest number that an item may be shown with.
    """

    def __init__(
        self,
        items: Sequence[Item],
        frame: Frame,
        count_tokens: Callable[[str], int],
        *,
        most_items: int,
        dialect: Dialect,
    ) -> None:
        self._dialect = dialect
        self._frame = frame
        self._count_tokens = count_tokens
        self._most_items = most_items
        self._cited = [item.candidate.evidence for item in items]
        self._shared = self._dialect.shared(self._cited, frame)
        self._known: dict[str, int] = {}

    def whole(self, shown: Iterable[Candidate]) -> int:
        """Return the tokens of the context with these, given best first."""
        evidence = [candidate.evidence for candidate in reading_order(list(shown))]
        return self._count_tokens(self._dialect.context(evidence, self._frame))

    def around(self) -> int:
        """Return the tokens of what stands before and after all items."""
        some = [replace(each, text="") for each in self._cited[:2]]
        whole = self._counted(self._dialect.context(some, self._frame))
        shared = self._dialect.shared(some, self._frame)
        texts = (
            self._dialect.item(each, i, self._frame, shared) for i, each in enumerate(some, start=1)
        )
        return whole - sum(map(self._counted, texts))

    def header(self, item: Item) -> int:
        evidence = replace(item.candidate.evidence, text="")
        text = self._dialect.item(evidence, self._most_items, self._frame, self._shared)
        return self._counted(f"{self._dialect.between}{text}")

    def run(self, item: Item, run: Run) -> int:
        return sum(self.sentence(each) for each in item.sentences[run.first : run.last + 1])

    def sentence(self, sentence: Sentence) -> int:
        return self._counted(self._dialect.sentence(marked_prose(sentence.text, self._frame)))

    def _counted(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = self._count_tokens(text)
        return self._known[text]

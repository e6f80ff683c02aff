"""What the parts of a context cost in tokens, each counted once.

Tokens of a whole are not quite the sum over its parts, so the whole has the last word.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from grounding.query.packing.items import Item, Run, Sentence
from grounding.query.packing.order import reading_order
from grounding.query.records import Candidate, Frame
from grounding.query.render import context_text, item_text


class Costs:
    """Counts tokens; `most_items` is the largest number that an item may be shown with."""

    def __init__(
        self, frame: Frame, count_tokens: Callable[[str], int], *, most_items: int
    ) -> None:
        self._frame = frame
        self._count_tokens = count_tokens
        self._most_items = most_items
        self._known: dict[str, int] = {}

    def whole(self, shown: Iterable[Candidate]) -> int:
        """Return the tokens of the context with these, given best first."""
        evidence = [candidate.evidence for candidate in reading_order(list(shown))]
        return self._count_tokens(context_text(evidence, self._frame))

    def around(self, item: Item) -> int:
        """Return the tokens of what stands before and after all items."""
        evidence = item.candidate.evidence
        whole = context_text([evidence], self._frame)
        return self._counted(whole.replace(item_text(evidence, 1, self._frame), ""))

    def header(self, item: Item) -> int:
        evidence = replace(item.candidate.evidence, text="")
        return self._counted(f"\n\n{item_text(evidence, self._most_items, self._frame)}")

    def run(self, item: Item, run: Run) -> int:
        return sum(self.sentence(each) for each in item.sentences[run.first : run.last + 1])

    def sentence(self, sentence: Sentence) -> int:
        return self._counted(sentence.text.replace("\n", "\n> "))

    def _counted(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = self._count_tokens(text)
        return self._known[text]

"""Read a rendered prompt by what the dialects promise, and say where a text left its place.

Nothing of the neutraliser is used here: what looks like what is taken from Unicode's own names and
from garak's list of letters that are confused, and the form of a prompt is written down again.
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grounding.query.records import DialectName, Rendered

_FACTS: Final = (
    "source", "also said by", "kind", "published", "updated", "observed", "age", "valid", "history",
    "doubtful", "flagged", "freshness",
)  # fmt: skip
_HEADING: Final = re.compile(r"\[(\d+)\] \S")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CONTROL: Final = re.compile(r"<\|[a-z_|>/]")
"""How tokens of chat templates begin; with a space in it there is none."""
_FORBIDDEN: Final = re.compile(
    r"</?evidence|<\|?(?:im_|eot_id|end_header|start_header|endoftext)"
    r"|</?(?:s|bos|eos|unk|pad|think|system|assistant|user|tool_call|tool_response|bos_token"
    r"|start_of_turn|end_of_turn)>|<turn\|>|\[/?(?:inst|tool_calls|tool_results|system_prompt)\]"
    r"|<<sys>>|\]~b\["
)
_ALSO: Final = {
    DialectName.ANTHROPIC: re.compile(r"</?(?:search_?results?|documents?|source|function_calls)"),
    DialectName.COHERE: re.compile(r"</?(?:documents?|results?|co:)"),
}
_TURN: Final = re.compile(r"\s*(?:human|assistant)\s*:", re.IGNORECASE)
_FIELDS: Final = frozenset({"mark", "title", "text", *(name.replace(" ", "_") for name in _FACTS)})


@dataclass(frozen=True, slots=True)
class Judge:
    """confused: by letter, the one that it is confused with."""

    confused: Mapping[str, str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Judge":
        """Read garak's list: two code points a line, as `0061 ; 0430`, the former the plainer."""
        pairs: dict[str, str] = {}
        for line in lines:
            found = re.match(r"\s*([0-9A-F]{4,6})\s*;\s*([0-9A-F]{4,6})", line)
            if found is None:
                continue
            one, other = (chr(int(each, 16)) for each in found.groups())
            plain, odd = (one, other) if one.isascii() else (other, one)
            if plain.isascii() and not odd.isascii():
                pairs[odd] = plain
        return cls(pairs)

    def escapes(self, shown: Rendered, *, nonce: str, items: int, question: str) -> list[str]:
        """Say what of a prompt is not as it was promised; nothing if all is."""
        match shown.dialect:
            case DialectName.ANTHROPIC:
                found = self._of_results(shown, nonce, items, question)
            case DialectName.COHERE:
                found = self._of_documents(shown, nonce, items, question)
            case _:
                found = self._of_lines(shown, nonce, items, question)
        return list(found)

    def _of_lines(self, shown: Rendered, nonce: str, items: int, question: str) -> Iterator[str]:
        whole = shown.text
        if whole.count(nonce) != 2:
            yield "the mark occurs elsewhere"
        first, last = f"\n<evidence {nonce}>\n", f"\n</evidence {nonce}>\n"
        if whole.count(first) != 1 or whole.count(last) != 1:
            yield "the envelope is not there once"
            return
        inside, _, after = whole.partition(first)[2].partition(last)
        if after != f"The user's message follows.\n\n{question}":
            yield "something else follows the envelope"
        yield from self._of_items(inside.split("\n"), items, shown.dialect)

    def _of_items(self, lines: list[str], items: int, dialect: DialectName) -> Iterator[str]:
        numbers = [int(heading[1]) for line in lines if (heading := _HEADING.match(line))]
        if numbers != [*range(1, items + 1)]:
            yield f"{len(numbers)} headings for {items} items, or out of turn"
        for line in lines:
            if not _is_ours(line):
                yield f"a line that is none of ours: {line[:60]!a}"
            yield from self._seen(line, dialect)

    def _of_results(self, shown: Rendered, nonce: str, items: int, question: str) -> Iterator[str]:
        whole = json.dumps([*shown.messages], ensure_ascii=False)
        whole.encode()
        (message,) = shown.messages
        blocks: Any = message["content"]
        kinds = [each["type"] for each in blocks]
        if kinds != ["text", *["search_result"] * items, "text"] or blocks[-1]["text"] != question:
            yield "the blocks are not those of the evidence"
            return
        if whole.count(nonce) != 1 + items:
            yield "the mark occurs elsewhere"
        for block in blocks[1:-1]:
            texts = [each["text"] for each in block["content"]]
            if block.keys() != {"type", "source", "title", "content", "citations"}:
                yield "a search result has other fields"
            if not texts[0].startswith(f"[{nonce}] ") or not _is_facts(texts[0].partition("] ")[2]):
                yield "the first block is not ours"
            for text in (block["source"], block["title"], *texts):
                if _TURN.match(text) or "\n" in text or not text.strip():
                    yield "a block begins a turn, has lines, or is empty"
                yield from self._seen(text, shown.dialect)

    def _of_documents(
        self, shown: Rendered, nonce: str, items: int, question: str
    ) -> Iterator[str]:
        last: Any = shown.messages[-1]
        clock, _, rest = last["content"].partition(f"Mark: {nonce}")
        if nonce in clock or rest != f"\n\n{question}":
            yield "the user's turn is not the clock and the question"
        if [each["id"] for each in shown.documents] != [str(i + 1) for i in range(items)]:
            yield "the documents are not those of the evidence"
        for document in shown.documents:
            yield from self._of_document(document["data"], nonce)

    def _of_document(self, data: Any, nonce: str) -> Iterator[str]:  # Any: JSON
        if not _FIELDS.issuperset(data) or data["mark"] != nonce:
            yield "a document has other fields"
        if any(nonce in value for name, value in data.items() if name != "mark"):
            yield "the mark occurs elsewhere"
        for line in data["text"].split("\n"):
            if line and not line.startswith("> "):
                yield "a line that is not quoted"
        for value in data.values():
            for line in value.split("\n"):
                yield from self._seen(line, DialectName.COHERE)

    def _seen(self, line: str, dialect: DialectName) -> Iterator[str]:
        """Say what a reader or a tokenizer would see in a line that must not be there."""
        if any(unicodedata.category(each) in _HIDDEN for each in line if each != "\t"):
            yield f"hidden characters: {line[:60]!a}"
        also = _ALSO.get(dialect)
        for said in (line.lower(), self._looks(line)):
            bare = "".join(said.split())
            found = _CONTROL.search(said) or _FORBIDDEN.search(said) or _FORBIDDEN.search(bare)
            found = found or (also and (also.search(said) or also.search(bare)))
            if found:
                yield f"{found[0]}: {line[:80]!a}"
                return

    def _looks(self, line: str) -> str:
        plain = html.unescape(html.unescape(line))
        plain = re.sub(r"\\u003c|\\x3c|%3c", "<", plain, flags=re.IGNORECASE)
        letters = []
        for each in unicodedata.normalize("NFKD", plain):
            name = unicodedata.name(each, "")
            if unicodedata.combining(each):
                continue
            is_less = "LESS-THAN" in name or ("LEFT" in name and "ANGLE" in name)
            ours = each == "‹"
            letters.append("<" if is_less and not ours else self.confused.get(each, each))
        return "".join(letters).lower()


def _is_ours(line: str) -> bool:
    begins = line.startswith(("> ", "All items: ")) or _HEADING.match(line) is not None
    return not line or begins or _is_facts(line)


def _is_facts(line: str) -> bool:
    return all(each.partition(": ")[0] in _FACTS for each in line.split(" · "))

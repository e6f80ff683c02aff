"""The question that a conversation asks last, so that it can be searched for by itself.

"And in Lyon?" names neither what is asked nor when. A turn that leans on those before it is
searched for together with the last one that stands by itself: concatenating turns is the baseline
that is hard to beat without rewriting (Dalton et al., TREC CAsT 2019), and asks no llm.
"""

import re
from collections.abc import Sequence
from typing import Final

from grounding.query import messages as chat
from grounding.query.records import Message

MOST_CHARACTERS: Final = 4_000
"""Of a question: what a user pasted is not searched for to its end."""
_TURNS_BACK: Final = 4
_FEWEST_WORDS: Final = 4
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_LEANING = re.compile(
    r"""^\W*(?:and|but|or|also|what\ about|how\ about|then|so|same|why|really|
        are\ you\ sure|und|oder|aber|et|mais|y|pero)\b
      | \b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|
        there|one|ones|same|other|others|another|former|latter|previous|above)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_SMALL_TALK = re.compile(
    r"^\W*(?:hi|hello|hey|thanks?|thank\ you|thx|ok(?:ay)?|great|cool|nice|yes|no|bye|"
    r"good\ (?:morning|evening|night))\b[\w\s]{0,20}\W*$",
    re.IGNORECASE | re.VERBOSE,
)


def condensed(messages: Sequence[Message]) -> str | None:
    """Return what the last user turn asks, with the turns that it leans on; None without words.

    Long turns are cut: their beginning and their end are kept, where questions mostly stand.
    """
    said = [text.strip() for each in messages if (text := _said_by_user(each)) is not None]
    if not said or not said[-1]:
        return None
    turns = [said[-1]]
    for before in reversed(said[-1 - _TURNS_BACK : -1]):
        if stands_alone(turns[0]):
            break
        if before and not _SMALL_TALK.match(before):
            turns.insert(0, before)
    return _cut("\n".join(turns), MOST_CHARACTERS)


def stands_alone(turn: str) -> bool:
    """Whether a turn can be understood without those before it, as far as words show that."""
    return len(_WORD.findall(turn)) >= _FEWEST_WORDS and not _LEANING.search(turn)


def _said_by_user(message: Message) -> str | None:
    return _searchable(chat.text_of(message)) if message.get("role") == "user" else None


def _searchable(text: str) -> str:
    """Without halves of surrogate pairs, which no tokenizer and no database takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[: half - 1]}\n{text[-half:]}"

"""Names, told by their capitals: runs of words that do not merely begin a sentence.

Where capitals say nothing, in a headline or in all capitals, there are no names.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from grounding.query.analysis.records import TermKind
from grounding.query.analysis.vocabulary import COMPOUND_ENDINGS, MONTHS, WEEKDAYS, words

_WORD = re.compile(rf"[^\W_]+(?:[.&'’][^\W_]+|-(?!(?:{COMPOUND_ENDINGS})\b)[^\W_]+)*")
_CONNECTORS = words("of the de la le van von der den del della di da du dos das al el bin ibn y &")
_SUFFIXES = words("Day Eve")
_ABBREVIATED = words(
    "Mr Mrs Ms Dr St Jr Sr Prof Gen Sen Rep Gov Lt Col Sgt Capt Mt Ft Inc Ltd Co Corp No vs Jan Feb"
)
_OPENERS = words(
    "a an the and or but if when where which who whom whose what why how is are was were am be"
    " been do does did has have had can could will would should shall may might must in on at by"
    " for from to of with without about after before since until during between under over as than"
    " then there these this those that it its he she they we you i my your his her our their me"
    " him them not no yes please tell give show list find explain describe compare name define"
    " summarize summarise give write make let get check look search say ask any all some most many"
    " much more less few each every both another other one two three four five six seven eight"
    " nine ten new old latest recent current first last next today yesterday tomorrow now here so"
    " also just only according approximately around nearly almost hi hello hey thanks ok okay i'm"
    " i've i'd i'll what's who's where's how's when's that's it's there's let's isn't aren't"
    " doesn't don't didn't can't won't whats whos hows lets against despite while because although"
    " though per via within near former outgoing researchers scientists experts critics officials"
    " lawmakers protesters total percentage number people billions millions thousands hundreds"
)
_ROLES = words(
    "director manufacturer actor actress singer author former champion founder star insulin coach"
    " striker author billionaire company brand carmaker automaker airline newspaper"
)
_POSSESSIVE = frozenset({"'s", "’s"})
_OPEN_POSSESSIVE = frozenset({"' ", "’ "})
_LOUD = words(
    "II III IV VI VII VIII IX T Q&A CEOs No A I AND OR NOT IF IS ARE THE NO YES DO ANY ALL BE"
    " ONLY MUST NEVER ALWAYS WHY HOW OK"
)
_NO_NAMES = words("I I'm I've I'll I'd I’m I’ve I’ll I’d CEO CFO CTO Q1 Q2 Q3 Q4 H1 H2")
_NUMERAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3}|ers)?")
_ROMAN = re.compile(r"[XVI]{1,5}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_LEADS = words("on since until by last next this")
_SENTENCE_END = re.compile(r"[.!?:;…]['\"”’)\]]*\s+$|\n\s*$")
_COUNTED = re.compile(
    r"\s+(?:years?|months|weeks|days|hours|minutes|people|points|times|percent|million|billion)\b"
)


class _Word(NamedTuple):
    """One word: without its possessive, which ends a run."""

    text: str
    start: int
    end: int
    is_possessive: bool
    begins_sentence: bool


def names(question: str, taken: Sequence[tuple[int, int]] = ()) -> list[tuple[int, int, TermKind]]:
    """Return where each name or acronym begins and ends, in order.

    taken: parts of the question that are something else already; a run ends there.
    """
    found = []
    for run in _runs(question, taken):
        if trimmed := _trimmed(question, run):
            is_acronym = len(trimmed) == 1 and _is_acronym(trimmed[0].text)
            kind = TermKind.ACRONYM if is_acronym else TermKind.NAME
            found.append((trimmed[0].start, trimmed[-1].end, kind))
    return found


def _words(question: str) -> Iterator[_Word | None]:
    """Return the words that can stand in a name, and None for each that ends one."""
    end, last = 0, ""
    for match in _WORD.finditer(question):
        text = match[0]
        if text[0].islower() and text not in _CONNECTORS:
            end, last = match.end(), text
            yield None
            continue
        start = match.start()
        is_first = not last or _begins_sentence(last, question[end:start])
        end, last = match.end(), text
        is_possessive = question[end : end + 2] in _OPEN_POSSESSIVE
        if text[-2:] in _POSSESSIVE:
            text, is_possessive = text[:-2], True
        yield _Word(text, start, start + len(text), is_possessive, is_first)


def _begins_sentence(last: str, between: str) -> bool:
    if between == " " or _SENTENCE_END.search(between) is None:
        return False
    return not _is_abbreviated(last, between)


def _is_abbreviated(word: str, between: str) -> bool:
    is_short = len(word) == 1 or "." in word or word in _ABBREVIATED
    return is_short and between[:1] == "." and "\n" not in between


def _runs(question: str, taken: Sequence[tuple[int, int]]) -> Iterator[list[_Word]]:
    """Cut the question into runs of capitalised words, with the small words inside of them."""
    run: list[_Word] = []
    small: list[_Word] = []
    for word in _free(_words(question), taken):
        if run and (word is None or not _continues(question, (small or run)[-1], word)):
            yield run
            run, small = [], []
        if word is None:
            continue
        if _is_capital(word) or (run and not small and _is_numeral(question, word)):
            run.extend((*small, word))
            small = []
        elif run and word.text in _CONNECTORS and len(small) < 2:
            small.append(word)
        elif run:
            yield run
            run, small = [], []
    if run:
        yield run


def _free(
    found: Iterator[_Word | None], taken: Sequence[tuple[int, int]]
) -> Iterator[_Word | None]:
    """Replace each word that is part of something else by None."""
    i = 0
    for word in found:
        if word is None:
            yield None
            continue
        while i < len(taken) and taken[i][1] <= word.start:
            i += 1
        is_taken = i < len(taken) and taken[i][0] < word.end
        yield None if is_taken else word


def _continues(question: str, last: _Word, word: _Word) -> bool:
    if word.begins_sentence or (last.is_possessive and word.text not in _SUFFIXES):
        return False
    between = question[last.end : word.start]
    if last.is_possessive:
        return len(between) <= 3
    is_initial = between.startswith(".") and _is_abbreviated(last.text, between)
    return (not between.strip() or is_initial or between.strip() == "&") and "\n" not in between


def _is_capital(word: _Word) -> bool:
    first = word.text[0]
    return first.isupper() and word.text not in _NO_NAMES


def _is_numeral(question: str, word: _Word) -> bool:
    """Whether it is a number within a name, as in Airbus 320 or Apollo 11, and no year."""
    text = word.text
    is_small = _NUMERAL.fullmatch(text) is not None and not _YEAR.fullmatch(text)
    return is_small and not _COUNTED.match(question, word.end)


def _trimmed(question: str, run: list[_Word]) -> list[_Word]:
    """Leave out what merely begins the sentence, and months and weekdays that are none."""
    first = run[0]
    if first.begins_sentence and (_opens(run) or _qualifies_an_acronym(run)):
        run = run[1:]
    while run and (run[0].text in _CONNECTORS or run[0].text.isdecimal()):
        run = run[1:]
    if run and run[0].text.lower() in MONTHS | WEEKDAYS:
        led = question[max(0, run[0].start - 6) : run[0].start].lower().split()[-1:]
        is_month = run[0].text.lower() in MONTHS
        is_date = not led or led[0] in _LEADS or (is_month and led[0] == "in")
        run = run[1:] if is_date or len(run) == 1 else run
    if run and run[0].text in _LOUD and all(word.text[0].isdecimal() for word in run[1:]):
        return []
    if len(run) == 1 and len(run[0].text) == 1:
        return []
    return run


def _opens(run: list[_Word]) -> bool:
    first = run[0].text
    small = first.lower().replace("’", "'")
    if small in _OPENERS or (small in _ROLES and len(run) > 1):
        return True
    return len(run) == 1 and not (run[0].is_possessive or _is_marked(first))


def _qualifies_an_acronym(run: list[_Word]) -> bool:
    """Whether it is the first word of a sentence and an acronym: Rising CPI, Removal of DNS."""
    rest = [word.text for word in run[1:] if word.text not in _CONNECTORS]
    is_acronym = len(rest) == 1 and _is_acronym(rest[0]) and not _ROMAN.fullmatch(rest[0])
    return is_acronym and not _is_marked(run[0].text)


def _is_marked(text: str) -> bool:
    """Whether its own letters make it a name even where a sentence begins: NFL, TikTok."""
    return len(text) > 1 and any(map(str.isupper, text[1:]))


def _is_acronym(text: str) -> bool:
    letters = text.replace(".", "").replace("&", "")
    return letters.isalpha() and letters.isupper()

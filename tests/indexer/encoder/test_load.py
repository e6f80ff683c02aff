import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import embed, transformer
from indexer.backend import Running
from indexer.embed import Embedder, weights_digest
from indexer.encoder.graph import Precision
from indexer.encoder.known import PASSAGES, QUESTIONS, shipped_answers
from indexer.encoder.load import Wanted, load, usable_cores
from indexer.errors import EmbedderUnusable, EncoderFailed
from tests.indexer.encoder.folders import rewrite
from tests.indexer.tuning import tiny
from tests.tiny_embedder import make_tiny_embedder

pytest.importorskip("onnxruntime", reason="the extra `cpu` brings it")

TEXTS = [
    *QUESTIONS,
    *PASSAGES,
    *(" ".join(f"word{n} 油 {n * 7919}," for n in range(count)) for count in (3, 30, 100, 300)),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that nobody has compared with torch so far."""
    return tiny.transformer(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def on_torch(trained: Path) -> Embedder:
    running = Running(device="cpu")
    return transformer.load(trained, identity="tiny", precision="fp32", running=running)


@pytest.fixture
def wanted(trained: Path, tmp_path: Path) -> Wanted:
    return Wanted(
        directory=trained,
        weights_digest=weights_digest(trained),
        identity="tiny",
        precision="fp32",
        threads=1,
        cache=tmp_path / "cache",
    )


class Asked:
    """Counts how often torch was loaded."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.times = 0

    def __call__(self) -> Embedder:
        self.times += 1
        return self.embedder


def test_vectors_are_those_of_torch() -> None:
    directory = embed.directory_of("minilm")
    expected = transformer.load(
        directory, identity="minilm", precision="fp32", running=Running(device="cpu")
    )
    found = embed.load("minilm", device="cpu")

    assert type(found) is not type(expected)
    assert np.abs(found.embed_queries(TEXTS) - expected.embed_queries(TEXTS)).max() <= 1e-5
    assert np.abs(found.embed_passages(TEXTS) - expected.embed_passages(TEXTS)).max() <= 1e-5
    answers = shipped_answers(weights_digest(directory))
    assert answers is not None
    assert np.abs(answers - expected.embed_queries(QUESTIONS)).max() <= 1e-6


def test_first_token_and_prompts_are_as_on_torch(trained: Path, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(trained, tmp_path / "other"))
    rewrite(directory / "1_Pooling" / "config.json", pooling_mode="cls")
    prompts = {"query": "find what says: ", "document": "read: "}
    rewrite(directory / "config_sentence_transformers.json", prompts=prompts)
    expected = transformer.load(
        directory, identity="other", precision="fp32", running=Running(device="cpu")
    )

    found = embed.load(str(directory), device="cpu", cache=tmp_path / "cache")

    assert type(found) is not type(expected)
    assert found.max_tokens == expected.max_tokens < 64
    queries, passages = found.embed_queries(TEXTS), found.embed_passages(TEXTS)
    assert np.abs(queries - expected.embed_queries(TEXTS)).max() <= 1e-5
    assert np.abs(passages - expected.embed_passages(TEXTS)).max() <= 1e-5
    assert np.abs(queries - passages).max() > 1e-3


def test_torch_is_asked_once_and_never_again(wanted: Wanted, on_torch: Embedder) -> None:
    asked = Asked(on_torch)

    first, second = load(wanted, asked), load(wanted, asked)

    assert asked.times == 1
    expected = on_torch.embed_passages(TEXTS)
    for found in (first, second):
        assert np.abs(found.embed_passages(TEXTS) - expected).max() <= 1e-5


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-1], lambda whole: whole[:-1] + b"x", lambda whole: b""]
)
def test_torch_is_asked_again_when_the_answers_are_damaged(
    wanted: Wanted, on_torch: Embedder, damage: Callable[[bytes], bytes]
) -> None:
    load(wanted, Asked(on_torch))
    (file,) = (wanted.cache or Path()).iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    asked = Asked(on_torch)

    load(wanted, asked)

    assert asked.times == 1
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    ("precision", "change"), [("fp32", 2e-5), ("int8", -2.0), ("fp32", np.nan)]
)
def test_encoder_that_answers_otherwise_is_refused(
    wanted: Wanted, on_torch: Embedder, precision: Precision, change: float
) -> None:
    with pytest.raises(EncoderFailed, match="not those that torch gives"):
        load(replace(wanted, precision=precision), lambda: Changed(on_torch, change))

    assert not (wanted.cache or Path()).exists()


class Changed:
    """What torch would say of passages, had the weights been others."""

    def __init__(self, embedder: Embedder, change: float) -> None:
        self._embedder = embedder
        self._change = np.float32(change)

    def embed_queries(self, texts: tuple[str, ...]) -> NDArray[np.float32]:
        return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: tuple[str, ...]) -> NDArray[np.float32]:
        vectors = self._embedder.embed_passages(texts)
        return vectors + self._change * np.sign(vectors)


def test_where_answers_cannot_be_kept_every_start_asks(
    wanted: Wanted, on_torch: Embedder, caplog: pytest.LogCaptureFixture
) -> None:
    (wanted.cache or Path()).write_text("a file where the folder should be")
    asked = Asked(on_torch)

    for _ in range(2):
        found = load(wanted, asked)

    assert asked.times == 2
    said = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert len(said) == 2
    assert "cannot be kept" in said[0]
    expected = on_torch.embed_passages(TEXTS)
    assert np.abs(found.embed_passages(TEXTS) - expected).max() <= 1e-5


def test_embedder_of_another_kind_runs_on_torch_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    directory = make_tiny_embedder(tmp_path / "static")

    found = embed.load(str(directory), device="cpu", cache=tmp_path)

    assert type(found).__module__ == "indexer.transformer"
    (said,) = (each.getMessage() for each in caplog.records if each.name == "indexer.backend")
    assert re.search(r"static/torch-fp32/\w+: on torch, for it is not a transformer", said)


def test_int8_of_another_kind_cannot_be_had(tmp_path: Path) -> None:
    directory = make_tiny_embedder(tmp_path / "static")

    with pytest.raises(EmbedderUnusable, match=r"onnx-int8/.*: it is not a transformer"):
        embed.load(f"{directory}@int8", device="cpu", cache=tmp_path)


def test_two_processes_may_load_for_the_first_time_at_once(trained: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from indexer.embed import load\n"
        "found = load(sys.argv[1], device='cpu', cache=Path(sys.argv[2]))\n"
        "print(type(found).__name__, found.embed_query('aska').shape, 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(trained), str(tmp_path / "cache")]

    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate(timeout=100)[0] for each in racing]
    after = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)

    assert said == ["OnnxEmbedder (32,) True\n"] * 2
    assert after.stdout == "OnnxEmbedder (32,) False\n"
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".answers"]


@pytest.mark.parametrize("name", ["minilm", "minilm@int8"])
def test_shipped_encoder_is_loaded_without_torch(name: str) -> None:
    code = (
        "import sys\n"
        "from indexer.embed import load\n"
        f"found = load({name!r}, device='cpu')\n"
        "found.embed_query('one'), found.embed_passages(['two']), found.token_spans('three')\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_share_of_a_container_bounds_the_cores(tmp_path: Path) -> None:
    share = tmp_path / "cpu.max"
    all_cores = usable_cores(share)

    found = {}
    for said in ("max 100000", "50000 100000", "100001 100000"):
        share.write_text(said)
        found[said] = usable_cores(share)

    assert found == {
        "max 100000": all_cores,
        "50000 100000": 1,
        "100001 100000": min(2, all_cores),
    }

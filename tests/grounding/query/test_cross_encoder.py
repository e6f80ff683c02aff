import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from torch import Tensor

from grounding.errors import RerankerLate, RerankerUnusable
from grounding.query.cross_encoder import load
from grounding.query.rerank import Reranker
from tests.fakes import FakeReranker
from tests.grounding.query.encoders import tiny_cross_encoder, tiny_encoder

QUESTION = "Does the brent oil price rise?"
TEXTS = ["Brent oil rises", "cat", "gold price " * 9, "rain falls on a barrel", "oil", "", "7"]


@pytest.fixture(scope="module")
def tiny_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_cross_encoder(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(scope="module")
def tiny(tiny_directory: Path) -> Reranker:
    return load(str(tiny_directory), device="cpu")


@pytest.fixture(params=["fake", "tiny"])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    return FakeReranker() if request.param == "fake" else request.getfixturevalue("tiny")


class TestContract:
    def test_every_text_has_one_finite_float32_score(self, reranker: Reranker) -> None:
        scores = reranker.score(QUESTION, TEXTS)

        assert (scores.shape, scores.dtype) == ((len(TEXTS),), np.float32)
        assert np.isfinite(scores).all()

    def test_no_texts_have_no_scores(self, reranker: Reranker) -> None:
        scores = reranker.score(QUESTION, [])

        assert (scores.shape, scores.dtype) == ((0,), np.float32)

    def test_scores_are_in_the_order_of_the_texts(self, reranker: Reranker) -> None:
        scores = reranker.score(QUESTION, TEXTS)

        assert reranker.score(QUESTION, TEXTS[::-1]) == pytest.approx(scores[::-1], abs=1e-5)
        assert len(set(scores.round(3))) > 2

    def test_a_score_does_not_depend_on_its_neighbours(self, reranker: Reranker) -> None:
        texts = [f"brent {n} " * (1 + n * 7 % 40) for n in range(50)]

        together = reranker.score(QUESTION, texts)
        alone = np.concatenate([reranker.score(QUESTION, [text]) for text in texts])

        assert together == pytest.approx(alone, abs=1e-5)

    def test_a_score_depends_on_the_question(self, reranker: Reranker) -> None:
        one, other = reranker.score("gold", TEXTS), reranker.score("does rain fall", TEXTS)

        assert np.abs(one - other).max() > 1e-3

    @pytest.mark.parametrize("odd", ["lone \ud800 one", "x" * 100_000, "oil \n" * 25_000, "\0"])
    def test_odd_texts_and_questions_are_scored(self, reranker: Reranker, odd: str) -> None:
        scores = [*reranker.score(QUESTION, ["oil", odd]), *reranker.score(odd, ["oil", odd])]

        assert np.isfinite(scores).all()
        assert scores[0] == pytest.approx(reranker.score(QUESTION, ["oil"])[0], abs=1e-5)

    def test_threads_get_the_scores_they_would_get_alone(self, reranker: Reranker) -> None:
        questions = [f"{QUESTION} {n}" * (n + 1) for n in range(6)]
        expected = [reranker.score(question, TEXTS) for question in questions]
        found: dict[int, object] = {}
        start = threading.Barrier(len(questions))

        def work(n: int) -> None:
            start.wait()
            found[n] = [reranker.score(questions[n], TEXTS) for _ in range(5)]

        threads = [threading.Thread(target=work, args=(n,)) for n in range(len(questions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == len(questions)
        for n, scores in enumerate(expected):
            assert np.allclose(found[n], [scores] * 5, atol=1e-5)


def test_scores_are_not_pressed_between_0_and_1(tiny: Reranker) -> None:
    scores = tiny.score(QUESTION, TEXTS)

    assert scores.min() < 0 or scores.max() > 1


def test_identity_names_title_backend_and_weights(tiny: Reranker, tmp_path: Path) -> None:
    again = load(str(tiny_cross_encoder(tmp_path / "tiny")), device="cpu")

    assert re.fullmatch(r"tiny/torch-fp32/[0-9a-f]{8}", tiny.identity)
    assert again.identity == tiny.identity


def test_other_weights_have_another_identity(tiny_directory: Path, tmp_path: Path) -> None:
    altered = Path(shutil.copytree(tiny_directory, tmp_path / "tiny"))
    _alter(altered, "classifier.bias", lambda bias: bias + 1)

    assert load(str(altered), device="cpu").identity != load(str(tiny_directory)).identity


def test_weights_that_give_no_numbers_are_refused(tiny_directory: Path, tmp_path: Path) -> None:
    altered = Path(shutil.copytree(tiny_directory, tmp_path / "tiny"))
    _alter(altered, "classifier.bias", lambda bias: bias * float("nan"))

    with pytest.raises(RerankerUnusable, match="not finite"):
        load(str(altered), device="cpu")


def test_a_score_that_is_no_number_is_an_error(tiny_directory: Path) -> None:
    failing = load(str(tiny_directory), device="cpu")
    for parameter in failing._transformer.parameters():
        parameter.data.fill_(float("inf"))

    with pytest.raises(RerankerUnusable, match="not finite"):
        failing.score(QUESTION, TEXTS)


def test_a_reranker_that_fails_on_a_pair_of_texts_is_refused_at_once(
    tiny_directory: Path, tmp_path: Path
) -> None:
    altered = Path(shutil.copytree(tiny_directory, tmp_path / "tiny"))
    settings = altered / "config.json"
    config = json.loads(settings.read_text()) | {"type_vocab_size": 1}
    settings.write_text(json.dumps(config))
    _alter(altered, "token_type_embeddings.weight", lambda rows: rows[:1])

    with pytest.raises(RerankerUnusable, match="cannot score 128 tokens"):
        load(str(altered), device="cpu")


def test_a_question_is_given_up_at_the_deadline(tiny_directory: Path) -> None:
    hurried = load(str(tiny_directory), device="cpu", deadline_seconds=1e-9)

    with pytest.raises(RerankerLate, match=re.escape("lower `[reranker] top`")):
        hurried.score(QUESTION, TEXTS)


def test_waiting_for_another_question_counts_as_time(tiny_directory: Path) -> None:
    patient = load(str(tiny_directory), device="cpu", deadline_seconds=0.01)

    with patient._turn, pytest.raises(RerankerLate, match="0 of 7 texts scored"):
        patient.score(QUESTION, TEXTS)

    patient._deadline_seconds = 60
    assert len(patient.score(QUESTION, TEXTS)) == len(TEXTS)


def test_an_embedder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnusable, match="is BertModel, which scores no pairs"):
        load(str(tiny_encoder(tmp_path / "encoder")), device="cpu")


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnusable, match="gives 3 scores a pair, expected 1"):
        load(str(tiny_cross_encoder(tmp_path / "labels", labels=3)), device="cpu")


def test_code_beside_the_weights_is_not_run(tiny_directory: Path, tmp_path: Path) -> None:
    hostile = Path(shutil.copytree(tiny_directory, tmp_path / "hostile"))
    (hostile / "evil.py").write_text("raise SystemExit('was run')")
    modules = (hostile / "modules.json").read_text()
    named = re.sub(r'"type": "[^"]+"', '"type": "evil.Transformer"', modules)
    (hostile / "modules.json").write_text(named)

    with pytest.raises(RerankerUnusable, match="cannot be loaded"):
        load(str(hostile), device="cpu")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody/has-this", "fetch it with `hf download nobody/has-this`"),
        ("/no/such/folder", "neither a directory nor a Hugging Face name"),
    ],
)
def test_missing_reranker_says_how_to_get_it(name: str, message: str) -> None:
    with pytest.raises(RerankerUnusable, match=re.escape(message)):
        load(name)


def test_directory_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnusable, match="no weights"):
        load(str(tmp_path))


def test_broken_weights_are_refused(tiny_directory: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(tiny_directory, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"not weights")

    with pytest.raises(RerankerUnusable, match="cannot be loaded"):
        load(str(broken), device="cpu")


def test_unknown_device_is_refused(tiny_directory: Path) -> None:
    with pytest.raises(RerankerUnusable, match="expected auto, cpu or gpu"):
        load(str(tiny_directory), device="tpu")


def test_importing_the_reranker_loads_no_heavy_library() -> None:
    done = run_python(
        "import sys, grounding.query.cross_encoder, grounding.query.rerank\n"
        "print({'torch', 'transformers', 'tokenizers', 'huggingface_hub'} & set(sys.modules))"
    )

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_a_cached_name_is_loaded_offline_and_in_silence(
    tiny_directory: Path, tmp_path: Path
) -> None:
    cached = tmp_path / "hub" / "models--us--tiny"
    shutil.copytree(tiny_directory, cached / "snapshots" / ("a" * 40))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("a" * 40)

    done = run_python(
        "import os, socket\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from grounding.query.cross_encoder import load\n"
        "tiny = load('us/tiny', device='cpu')\n"
        "scores = tiny.score('one', ['two', 'three ' * 1000])\n"
        "child = os.fork()\n"
        "os._exit(0) if child == 0 else os.waitpid(child, 0)\n"
        "print(tiny.identity[:15], tiny.score('one', ['two']).shape)",
        HF_HOME=str(tmp_path),
        HOME="/nonexistent",
    )

    assert (done.stdout, done.stderr) == ("tiny/torch-fp32 (1,)\n", "")


def _alter(directory: Path, name: str, change: Callable[[Tensor], Tensor]) -> None:
    file = directory / "model.safetensors"
    weights = load_file(file)
    found = next(key for key in weights if key.endswith(name))
    weights[found] = change(weights[found]).clone()
    save_file(weights, file, metadata={"format": "pt"})


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "PYTHONPATH": str(Path.cwd()), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

from pathlib import Path

import numpy as np

from indexer.embed import SHIPPED
from indexer.encoder.known import (
    QUESTIONS,
    AnswerCache,
    key_of,
    shipped_answers,
    users_cache,
)

ANSWERS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_what_is_kept_is_found_under_its_key_only(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "new" / "folder")

    cache.keep("one", ANSWERS)

    found = cache.find("one")
    assert found is not None
    assert np.array_equal(found, ANSWERS)
    assert cache.find("other") is None


def test_damaged_and_cut_files_are_not_found(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.keep("one", ANSWERS)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()

    for damaged in (whole[:-1], whole[:-1] + b"x", b"", whole[:20]):
        file.write_bytes(damaged)
        assert cache.find("one") is None


def test_key_changes_with_all_that_vectors_depend_on(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    keys = {key_of("digest", tmp_path, "1"), key_of("other", tmp_path, "1")}
    keys |= {key_of("digest", tmp_path, "2")}

    (tmp_path / "config.json").write_text('{"max_seq_length": 3}')
    keys |= {key_of("digest", tmp_path, "1")}

    assert len(keys) == 4


def test_every_shipped_embedder_has_answers() -> None:
    for shipped in SHIPPED.values():
        answers = shipped_answers(shipped.weights_sha256)

        assert answers is not None
        assert answers.shape[0] == len(QUESTIONS)
    assert shipped_answers("0" * 64) is None


def test_users_cache_follows_the_environment(tmp_path: Path) -> None:
    assert users_cache({"XDG_CACHE_HOME": str(tmp_path)}.get) == tmp_path / "grounding/embedders"
    assert users_cache({}.get) == Path.home() / ".cache/grounding/embedders"

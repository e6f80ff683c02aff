from pathlib import Path

import pytest

from connectors.records import Batch, Document, Semantics
from grounding.errors import InvalidSettings, RerankerUnusable
from grounding.query.cross_encoder import CrossEncoderReranker
from grounding.settings import FetchSettings, PromptSettings, RerankerSettings, Settings
from grounding.wiring import build, build_fetcher, build_reranker, source_spec, token_counters
from indexer.errors import DatabaseUnusable, EmbedderMismatch, EmbedderUnusable
from tests.fakes import FakeClock, HashEmbedder
from tests.grounding.query.encoders import tiny_cross_encoder
from tests.grounding.serving import Plan, settings_of, started


def test_vectors_of_another_embedder_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with started(Plan(tmp_path)) as service:
        service.push("push", "default", Batch({}, (Document("a", "Gold"),)))

    with pytest.raises(EmbedderMismatch, match="grounding embedder add NAME"):
        build(settings_of(Plan(tmp_path)), embedder=HashEmbedder(identity="another/64"))


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "sqlite://",
        "oracle://host/db",
        "postgresql+psycopg://user:hunter2@127.0.0.1:9/db",
        "sqlite:////proc/no/such.db",
    ],
)
def test_unusable_database_is_named_without_its_password(tmp_path: Path, url: str) -> None:
    settings = settings_of(Plan(tmp_path, database_url=url))

    with pytest.raises(DatabaseUnusable) as refused:
        build(settings, embedder=HashEmbedder())

    assert "hunter2" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_unknown_embedder_is_named(tmp_path: Path) -> None:
    settings = settings_of(Plan(tmp_path)).model_copy(
        update={"embedder": Settings.model_validate({"embedder": {"name": "/no/such"}}).embedder}
    )

    with pytest.raises(EmbedderUnusable, match="/no/such"):
        build(settings)


def test_there_is_no_reranker_unless_one_is_named() -> None:
    assert build_reranker(Settings().reranker) is None


def test_a_named_reranker_is_loaded(tmp_path: Path) -> None:
    directory = tiny_cross_encoder(tmp_path / "tiny")

    reranker = build_reranker(RerankerSettings(name=str(directory), device="cpu"))

    assert isinstance(reranker, CrossEncoderReranker)


def test_a_reranker_that_is_not_there_is_named() -> None:
    with pytest.raises(RerankerUnusable, match="hf download nobody/has-this"):
        build_reranker(RerankerSettings(name="nobody/has-this"))


def test_source_of_the_settings_has_the_semantics_of_its_connector() -> None:
    settings = Settings.model_validate(
        {
            "sources": [
                {
                    "name": "news",
                    "kind": "feed",
                    "url": "https://example.org",
                    "jitter": "1s",
                    "schedule": "every 1h",
                    "warn_after": "2h",
                }
            ]
        }
    )

    with build_fetcher(FetchSettings(), FakeClock()) as fetcher:
        spec = source_spec(settings.sources[0], fetcher, FakeClock())

    assert (spec.semantics, spec.origin) == (Semantics.APPEND_ONLY, "config")
    assert (spec.jitter_seconds, spec.warn_after_seconds, spec.error_after_seconds) == (
        1,
        7_200,
        None,
    )
    assert spec.options == {"url": "https://example.org"}


def test_a_tokenizer_of_the_settings_counts_where_nobody_names_one() -> None:
    found = token_counters(PromptSettings(tokenizer="embedder"), len)

    assert found.counter(None).count("four") == 4


def test_a_tokenizer_of_the_settings_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    prompt = PromptSettings(tokenizer="no/such")
    settings = settings_of(Plan(tmp_path)).model_copy(update={"prompt": prompt})

    with pytest.raises(InvalidSettings, match=r"^prompt\.tokenizer: .*hf download no/such"):
        build(settings, embedder=HashEmbedder())


def test_a_proxy_that_is_referred_to_and_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_SUCH_PROXY", raising=False)
    settings = FetchSettings(proxy="env:NO_SUCH_PROXY")

    with pytest.raises(InvalidSettings, match=r"fetch\.proxy: environment variable NO_SUCH_PROXY"):
        build_fetcher(settings, FakeClock())


def test_a_proxy_that_is_referred_to_and_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_PROXY", "socks5://ann:hunter2@proxy.example")

    with pytest.raises(InvalidSettings, match=r"\[fetch\] proxy: expected http") as caught:
        build_fetcher(FetchSettings(proxy="env:OUR_PROXY"), FakeClock())

    assert "hunter2" not in str(caught.value)

from pathlib import Path

import pytest

from connectors.records import Batch, Document, Semantics
from grounding.errors import InvalidSettings
from grounding.settings import FetchSettings, Settings
from grounding.wiring import build, build_fetcher, source_spec
from indexer.errors import DatabaseUnusable, EmbedderMismatch, EmbedderUnusable
from tests.fakes import FakeClock, HashEmbedder
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

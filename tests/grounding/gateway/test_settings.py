"""What of upstreams can be set, and what makes no sense."""

from pathlib import Path

import pytest

from grounding.errors import InvalidSettings
from grounding.gateway_wiring import upstream_of
from grounding.settings import load

UPSTREAM = """
[[upstreams]]
name = "small"
base_url = "https://llm.example.com/v1/"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grounding.toml"


def test_secrets_are_followed_and_never_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_KEY", "sk-secret-1")
    (file.parent / "azure").write_text("secret-2\n")
    keys = 'api_key = "env:LLM_KEY"\nheaders = { api-key = "file:azure" }\n'
    file.write_text(UPSTREAM + keys)

    upstream = upstream_of(load(file).upstreams[0])

    assert upstream.secrets == ("sk-secret-1", "secret-2")
    assert upstream.base_url == "https://llm.example.com/v1"
    assert "secret" not in repr(upstream)


def test_a_secret_that_is_not_there_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_KEY", raising=False)
    file.write_text(UPSTREAM + 'api_key = "env:LLM_KEY"\n')

    with pytest.raises(InvalidSettings, match=r"upstreams\.small\.api_key.*LLM_KEY"):
        upstream_of(load(file).upstreams[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (UPSTREAM + UPSTREAM, "name used twice: small"),
        (UPSTREAM + 'fallbacks = ["large"]\n', "no fallback is named large"),
        (UPSTREAM + 'fallbacks = ["small"]\n', "no fallback is named small"),
        (UPSTREAM + 'api_key = "k"\npasses_caller_key = true\n', "not both"),
        (UPSTREAM + 'passes_caller_key = true\n[server]\napi_key = "k"\n', "passes_caller_key"),
        (UPSTREAM + '[gateway]\ncondense_by = "large"\n', "no upstream is named large"),
        (UPSTREAM + 'timeout = "0s"\n', "grounding.toml:5: upstreams.0.timeout"),
        (UPSTREAM + "price_in = -1\n", "grounding.toml:5: upstreams.0.price_in"),
        (UPSTREAM + "strength = 4\n", "upstreams.0.strength"),
        (UPSTREAM + 'capabilities = ["mind reading"]\n', "upstreams.0.capabilities"),
        (UPSTREAM.replace("https://", "ftp://"), "upstreams.0.base_url"),
        (UPSTREAM.replace("https://", "https://me:pw@"), "holds a password"),
        (UPSTREAM.replace("/v1/", "/v1?key=1"), "upstreams.0.base_url"),
        ('[gateway]\nmode = "often"\n', "grounding.toml:2: gateway.mode"),
    ],
)
def test_what_makes_no_sense_is_said(file: Path, text: str, said: str) -> None:
    file.write_text(text)

    with pytest.raises(InvalidSettings) as caught:
        load(file)

    assert said in str(caught.value)


def test_a_callers_key_is_passed_on_only_where_that_is_set(file: Path) -> None:
    file.write_text(UPSTREAM + "passes_caller_key = true\n")

    assert upstream_of(load(file).upstreams[0]).passes_caller_key

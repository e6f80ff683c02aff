from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.grounding.api.problem import problem_of
from tests.grounding.serving import Plan, Running, serving

KEY = "correct horse"
MOST_BYTES = 2_000


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("guarded")
    server = {"max_body_bytes": MOST_BYTES, "allowed_hosts": ["Intern.example"]}
    with serving(Plan(directory, api_key=KEY, server=server)) as one:
        yield one


@pytest.fixture(scope="module")
def stranger(guarded: Running) -> Iterator[httpx.Client]:
    """A caller without a key."""
    with httpx.Client(base_url=guarded.url, trust_env=False) as http:
        yield http


class TestApiKey:
    def test_right_key_is_let_in(self, guarded: Running) -> None:
        assert guarded.client.sources() == ()

    @pytest.mark.parametrize("path", ["/v1/sources", "/metrics", "/openapi.json", "/nowhere"])
    def test_missing_key_is_refused_with_a_challenge(
        self, stranger: httpx.Client, path: str
    ) -> None:
        reply = stranger.get(path)

        problem_of(reply, 401)
        assert reply.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "value", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer corré"]
    )
    def test_wrong_key_is_refused(self, stranger: httpx.Client, value: str) -> None:
        reply = stranger.get("/v1/sources", headers=[(b"Authorization", value.encode())])

        problem_of(reply, 401)

    def test_scheme_is_case_insensitive(self, stranger: httpx.Client) -> None:
        reply = stranger.get("/v1/sources", headers={"Authorization": f"bearer {KEY}"})

        assert reply.status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    def test_probes_need_no_key(self, stranger: httpx.Client, path: str) -> None:
        assert stranger.get(path).status_code == 200


class TestHost:
    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "evil:8080", "[::2]"]
    )
    def test_unknown_host_name_is_refused_even_with_the_key(
        self, guarded: Running, host: str
    ) -> None:
        reply = guarded.http.get("/v1/sources", headers={"Host": host})

        assert "allowed_hosts" in problem_of(reply, 400)["detail"]

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.0.0.1:9", "intern.example", "INTERN.example:1"]
    )
    def test_known_host_name_is_let_in_whatever_its_port_and_case(
        self, guarded: Running, host: str
    ) -> None:
        assert guarded.http.get("/v1/sources", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["localhost", "[::1]:9", "127.0.0.1"])
    def test_names_of_this_machine_are_known_whatever_is_configured(
        self, guarded: Running, host: str
    ) -> None:
        assert guarded.http.get("/v1/sources", headers={"Host": host}).status_code == 200

    def test_star_lets_every_host_in(self, tmp_path: Path) -> None:
        with serving(Plan(tmp_path, server={"allowed_hosts": ["*"]})) as one:
            reply = one.http.get("/v1/sources", headers={"Host": "any.example"})

        assert reply.status_code == 200

    def test_public_url_names_a_host_that_is_let_in(self, tmp_path: Path) -> None:
        server = {"public_url": "https://Grounding.example:8443/below", "websub": False}
        with serving(Plan(tmp_path, server=server)) as one:
            known = one.http.get("/healthz", headers={"Host": "grounding.example"})
            other = one.http.get("/healthz", headers={"Host": "example"})

        assert (known.status_code, other.status_code) == (200, 400)

    @pytest.mark.parametrize("host", ["localhost:1", "[::1]:1", "[::1]", "127.0.0.1:1"])
    def test_names_of_this_machine_are_known_by_default(self, shared: Running, host: str) -> None:
        assert shared.http.get("/healthz", headers={"Host": host}).status_code == 200


class TestBodySize:
    def test_declared_length_beyond_the_limit_is_refused(self, guarded: Running) -> None:
        reply = guarded.http.post("/v1/search", content=b" " * (MOST_BYTES + 1))

        assert str(MOST_BYTES) in problem_of(reply, 413)["detail"]

    def test_body_without_declared_length_is_refused_once_it_is_too_long(
        self, guarded: Running
    ) -> None:
        chunks = iter([b" " * 500] * 8)

        reply = guarded.http.post("/v1/search", content=chunks)

        assert str(MOST_BYTES) in problem_of(reply, 413)["detail"]

    def test_body_without_declared_length_within_the_limit_is_read(self, guarded: Running) -> None:
        chunks = iter([b'{"query": ', b'"oil"}'])

        reply = guarded.http.post(
            "/v1/search", content=chunks, headers={"Content-Type": "application/json"}
        )

        assert reply.status_code == 200

    def test_body_of_exactly_the_limit_is_read(self, guarded: Running) -> None:
        body = b'{"query": "oil"}'.ljust(MOST_BYTES)

        reply = guarded.http.post(
            "/v1/search", content=body, headers={"Content-Type": "application/json"}
        )

        assert reply.status_code == 200

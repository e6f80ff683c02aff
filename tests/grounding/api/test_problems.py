from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from connectors.errors import InvalidOptions
from grounding.api import problems
from grounding.errors import InvalidQuestion, NotAllowed, NotFound
from grounding.server import in_background
from indexer.errors import IndexBehind, InvalidSchedule, InvalidSource, SourceExists, UnknownSource
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import Running

RAISED = {
    "question": (InvalidQuestion("as_of", "is in the future"), 422),
    "options": (InvalidOptions("option 'url': expected an address"), 422),
    "source": (InvalidSource("jitter is longer than the interval"), 422),
    "schedule": (InvalidSchedule("schedule 'hourly'"), 422),
    "not-found": (NotFound("no receipt is named x"), 404),
    "unknown": (UnknownSource("no source is named x"), 404),
    "exists": (SourceExists("a source named x exists already"), 409),
    "not-allowed": (NotAllowed("set in grounding.toml"), 403),
    "behind": (IndexBehind(5, 4), 503),
    "database": (OperationalError("SELECT secret", {}, Exception("password=hunter2")), 503),
    "pool": (PoolTimeoutError("QueuePool limit"), 503),
    "bug": (RuntimeError("hunter2"), 500),
}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    app = FastAPI()
    problems.install(app)

    @app.get("/{name}")
    def fail(name: str) -> None:
        raise RAISED[name][0]

    with (
        in_background(app) as url,
        httpx.Client(base_url=url, headers={"Connection": "close"}, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("name", RAISED)
def test_every_error_becomes_its_problem(http: httpx.Client, name: str) -> None:
    reply = http.get(f"/{name}")

    problem_of(reply, RAISED[name][1])


@pytest.mark.parametrize("name", ["behind", "database", "pool"])
def test_what_may_work_later_says_when(http: httpx.Client, name: str) -> None:
    assert int(http.get(f"/{name}").headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["database", "bug"])
def test_inner_workings_stay_inside(http: httpx.Client, name: str) -> None:
    reply = http.get(f"/{name}")

    assert "hunter2" not in reply.text
    assert "SELECT" not in reply.text


def test_question_names_its_field(http: httpx.Client) -> None:
    assert http.get("/question").json()["errors"] == [
        {"field": "as_of", "message": "is in the future"}
    ]


def test_unknown_path_is_not_found(shared: Running) -> None:
    problem_of(shared.http.get("/v1/nowhere"), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/search"),
        ("DELETE", "/v1/documents"),
        ("PUT", "/v1/sources/x"),
        ("POST", "/healthz"),
    ],
)
def test_other_methods_are_not_allowed(shared: Running, method: str, path: str) -> None:
    reply = shared.http.request(method, path)

    problem_of(reply, 405)
    assert reply.headers["allow"]

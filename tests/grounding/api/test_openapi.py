"""Random requests made from the OpenAPI document, over the loopback: nothing falls over."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fakes import START
from tests.grounding.serving import Plan, Running, document, serving

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Plan(tmp_path_factory.mktemp("filled"))) as one:
        one.push(document("a", "Gold rose", url="https://example.org/a"))
        one.client.push_observations(
            [{"series": "gold", "valid_from": START, "value": "2000.5"}],
            series=[{"key": "gold", "title": "Gold"}],
        )
        yield one


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_reply_is_one_that_is_documented(filled: Running, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{filled.url}/openapi.json")
    found = [*schema.get_all_operations()]
    operations = [each.ok() for each in found if isinstance(each, Ok)]

    for operation in operations:
        with suppress(Unsatisfiable):  # what takes nothing, or any text, cannot be asked wrongly
            exercise(operation.as_strategy(generation_mode=mode))

    assert len(operations) == len(found) > 20


def exercise(cases: SearchStrategy[Any]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def replies_are_documented(case: Any) -> None:
        if case.path.endswith("/sync"):
            case.query["wait_seconds"] = 0
        case.call_and_validate(checks=CHECKS)

    replies_are_documented()

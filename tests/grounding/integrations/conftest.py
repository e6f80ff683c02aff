"""A service that holds a few documents, for retrievers that only ask."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import START
from tests.grounding.serving import DAY, Plan, Running, document, serving

PAGE = Path(__file__).resolve().parents[3] / "docs" / "frameworks.md"
NOBODY = "http://127.0.0.1:9"
THEN = START - DAY * 10


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(Plan(tmp_path_factory.mktemp("frameworks"))) as one:
        address = {"url": "https://ferry.example/times"}
        seq = one.push(
            document("ferry", "The ferry leaves at 9:15.", published_at=START - DAY, **address),
            document("river", "The old ferry sank.", published_at=START - DAY * 90),
        )
        one.titles("ferry", min_seq=seq)
        yield one


def example(name: str) -> str:
    """Return the example of a framework that the page shows."""
    found = re.search(rf"^```python {name}\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert found is not None
    return found[1]

import pytest

from grounding.query.addresses import address_of
from tests.grounding.query.items import brent_evidence, evidence


def test_what_has_a_url_is_there() -> None:
    item = evidence(url=" https://weather.example/coast?day=1 ")

    assert address_of(item, "https://facts.example") == "https://weather.example/coast?day=1"


@pytest.mark.parametrize("url", [None, "", " \n"])
@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (None, "/v1/documents/0123456789abcdef01234567?version=3"),
        (
            "https://facts.example/g",
            "https://facts.example/g/v1/documents/0123456789abcdef01234567?version=3",
        ),
        (
            "https://facts.example/",
            "https://facts.example/v1/documents/0123456789abcdef01234567?version=3",
        ),
    ],
)
def test_what_has_none_is_where_this_service_shows_it(
    url: str | None, base_url: str | None, expected: str
) -> None:
    assert address_of(evidence(url=url, version=3), base_url) == expected


def test_a_series_is_where_its_card_is() -> None:
    item = brent_evidence()

    assert address_of(item, None) == f"/v1/documents/{item.document_id}?version=1"

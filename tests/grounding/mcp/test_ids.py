from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.mcp.errors import InvalidInput
from grounding.mcp.ids import DocumentName, SeriesName, read

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("abc", DocumentName("abc", None)),
        (" abc@3 ", DocumentName("abc", 3)),
        ("abc@3#0", DocumentName("abc", 3)),
        ("a@b", DocumentName("a@b", None)),
        ("series:push/gold", SeriesName("push", "gold")),
    ],
)
def test_ids_are_read(text: str, name: DocumentName | SeriesName) -> None:
    assert read(text) == name


@given(NAMES, NAMES, TIMES, TIMES)
def test_a_series_is_found_again_by_its_name(
    source: str, key: str, as_of: datetime | None, known_at: datetime | None
) -> None:
    name = SeriesName(source, key, as_of, known_at)

    assert read(str(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "  ", "series:", "series:push", "series:/gold", "series:push/gold?as_of=soon",
     "series:push/gold?as_of=2024-01-05T00:00:00"],
)  # fmt: skip
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected an id that `search` answered with"):
        read(text)

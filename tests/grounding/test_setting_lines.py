import pytest

from grounding.setting_lines import line_of

TEXT = """\
# a comment with port = 1
top = 1
server.host = "x"
[server]
port = 8080  # trailing
"quoted key" = 1
[ index ]
directory = "x"

[[sources]]
name = "a"
[[sources.values]]
column = "1"
[[sources.values]]
column = "2"
[sources.headers]
Authorization = "x"

[[ sources ]]
name = "b"
[[sources.values]]
column = "3"
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("top",), 2),
        (("server", "host"), 3),
        (("server", "port"), 5),
        (("server", "quoted key"), 6),
        (("server",), 4),
        (("index", "directory"), 8),
        (("sources", 0), 10),
        (("sources", 0, "name"), 11),
        (("sources", 0, "values", 0, "column"), 13),
        (("sources", 0, "values", "1", "column"), 15),
        (("sources", 0, "headers", "Authorization"), 17),
        (("sources", 1, "name"), 20),
        (("sources", 1, "values", 0, "column"), 22),
    ],
)
def test_setting_is_found_on_its_line(location: tuple[int | str, ...], line: int) -> None:
    assert line_of(TEXT, location) == line


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("server", "missing"), 4),
        (("sources", 1, "kind"), 19),
        (("sources", 0, "values", 1, "title"), 14),
    ],
)
def test_missing_setting_is_placed_at_its_table(location: tuple[int | str, ...], line: int) -> None:
    assert line_of(TEXT, location) == line


@pytest.mark.parametrize("location", [(), ("nowhere",), ("sources", 2, "name"), ("sources",)])
def test_what_is_not_there_has_no_line(location: tuple[int | str, ...]) -> None:
    assert line_of(TEXT, location) is None

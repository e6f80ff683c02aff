"""Tests of `benchmarks/quality/curve.py`."""

import xml.etree.ElementTree as ET

from benchmarks.quality.curve import svg


def test_a_picture_has_a_line_and_a_name_for_each_curve() -> None:
    drawn = svg(
        {"a < b": [(0.0, 1.0), (1.0, 0.0)], "other": [(0.0, 0.0), (1.0, 1.0)]},
        across="x",
        up="y & z",
        title="Two & lines",
    )

    picture = ET.fromstring(drawn)
    texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    lines = [each.get("d", "") for each in picture.iter("{http://www.w3.org/2000/svg}path")]
    assert {"a < b", "other", "x", "y & z"} <= set(texts)
    assert "M60.0 20.0L420.0 380.0" in lines
    assert "M60.0 380.0L420.0 20.0" in lines

import os
import xml.etree.ElementTree as ET

import pytest

from benchmarks.speed.bound import bound_seconds, stated_bandwidth
from benchmarks.speed.machine import Watch
from benchmarks.speed.picture import Axis, svg
from benchmarks.speed.questions import Questions

CURVES = {"one": [(1.0, 3.0), (100.0, 30.0)], "other & more": [(2.0, 5.0), (50.0, 4.0)]}


@pytest.mark.parametrize("is_logarithmic", [True, False])
def test_a_picture_shows_every_curve_inside_its_axes(is_logarithmic: bool) -> None:
    axis = Axis("rows", is_logarithmic)

    picture = ET.fromstring(svg(CURVES, across=axis, up=axis, title="Growth"))

    space = "{http://www.w3.org/2000/svg}"
    lines = [each.attrib["d"] for each in picture.iter(f"{space}path") if "L" in each.attrib["d"]]
    assert len(lines) == len(CURVES)
    for line in lines:
        places = [tuple(map(float, place.split())) for place in line[1:].split("L")]
        assert all(64 <= x <= 544 and 20 <= y <= 320 for x, y in places)
    texts = [each.text for each in picture.iter(f"{space}text")]
    assert "other & more" in texts
    assert texts.count("rows") == 2


def test_ticks_are_round_numbers_on_either_axis() -> None:
    picture = svg(CURVES, across=Axis("x", is_logarithmic=True), up=Axis("y"), title="t")

    ticks = [each.text for each in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert {"1", "2", "5", "10", "100"} <= set(ticks)
    assert {"0", "10", "20", "30"} <= set(ticks)


def test_a_pass_over_ten_million_rows_takes_its_bytes_by_the_bandwidth() -> None:
    assert bound_seconds(10_000_000, 384, 4.3) == pytest.approx(0.001786, rel=1e-3)
    assert stated_bandwidth("NVIDIA H200") == 4.8
    assert stated_bandwidth("some other card") is None


def test_the_machine_is_told_with_cores_and_load() -> None:
    told = Watch(os.getpid()).told()

    assert told.startswith(f"{os.cpu_count()} cores, load ")
    assert "taken by other processes" in told


def test_no_question_is_asked_twice_even_when_real_ones_run_out() -> None:
    real = [f"Does {number} cause what follows {number}?" for number in range(10)]

    asked = Questions(real, seed=1).take(60)

    assert set(asked[:10]) == set(real)
    assert len(set(asked)) == 60
    assert asked == Questions(real, seed=1).take(60)

"""The geometry of control charts, and how they are made small enough to draw."""

from __future__ import annotations

import datetime

from aims.core.control_charts import (
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    ControlChart,
    Limit,
    drawn_places,
    place_chart,
)
from aims.core.templatetags.control_charts import control_chart

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def a_chart(*values: float, marked=None, limits=()) -> ControlChart:
    count = len(values)
    return ControlChart(
        title="Readings",
        moments=[START + place * HOUR for place in range(count)],
        values=values,
        center=2.0,
        lower=[1.0] * count,
        upper=[3.0] * count,
        marked=marked or {},
        limits=limits,
    )


def test_points_stand_along_time_and_by_height():
    placed = place_chart(a_chart(1.0, 2.0, 3.0))

    assert [x for x, _ in placed.line] == [LEFT, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT]
    low, middle, high = (y for _, y in placed.line)
    assert low > middle == placed.center > high
    assert len(placed.lower) == len(placed.upper) == 2
    assert not placed.is_thinned


def test_a_gap_in_time_is_a_gap_in_the_picture():
    chart = a_chart(1.0, 2.0, 3.0)
    late = ControlChart(**{**chart.__dict__, "moments": [START, START + HOUR, START + 10 * HOUR]})

    first, second, third = (x for x, _ in place_chart(late).line)
    assert third - second > 8 * (second - first)


def test_one_reading_and_equal_readings_are_drawn_inside_the_picture():
    for chart in (a_chart(2.0), a_chart(2.0, 2.0), a_chart(0.0)):
        for x, y in place_chart(chart).line:
            assert LEFT <= x <= WIDTH - RIGHT and 0 < y < HEIGHT


def test_many_points_keep_the_ends_the_extremes_and_what_is_marked():
    values = [2.0 + (place % 5) / 10 for place in range(10_000)]
    values[4_321], values[7_777] = 9.0, -9.0
    marked = {4_321: ["Beyond the limits"], 7_777: ["Beyond the limits"], 5: ["Nine on one side"]}
    places = drawn_places(values, marked)

    assert {0, 9_999, 4_321, 7_777, 5} <= set(places)
    assert len(places) <= 3 * 300 + 2
    assert place_chart(a_chart(*values, marked=marked)).is_thinned


def test_the_picture_says_in_words_what_it_shows():
    svg = control_chart(
        a_chart(1.0, 4.0, marked={1: ["Beyond the <limits>"]}, limits=[Limit("Critical above", 3.5, "bad")])
    )

    assert "Readings: 2 readings, the last 4, centre 2, control limits 1 to 3, 1 marked" in svg
    assert "Critical above 3.5" in svg and "Beyond the &lt;limits&gt;" in svg
    assert "style=" not in svg and "<script" not in svg

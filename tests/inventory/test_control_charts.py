"""Control charts against numbers of textbooks, and each run rule at its edge."""

from __future__ import annotations

import pytest

from inventory.rules import control_charts as charts

#: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rates of ten batches.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
#: The same, 6.3.3.2: shares of defective chips on thirty wafers, 50 sampled of each.
WAFERS = [
    *(0.24, 0.30, 0.16, 0.20, 0.08, 0.14, 0.32, 0.18, 0.28, 0.20),
    *(0.10, 0.12, 0.34, 0.24, 0.44, 0.16, 0.20, 0.10, 0.26, 0.22),
    *(0.40, 0.36, 0.48, 0.30, 0.18, 0.24, 0.14, 0.26, 0.18, 0.12),
]


def test_individuals_have_the_limits_of_the_handbook():
    chart = charts.individuals(FLOW)

    assert chart.center == pytest.approx(50.81)
    assert chart.upper[0] == pytest.approx(55.8041, abs=1e-4)
    assert chart.lower[-1] == pytest.approx(45.8159, abs=1e-4)
    assert charts.signals(chart.scores) == {}


def test_the_moving_range_has_the_limits_of_the_handbook():
    chart = charts.moving_range(FLOW)

    assert chart.center == pytest.approx(1.8778, abs=1e-4)
    assert chart.upper[0] == pytest.approx(6.1347, abs=1e-3)
    assert (chart.lower[0], len(chart.values)) == (0.0, 9)


def test_shares_have_the_limits_of_the_handbook():
    chart = charts.shares(WAFERS, [50] * 30)

    assert chart.center == pytest.approx(0.2313, abs=1e-4)
    assert chart.upper[0] == pytest.approx(0.4102, abs=1e-4)
    assert chart.lower[0] == pytest.approx(0.0524, abs=1e-4)
    assert charts.beyond_limits(chart.scores) == [14, 22]


def test_a_larger_sample_has_closer_limits_and_counts_for_more():
    chart = charts.shares([0.1, 0.4], [900, 100])

    assert chart.center == pytest.approx(0.13)
    assert chart.upper[0] < chart.upper[1]


def test_values_that_never_change_are_no_signal_and_one_that_does_is():
    assert charts.signals(charts.individuals([5.0, 5.0, 5.0]).scores) == {}
    assert charts.signals(charts.individuals([5.0]).scores) == {}
    assert charts.beyond_limits(charts.shares([0.0, 0.0], [10, 10]).scores) == []


CASES = [
    (charts.beyond_limits, [0, 3.01], [1]),
    (charts.beyond_limits, [0, 3.0], []),
    (charts.nine_on_one_side, [0.1] * 9, [8]),
    (charts.nine_on_one_side, [0.1] * 10, [8, 9]),
    (charts.nine_on_one_side, [0.1] * 8 + [-0.1], []),
    (charts.nine_on_one_side, [0.1] * 8 + [0.0] + [0.1] * 8, []),
    (charts.six_rising_or_falling, [1, 2, 3, 4, 5, 6], [5]),
    (charts.six_rising_or_falling, [6, 5, 4, 3, 2, 1], [5]),
    (charts.six_rising_or_falling, [1, 2, 3, 4, 5], []),
    (charts.six_rising_or_falling, [1, 2, 3, 3, 4, 5, 6], []),
    (charts.fourteen_alternating, [0, 1] * 7, [13]),
    (charts.fourteen_alternating, ([0, 1] * 7)[:13], []),
    (charts.two_of_three_far_out, [2.1, 0, 2.1], [2]),
    (charts.two_of_three_far_out, [2.1, 0, -2.1], []),
    (charts.two_of_three_far_out, [2.1, 0, 0, 2.1], []),
    (charts.two_of_three_far_out, [2.1, 2.1, 0], [1]),
    (charts.four_of_five_out, [-1.1, -1.1, 0, -1.1, -1.1], [4]),
    (charts.four_of_five_out, [1.1, 1.1, 1.1, 0, 0], []),
]


@pytest.mark.parametrize(("rule", "scores", "places"), CASES)
def test_each_run_rule_marks_the_point_that_completes_the_run(rule, scores, places):
    assert rule(scores) == places


def test_a_point_names_every_rule_it_meets():
    assert charts.signals([2.5, 3.5]) == {1: ["Beyond the limits", "Two of three far out"]}


def test_ranges_are_judged_by_their_limit_only():
    chart = charts.moving_range([1.0] * 20 + [9.0] + [1.0] * 20)

    assert set(charts.signals(chart.scores)) == {19, 20}

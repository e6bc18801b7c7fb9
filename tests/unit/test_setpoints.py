import math

import numpy as np
import pytest
from worlds import TICK_S, seen

from twin.components.storage import Battery
from twin.control.setpoints import Swings, Wanted, answer_w, best, candidates
from twin.facts import SetPoint

LINEAR = Battery((0.0, 100.0), (1.0, 1.0), (10.0, 10.0)).linear(TICK_S)
PRICES = (0.3, 0.1)


def wanted(power_w, grid_w=0.0, marginal_value=0.2, limits_w=(-10.0, 10.0)):
    return Wanted(power_w, grid_w, *limits_w, LINEAR, marginal_value)


def swinging(mean_w, by_w=2.0):
    """A net load that is above its mean in one half of the tick and below it in the other."""
    return np.array([[mean_w - by_w, mean_w - by_w, mean_w + by_w, mean_w + by_w]])


@pytest.mark.parametrize("power_w", [3.0, -3.0], ids=["discharging", "charging"])
def test_a_plan_to_balance_the_load_follows_it(power_w):
    set_point, left_w = best(wanted(power_w), swinging(power_w), PRICES, TICK_S)
    assert np.abs(left_w).max() == 0.0
    assert set_point.low_w < power_w < set_point.high_w


def test_a_plan_to_keep_energy_for_a_dearer_hour_keeps_it():
    set_point, _ = best(wanted(0.0, 3.0, marginal_value=0.5), swinging(3.0), PRICES, TICK_S)
    assert (set_point.low_w, set_point.high_w) == (0.0, 0.0)


def test_surplus_that_comes_while_energy_is_kept_is_stored():
    set_point, _ = best(wanted(0.0, 1.0, marginal_value=0.35), swinging(1.0), PRICES, TICK_S)
    assert (set_point.low_w, set_point.high_w) == (-math.inf, 0.0)


def test_energy_worth_as_much_later_as_now_is_used_as_planned():
    planned = wanted(3.0, marginal_value=0.3)
    _, left_w = best(planned, swinging(3.0, 0.5), PRICES, TICK_S)
    assert np.abs(left_w).max() == 0.0


def test_cheap_energy_is_bought_at_the_planned_power():
    set_point, _ = best(wanted(-4.0, 7.0, marginal_value=0.5), swinging(3.0), PRICES, TICK_S)
    assert (set_point.low_w, set_point.high_w) == (-4.0, -4.0)


def test_no_more_is_given_than_can_be_held_for_the_tick():
    power_w = answer_w(SetPoint(-math.inf, math.inf), wanted(1.0, limits_w=(-10.0, 1.0)), np.full((1, 4), 4.0), TICK_S)
    assert power_w.tolist() == [[4.0, 0.0, 0.0, 0.0]]


def test_to_hold_is_one_of_the_ways():
    assert SetPoint(2.0, 2.0) in set(candidates(wanted(2.0)))


def test_swings_are_those_of_the_last_ticks_around_what_is_expected():
    swings = Swings(96)
    assert swings.around(5.0).tolist() == [[5.0]]
    swings.see(seen(1, exact=False, net_steps_w=(4.0, 8.0)))
    assert swings.around(2.0).tolist() == [[1.0, 5.0]]
    again = Swings(96)
    again.restore(swings.state())
    assert again.around(2.0).tolist() == [[1.0, 5.0]]

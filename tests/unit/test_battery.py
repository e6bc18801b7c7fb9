import math

import pytest
from msgspec.structs import astuple
from worlds import TICK_S, lived

from twin.components.storage import Battery, Storage
from twin.facts import Limits

PLAIN = Battery((10.0, 100.0), (0.9, 0.8), (20.0, 30.0))
LEAKY = Battery((10.0, 100.0), (1.0, 1.0), (math.inf, math.inf), 0.01)


@pytest.mark.parametrize(
    ("power_w", "after_j", "loss_j"), [(0.0, 50.0, 0.0), (-4.0, 50.0 + 18.0, 2.0), (4.0, 50.0 - 25.0, 5.0)]
)
def test_each_way_pays_its_efficiency(power_w, after_j, loss_j):
    assert astuple(PLAIN.advance(50.0, power_w, 5.0)) == pytest.approx((after_j, loss_j))


@pytest.mark.parametrize(
    ("stored_j", "charge_w", "discharge_w"),
    [
        (10.0, 90.0 / 5 / 0.9, 0.0),
        (100.0, 0.0, 90.0 / 5 * 0.8),
        (95.0, 5.0 / 5 / 0.9, 85.0 / 5 * 0.8),
        (5.0, 95.0 / 5 / 0.9, 0.0),
        (120.0, 0.0, 110.0 / 5 * 0.8),
    ],
    ids=["floor", "full", "nearly full", "below the band", "above the band"],
)
def test_limits_are_what_the_band_has_room_for_in_a_tick(stored_j, charge_w, discharge_w):
    limits = Battery((10.0, 100.0), (0.9, 0.8), (math.inf, math.inf)).limits(stored_j, 5.0)
    assert astuple(limits) == pytest.approx((-charge_w, discharge_w, 0.0))


def test_no_limit_is_above_the_converters_power():
    assert Battery((0.0, 1e6), (0.9, 0.8), (20.0, 30.0)).limits(5e5, 5.0) == Limits(-20.0, 30.0)


def test_self_discharge_comes_to_rest_at_the_bands_floor():
    assert LEAKY.advance(100.0, 0.0, 100.0).stored_j == pytest.approx(10.0 + 90.0 * math.exp(-1.0))
    assert LEAKY.advance(100.0, 0.0, 1e6).stored_j == pytest.approx(10.0)


def test_below_its_floor_nothing_leaks():
    assert astuple(LEAKY.advance(5.0, 0.0, 100.0)) == (5.0, 0.0)


def test_charging_through_the_floor_leaks_from_there_on():
    at_floor_s = 5.0 / 2.0
    above_j = 2.0 * -math.expm1(-0.01 * (100.0 - at_floor_s)) / 0.01
    assert LEAKY.advance(5.0, -2.0, 100.0).stored_j == pytest.approx(10.0 + above_j)


def test_its_linear_account_names_its_terms():
    linear = PLAIN.linear(5.0)
    assert (linear.retention, linear.charge_gain, linear.discharge_drain, linear.standing_j) == (1.0, 0.9, 1.25, 0.0)
    assert (linear.max_charge_j, linear.max_discharge_j) == pytest.approx((100.0, 72.0))


def test_a_storage_clips_to_its_limits_and_says_what_it_did():
    reading = lived(Storage("storage", PLAIN, TICK_S, 95.0), -50.0)
    assert reading.stored_j == pytest.approx(100.0)
    assert (reading.energy_j, reading.loss_j) == pytest.approx((-5.0 / 0.9, 5.0 / 0.9 - 5.0))


def test_a_storage_goes_on_where_another_stood():
    first, second = Storage("storage", PLAIN, TICK_S, 50.0), Storage("storage", PLAIN, TICK_S, 0.0)
    lived(first, -4.0)
    second.restore(first.state())
    assert second.read(0).stored_j == pytest.approx(68.0)

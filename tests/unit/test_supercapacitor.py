import math

import pytest
from msgspec.structs import astuple

from twin.components.storage import Supercapacitor
from twin.components.storage.supercapacitor import current_a, stored_energy_j
from twin.facts import Limits

LAB = Supercapacitor(0.5, (1.0, 14.0), 1.4, (0.1, 1e5))


def test_energy_is_half_of_capacitance_times_voltage_squared():
    assert stored_energy_j(0.5, 14.0) == 49.0


@pytest.mark.parametrize("power_w", [-20.0, -1.0, 0.0, 1.0, 20.0])
def test_the_current_gives_the_power_at_the_terminals(power_w):
    inside_a = current_a(power_w, 10.0, 1.0)
    assert (10.0 - 1.0 * inside_a) * inside_a == pytest.approx(power_w)


def test_an_idle_capacitor_loses_voltage_with_its_time_constant():
    left_j, lost_j = astuple(LAB.advance(49.0, 0.0, 600.0))
    assert left_j == pytest.approx(stored_energy_j(0.5, 14.0 * math.exp(-600.0 / (0.5 * 1e5))))
    assert lost_j == pytest.approx(49.0 - left_j)


def test_without_resistances_all_energy_arrives():
    assert astuple(Supercapacitor(0.5, (0.0, 14.0), 1.4).advance(0.0, -1.0, 5.0)) == pytest.approx((5.0, 0.0))


@pytest.mark.parametrize("stored_j", [0.0, 1e-9, 1e-3])
def test_an_empty_capacitor_charges_as_its_voltage_equation_says(stored_j):
    after_j = Supercapacitor(0.5, (0.0, 14.0), 1.4, (0.2, math.inf)).advance(stored_j, -1.0, 5.0).stored_j
    assert after_j == pytest.approx(charged_j(stored_j, 1.0, 5.0), rel=1e-4)


def charged_j(stored_j, power_w, length_s, steps=100_000):
    """Energy in 0.5 F behind 0.2 ohm after charging: C·dV/dt = I with P = V·I + I²·R, in small steps of V."""
    voltage_v = math.sqrt(2.0 * stored_j / 0.5)
    for _ in range(steps):
        current_a = (math.sqrt(voltage_v**2 + 4.0 * 0.2 * power_w) - voltage_v) / (2.0 * 0.2)
        voltage_v += current_a / 0.5 * length_s / steps
    return stored_energy_j(0.5, voltage_v)


def test_charging_weaker_than_its_leakage_ends_where_both_are_equal():
    leaky = Supercapacitor(0.1, (0.0, 14.0), 1.0, (0.2, 1e3))
    rest_v = math.sqrt(0.01 * 1e3 * (1.0 - 0.2 / 1e3))  # I = V/R_leak where the terminals take 0.01 W
    assert leaky.advance(9.0, -0.01, 36_000.0).stored_j == pytest.approx(stored_energy_j(0.1, rest_v), rel=1e-6)


def test_a_power_that_its_resistance_leaves_no_way_to_give_is_still_booked():
    assert astuple(Supercapacitor(0.5, (0.0, 14.0), 1.4, (1.0, math.inf)).advance(0.5, 1.0, 5.0)) == (-4.5, 0.0)


def test_a_band_that_begins_at_nothing_can_be_emptied():
    assert Supercapacitor(0.5, (0.0, 14.0), 1.4, (0.2, math.inf)).limits(1.0, 5.0).max_w > 0.1


@pytest.mark.parametrize(
    ("stored_j", "charges", "discharges"), [(0.25, True, False), (20.0, True, True), (49.0, False, True)]
)
def test_it_takes_and_gives_only_what_its_band_allows(stored_j, charges, discharges):
    low_w, high_w, _ = astuple(LAB.limits(stored_j, 5.0))
    assert (low_w < 0.0, high_w > 0.0) == (charges, discharges)


def test_no_limit_is_above_the_converters_power():
    assert LAB.limits(25.0, 5.0) == Limits(-1.4, 1.4)


def test_its_linear_account_is_near_at_half_power_and_half_energy():
    linear, half_j = LAB.linear(5.0), 0.5 * (LAB.min_j + LAB.max_j)
    after_j = LAB.advance(half_j, -0.7, 5.0).stored_j
    assert not linear.exact
    assert after_j == pytest.approx(linear.retention * half_j + linear.charge_gain * 3.5, rel=1e-3)


def test_a_capacitor_that_hardly_feels_a_tick_is_solved_as_far_as_its_digits_go():
    after = Supercapacitor(1e6, (1.0, 14.0), 1.4, (0.1, 1e5)).advance(500016.0982992311, -0.465489778743709, 5.0)
    assert after.stored_j == pytest.approx(500018.4, rel=1e-6)
    assert 0.0 <= after.loss_j < 0.5

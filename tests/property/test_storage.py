"""Laws that every kind of storage keeps, whatever its parameters."""

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import astuple
from worlds import LAWS

from twin.components.storage import Battery, Flywheel, Supercapacitor

SHARES = st.floats(0.0, 1.0)
RATES = st.just(0.0) | st.floats(1e-9, 1e-3)
LENGTHS_S = st.sampled_from([5.0, 60.0, 3600.0])
HOUR_S = 3600.0


@st.composite
def batteries(draw):
    low_j, band_j = draw(st.floats(0.0, 1e3)), draw(st.floats(1.0, 1e4))
    efficiencies = draw(st.tuples(st.floats(0.5, 1.0), st.floats(0.5, 1.0)))
    limits_w = draw(st.tuples(st.floats(0.1, 100.0), st.floats(0.1, 100.0)) | st.just((math.inf, math.inf)))
    return Battery((low_j, low_j + band_j), efficiencies, limits_w, draw(RATES))


@st.composite
def flywheels(draw):
    low, high = draw(st.floats(0.0, 50.0)), draw(st.floats(60.0, 500.0))
    return Flywheel(draw(st.floats(1e-3, 1.0)), (low, high), draw(st.floats(0.1, 100.0)), draw(RATES))


@st.composite
def supercapacitors(draw):
    low_v, high_v = draw(st.floats(0.0, 5.0)), draw(st.floats(6.0, 20.0))
    ohms = draw(st.tuples(st.just(0.0) | st.floats(0.01, 0.5), st.just(math.inf) | st.floats(1e3, 1e6)))
    return Supercapacitor(draw(st.floats(0.1, 10.0)), (low_v, high_v), draw(st.floats(0.1, 5.0)), ohms)


STORAGES = batteries() | flywheels() | supercapacitors()


def stored_at(physics, share):
    return physics.min_j + share * (physics.max_j - physics.min_j)


def held(physics, stored_j, power_w, *, ticks, length_s):
    for _ in range(ticks):
        stored_j = physics.advance(stored_j, power_w, length_s).stored_j
    return stored_j


def tick_length_error(physics, start, place):
    """How far 5 s and 1 min ticks end from a 1 h tick, under a power that the band can take; a part of the capacity."""
    stored_j = stored_at(physics, start)
    limits = physics.limits(stored_j, HOUR_S)
    power_w = limits.min_w + place * (limits.max_w - limits.min_w)
    coarse_j = held(physics, stored_j, power_w, ticks=1, length_s=HOUR_S)
    fine_j = [held(physics, stored_j, power_w, ticks=n, length_s=HOUR_S / n) for n in (720, 60)]
    return max(abs(coarse_j - j) for j in fine_j) / physics.max_j


@LAWS
@given(STORAGES, SHARES, SHARES)
@example(Supercapacitor(0.5, (0.0, 14.0), 1.4, (0.2, math.inf)), 1e-9, 0.8)
@example(Supercapacitor(0.5, (0.0, 14.0), 1.4, (0.2, math.inf)), 0.0, 0.0)
@example(Supercapacitor(0.1, (0.0, 14.0), 1.0, (0.2, 1e3)), 0.9, 0.999)
def test_an_hour_leaves_the_same_energy_however_it_is_cut(physics, start, place):
    assert tick_length_error(physics, start, place) <= 1e-9


@LAWS
@given(STORAGES, SHARES, LENGTHS_S)
def test_holding_either_limit_for_a_tick_stays_in_the_band(physics, start, length_s):
    stored_j, rounding_j = stored_at(physics, start), 1e-9 * physics.max_j
    idle_j = physics.advance(stored_j, 0.0, length_s).stored_j
    for power_w in astuple(physics.limits(stored_j, length_s))[:2]:
        after_j = physics.advance(stored_j, power_w, length_s).stored_j
        # What leaks away of itself no limit can hold.
        assert min(physics.min_j, idle_j) - rounding_j <= after_j <= physics.max_j + rounding_j


@LAWS
@given(STORAGES, st.floats(-1.0, 1.0), LENGTHS_S)
@example(Battery((5e3, 1e4), (0.9, 0.9), (math.inf, math.inf), 0.5 / HOUR_S), -0.9, HOUR_S)
@example(Battery((5e3, 1e4), (1.0, 1.0), (math.inf, math.inf), 0.05 / HOUR_S), -1.0, HOUR_S)
def test_no_tick_charges_beyond_the_capacity_wherever_it_starts(physics, start, length_s):
    stored_j = max(stored_at(physics, start), 0.0)
    after_j = physics.advance(stored_j, physics.limits(stored_j, length_s).min_w, length_s).stored_j
    assert after_j <= physics.max_j * (1.0 + 1e-9)


@LAWS
@given(STORAGES, st.floats(-0.5, 1.5), LENGTHS_S)
def test_limits_always_allow_to_rest(physics, start, length_s):
    low_w, high_w, _ = astuple(physics.limits(max(stored_at(physics, start), 0.0), length_s))
    assert low_w <= 0.0 <= high_w


@LAWS
@given(STORAGES, SHARES, SHARES, LENGTHS_S)
def test_what_leaves_the_store_is_at_the_bus_or_lost(physics, start, place, length_s):
    stored_j = stored_at(physics, start)
    low_w, high_w, _ = astuple(physics.limits(stored_j, length_s))
    power_w = low_w + place * (high_w - low_w)
    after_j, loss_j = astuple(physics.advance(stored_j, power_w, length_s))
    assert after_j == pytest.approx(stored_j - power_w * length_s - loss_j, abs=1e-9 * physics.max_j)
    assert loss_j >= 0.0


@LAWS
@given(batteries() | flywheels(), SHARES, SHARES, LENGTHS_S)
def test_the_linear_account_of_a_linear_storage_is_exact(physics, start, place, length_s):
    stored_j, linear = stored_at(physics, start), physics.linear(length_s)
    low_w, high_w, _ = astuple(physics.limits(stored_j, length_s))
    power_w = low_w + place * (high_w - low_w)
    charged_j, discharged_j = max(-power_w, 0.0) * length_s, max(power_w, 0.0) * length_s
    told_j = linear.retention * stored_j + linear.charge_gain * charged_j - linear.discharge_drain * discharged_j
    assume(linear.exact)
    after_j = physics.advance(stored_j, power_w, length_s).stored_j
    assert after_j == pytest.approx(told_j - linear.standing_j, abs=1e-9 * physics.max_j)


@LAWS
@given(STORAGES, SHARES, LENGTHS_S)
def test_more_energy_never_narrows_the_discharge(physics, start, length_s):
    less, more = (physics.limits(stored_at(physics, share), length_s) for share in (start / 2, start))
    assert more.max_w >= less.max_w - 1e-9
    assert more.min_w >= less.min_w - 1e-9

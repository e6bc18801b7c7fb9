import math

import pytest
from msgspec.structs import astuple

from twin.components.storage import Flywheel
from twin.components.storage.flywheel import kinetic_energy_j

WHEEL = Flywheel(0.02, (20.0, 100.0), 10.0, 1e-4)


def test_energy_is_half_of_inertia_times_speed_squared():
    assert kinetic_energy_j(0.02, 100.0) == pytest.approx(100.0)
    assert (WHEEL.min_j, WHEEL.max_j) == pytest.approx((4.0, 100.0))


def test_drag_slows_an_idle_wheel_exponentially():
    left_j, lost_j = astuple(WHEEL.advance(100.0, 0.0, 60.0))
    speed_rad_s = 100.0 * math.exp(-1e-4 / 0.02 * 60.0)
    assert left_j == pytest.approx(kinetic_energy_j(0.02, speed_rad_s))
    assert lost_j == pytest.approx(100.0 - left_j)


def test_without_drag_nothing_is_lost():
    assert astuple(Flywheel(0.02, (20.0, 100.0), 10.0).advance(50.0, 2.0, 5.0)) == (40.0, 0.0)


@pytest.mark.parametrize(
    ("stored_j", "charge_w", "discharge_w"), [(50.0, 10.0, 9.2), (95.0, 1.0, 10.0), (4.0, 10.0, 0.0), (2.0, 10.0, 0.0)]
)
def test_limits_keep_the_speed_in_its_band(stored_j, charge_w, discharge_w):
    limits = Flywheel(0.02, (20.0, 100.0), 10.0).limits(stored_j, 5.0)
    assert astuple(limits) == pytest.approx((-charge_w, discharge_w, 0.0))


def test_steady_power_and_drag_come_to_rest_where_they_are_equal():
    rate_per_s = 2.0 * 1e-4 / 0.02
    assert WHEEL.advance(10.0, -0.5, 1e5).stored_j == pytest.approx(0.5 / rate_per_s)

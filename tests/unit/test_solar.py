import numpy as np
import pytest
from msgspec.structs import astuple
from worlds import TICK_S, World, lived

from twin.clock import Ticking
from twin.components.solar import Solar, pv_power_w

SUNNY = World(np.array([[0.3, 0.1, 1.0, 0.5]])).feed()


def array(*, curtailable=True):
    return Solar("solar", SUNNY, TICK_S, 4.6, 0.9, curtailable)


def test_power_is_the_suns_part_of_the_rated_power_after_the_converter():
    assert pv_power_w(0.5, 4.6, 0.9) == pytest.approx(2.07)
    assert pv_power_w(np.array([0.0, 1.0]), 4.6, 1.0).tolist() == [0.0, 4.6]


@pytest.mark.parametrize(("curtailable", "least_w"), [(True, 0.0), (False, 2.07)])
def test_only_what_can_be_curtailed_may_be_held_below_the_sun(curtailable, least_w):
    part, env = array(curtailable=curtailable), Ticking()
    env.process(part.process(env, 0))
    env.settle()
    assert astuple(part.limits(0)) == pytest.approx((least_w, 2.07, 2.07))


@pytest.mark.parametrize(("told_w", "given_w"), [(1.0, 1.0), (9.0, 2.07), (-1.0, 0.0)])
def test_it_gives_what_it_is_told_within_its_limits(told_w, given_w):
    assert lived(array(), told_w).energy_j == pytest.approx(given_w * TICK_S)


def test_without_curtailment_it_gives_what_the_sun_gives():
    assert lived(array(curtailable=False), 0.0).energy_j == pytest.approx(2.07 * TICK_S)

import math

import numpy as np
import pytest
from worlds import TICK_S, World, lived

from twin.clock import Ticking
from twin.components.load import Load, servable_w
from twin.facts import Limits

FEED = World(np.array([[0.3, 0.1, 3.0, 0.0]])).feed()


@pytest.mark.parametrize(
    ("shares", "rated_w", "served_w"),
    [
        ((1.0,), (math.inf,), [0.0, 3.0, 9.0]),
        ((0.5, 0.5), (1.0, 2.0), [0.0, 2.5, 3.0]),
        ((1.0,), (0.0,), [0.0, 0.0, 0.0]),
    ],
)
def test_loads_take_their_share_up_to_their_rated_power(shares, rated_w, served_w):
    assert servable_w(np.array([0.0, 3.0, 9.0]), shares, rated_w).tolist() == served_w


def test_a_load_wants_its_share_of_the_demand_even_beyond_its_rated_power():
    load, env = Load("lamp", [(FEED, 0.5)], TICK_S, 1.0), Ticking()
    env.process(load.process(env, 0))
    env.settle()
    assert load.limits(0) == Limits(-1.0, 0.0, -1.5)


@pytest.mark.parametrize(("told_w", "taken_w"), [(-0.5, -0.5), (-9.0, -1.0), (1.0, 0.0)])
def test_a_load_takes_what_it_is_told_within_its_limits(told_w, taken_w):
    assert lived(Load("lamp", [(FEED, 1.0)], TICK_S, 1.0), told_w).energy_j == taken_w * TICK_S


def test_a_reading_may_be_asked_for_twice():
    load = Load("lamp", [(FEED, 1.0)], TICK_S, 1.0)
    assert lived(load, -1.0) == load.read(0)

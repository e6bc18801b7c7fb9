import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.facts import Calendar
from twin.feeds.lab import Lab
from twin.feeds.steps import Steps
from twin.feeds.twister import first_gauss

SEEDS = st.integers(-(2**40), 2**62)


@settings(deadline=None)
@given(st.lists(SEEDS, min_size=1, max_size=8))
def test_the_twister_is_pythons_own_bit_for_bit(seeds):
    assert first_gauss(np.array(seeds)).tolist() == [random.Random(seed).gauss() for seed in seeds]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**8), st.integers(-200, 200), st.integers(0, 130), st.integers(0, 130))
def test_lab_series_may_be_cut_anywhere(day, start, first, second):
    lab, middle = Lab(Calendar(5.0, 60, day)), start + first
    for series in (lab.sun, lab.demand_w, lab.import_price, lab.export_price):
        parts = np.concatenate([series(start, middle), series(middle, middle + second)])
        assert np.array_equal(parts, series(start, middle + second))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**8), st.integers(0, 59))
def test_the_grid_buys_below_what_it_sells_at(day, tick):
    lab = Lab(Calendar(5.0, 60, day))
    assert 0 < lab.export_price(tick, tick + 1)[0] < lab.import_price(tick, tick + 1)[0]


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)
LENGTHS = st.sampled_from([1.0, 5.0, 7.0, 60.0, 450.0, 900.0, 3600.0])


@settings(deadline=None)
@given(VALUES, LENGTHS, LENGTHS, st.integers(-3, 3))
def test_resampling_keeps_the_energy_of_every_whole_tick(values, step_s, tick_s, shift):
    series = Steps(shift * 11 * 10**6, round(step_s * 1e6), np.array(values)).series(Calendar(tick_s, 24, 0))
    for tick in range(-10, 10):
        start, stop = Fraction(tick * tick_s), Fraction((tick + 1) * tick_s)
        bounds = [Fraction(shift * 11.0) + Fraction(step_s) * i for i in range(len(values) + 1)]
        pieces = [(max(start, a), min(stop, b)) for a, b in pairwise(bounds)]
        covered = bounds[0] <= start and stop <= bounds[-1]
        energy = sum(Fraction(v) * max(b - a, 0) for v, (a, b) in zip(values, pieces, strict=True))
        (mean,) = series(tick, tick + 1).tolist()
        assert abs(mean * tick_s - float(energy)) <= 1e-6 if covered else np.isnan(mean)


@given(VALUES, st.sampled_from([1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 720]), st.integers(0, 39))
def test_ticks_inside_a_step_get_its_very_value(values, parts, index):
    i = index % len(values)
    series = Steps(0, 3600 * 10**6, np.array(values)).series(Calendar(3600.0 / parts, 24 * parts, 0))
    assert series(i * parts, (i + 1) * parts).tolist() == [values[i]] * parts


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40), LENGTHS, LENGTHS)
def test_resampling_never_makes_darkness_negative(values, step_s, tick_s):
    means = Steps(0, round(step_s * 1e6), np.array(values)).series(Calendar(tick_s, 24, 0))(0, 20)
    assert np.nanmin(np.append(means, 0.0)) == 0.0

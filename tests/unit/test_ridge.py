import json

import numpy as np
import pytest
from forecasting import TrueMean, Watched, cloudy, is_sound, lab, noise, spoilt, supply_curve

from twin.facts import Calendar
from twin.forecast.baseline import MeanOfDays
from twin.forecast.history import columns
from twin.forecast.inputs import Lessons
from twin.forecast.learned import Habits
from twin.forecast.ridge import SeasonalMean, fitted, ridge, values_of

SMALL = Calendar(5.0, 12, 100)
TELLING = np.array([True, False, False])
MAKERS = [lambda known: SeasonalMean("seasonal", 5, known), lambda known: ridge("ridge", Habits(5, 2, 7), known)]


@pytest.mark.parametrize("start_day", [7000, 8000, 9000])
def test_the_shrunk_mean_lies_nearer_to_the_truth_than_the_mean(start_day):
    world = lab(start_day, days=10)
    floor = world.rmse(TrueMean(), 600, 60)[:3]
    mean = world.rmse(MeanOfDays("mean20", 20, 60, world.knowledge.past), 600, 60)[:3]
    shrunk = world.rmse(SeasonalMean("seasonal", 20, world.knowledge), 600, 60)[:3]
    assert (shrunk < mean).all()
    assert (shrunk < 1.03 * floor).all()


def test_lines_learn_what_a_week_ago_tells():
    world = supply_curve(1, days=5)
    line, mean = (
        make(world.knowledge) for make in (lambda k: ridge("r", Habits(), k), lambda k: SeasonalMean("s", 20, k))
    )
    assert world.rmse(line, 120, 24)[0] < 0.8 * world.rmse(mean, 120, 24)[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_under_changing_clouds_what_the_sun_did_tells_what_it_will_do_in_the_next_hours(seed):
    world = cloudy(seed, days=10)
    line, mean = ridge("r", Habits(), world.knowledge), MeanOfDays("mean20", 20, 24, world.knowledge.past)
    assert world.rmse(line, 240, 5)[3] < 0.8 * world.rmse(mean, 240, 5)[3]


def test_ridge_finds_the_line_behind_the_samples():
    random, line = np.random.default_rng(1), np.array([0.3, 1.0, -2.0, 0.0])
    inputs = random.normal(size=(4000, 3))
    fit = fitted(Lessons(inputs, line[0] + inputs @ line[1:] + 0.1 * random.normal(size=4000)), TELLING)
    assert fit.line == pytest.approx(line, abs=0.02)
    assert values_of(fit.line[None], inputs[None])[0] == pytest.approx(fit.left_out, abs=0.1)


@pytest.mark.parametrize("samples", [0, 3, 200])
def test_where_there_is_nothing_to_learn_the_line_is_flat(samples):
    random = np.random.default_rng(1)
    fit = fitted(Lessons(random.normal(size=(samples, 3)), random.normal(size=samples)), TELLING)
    assert np.abs(fit.line).max() < 0.1
    assert fit.left_out.shape == (samples,)


@pytest.mark.parametrize("make", MAKERS, ids=["seasonal", "ridge"])
@pytest.mark.parametrize("kind", ["gaps", "constant", "zero", "outliers", "one series unknown", "nothing"])
@pytest.mark.parametrize("past_ticks", [0, 1, 40, 100])
def test_no_past_is_too_bad(make, kind, past_ticks):
    world = Watched(np.vstack([spoilt(kind, past_ticks), noise(2, 30, 0, SMALL).values]), past_ticks, SMALL)
    forecaster = make(world.knowledge)
    assert all(is_sound(forecaster.predict(world.now(number), 15), (15,)) for number in range(15))


@pytest.mark.parametrize("make", MAKERS, ids=["seasonal", "ridge"])
def test_a_resumed_forecaster_goes_on_bit_for_bit(make):
    world = noise(1, 40, 60, SMALL)
    first, second = make(world.knowledge), make(noise(9, 0, 3, SMALL).knowledge)
    for number in range(5):
        first.predict(world.now(number), 12)
    second.restore(json.loads(json.dumps(first.state())))
    for number in range(5, 20):
        said = [columns(forecaster.predict(world.now(number), 12)) for forecaster in (first, second)]
        assert np.array_equal(said[0], said[1])


def test_a_missed_tick_is_no_tragedy():
    world = noise(1, 40, 60, SMALL)
    for make in MAKERS:
        forecaster = make(world.knowledge)
        assert all(is_sound(forecaster.predict(world.now(number), 12), (12,)) for number in (0, 1, 5, 20, 21))

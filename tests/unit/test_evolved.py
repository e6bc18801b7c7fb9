import json
import logging
import time

import numpy as np
import pytest
from forecasting import HOURS, TrueMean, Watched, is_sound, lab, noise, spoilt, supply_curve

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.forecast.baseline import MeanOfDays
from twin.forecast.evolved import Evolved
from twin.forecast.history import columns
from twin.forecast.learned import Habits
from twin.forecast.memory import Knowledge
from twin.forecast.populations import Population
from twin.forecast.ridge import ridge
from twin.forecast.streams import stream
from twin.forecast.training import Training

QUICK = Training(population=8, generations=3, hidden=(2,), habits=Habits(history_days=5, retrain_ticks=7))
SMALL = Calendar(5.0, 12, 100)


def evolved(knowledge, training=QUICK, population=None, seed=1):
    return Evolved("evolved", training, knowledge, stream(seed, "evolved"), population)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_the_lab_it_comes_near_the_floor_and_as_near_as_ridge(seed):
    world = lab(start_day=5000 * seed, days=10)
    floor = world.rmse(TrueMean(), 600, 60)[:3]
    own = world.rmse(evolved(world.knowledge, Training(), seed=seed), 600, 60)
    straight = world.rmse(ridge("ridge", Habits(), world.knowledge), 600, 60)
    assert (own[:3] <= 1.03 * floor).all()
    assert (own[:3] <= 1.01 * straight[:3]).all()
    assert own[3] < 1e-9


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_the_price_bends_nets_beat_lines_and_lines_beat_means(seed):
    world, habits = supply_curve(seed, days=10), Habits(history_days=56)
    own = world.rmse(evolved(world.knowledge, Training(habits=habits), seed=seed), 240, 24)
    straight = world.rmse(ridge("ridge", habits, world.knowledge), 240, 24)
    mean = world.rmse(MeanOfDays("mean20", 20, 24, world.knowledge.past), 240, 24)
    assert own[0] < 0.97 * straight[0]
    assert straight[0] < 0.8 * mean[0]


@pytest.mark.parametrize("kind", ["gaps", "constant", "zero", "outliers", "one series unknown", "nothing"])
@pytest.mark.parametrize("past_ticks", [0, 1, 12, 40, 100])
def test_no_past_is_too_bad(kind, past_ticks):
    world = Watched(np.vstack([spoilt(kind, past_ticks), noise(2, 30, 0, SMALL).values]), past_ticks, SMALL)
    forecaster = evolved(world.knowledge)
    assert all(is_sound(forecaster.predict(world.now(number), 9), (9,)) for number in range(20))


def test_a_few_wild_values_do_not_move_the_forecast_far():
    world = noise(1, 40, 60, SMALL)
    wild = Watched(world.values.copy(), 60, SMALL)
    wild.values[17] = 1e6
    said = [columns(evolved(w.knowledge).predict(w.now(0), 12)) for w in (world, wild)]
    assert np.abs(said[0] - said[1]).max() < 1.0


def test_without_a_past_the_present_goes_on():
    world = noise(1, 5, 0, SMALL)
    said = columns(evolved(world.knowledge).predict(world.now(0), 30))
    assert said == pytest.approx(np.tile(world.values[0], (30, 1)))


@pytest.mark.parametrize("horizon", [1, 2, 12, 13, 500])
def test_any_horizon_will_do_and_its_first_tick_is_as_it_is(horizon):
    world = noise(1, 40, 60, SMALL)
    forecast = evolved(world.knowledge).predict(world.now(0), horizon)
    assert is_sound(forecast, (horizon,))
    assert columns(forecast)[0].tolist() == world.values[60].tolist()


def test_a_resumed_forecaster_goes_on_bit_for_bit():
    world = noise(1, 40, 60, SMALL)
    first, second = evolved(world.knowledge), evolved(Knowledge(SMALL, np.empty((0, 4))), seed=5)
    for number in range(11):
        first.predict(world.now(number), 12)
    second.restore(json.loads(json.dumps(first.state())))
    for number in range(11, 30):
        said = [columns(forecaster.predict(world.now(number), 12)) for forecaster in (first, second)]
        assert np.array_equal(said[0], said[1])
    assert first.state() == second.state()


def test_training_comes_again_after_so_many_ticks_and_is_reported(caplog):
    world, trained = noise(1, 40, 60, SMALL), []
    forecaster = evolved(world.knowledge)
    with caplog.at_level(logging.DEBUG, "twin.forecast"):
        for number in range(15):
            forecaster.predict(world.now(number), 12)
            trained.append(forecaster.trained[0].tick)
    assert trained == [0] * 7 + [7] * 7 + [14]
    assert "import_price, tick 7: generation 3, fitness" in caplog.text
    assert [t.series for t in forecaster.trained] == ["import_price", "export_price", "demand_w", "solar_w"]


def test_a_training_that_exceeds_its_budget_uses_its_best_and_says_so(caplog):
    world = noise(1, 40, 60, SMALL)
    forecaster = evolved(world.knowledge, Training(budget_s=0.0))
    assert is_sound(forecaster.predict(world.now(0), 12), (12,))
    assert {(t.ended, len(t.fitness)) for t in forecaster.trained} == {("budget", 1)}
    assert "training ended by budget after 1 generations" in caplog.text


def test_a_population_trained_before_is_used_and_carried_on():
    world = supply_curve(1, days=3)
    told = []
    first = evolved(world.knowledge, Training())
    first.train(lambda series, number, fitness: told.append(series))
    assert set(told) == {"import_price", "export_price", "demand_w"}
    second = evolved(world.knowledge, Training(generations=1), first.population)
    second.predict(world.now(0), 24)
    assert second.trained[0].fitness[0] > 0.98 * first.trained[0].fitness[-1] > first.trained[0].fitness[0]


def test_a_population_of_another_shape_is_refused():
    population = Population(("now",), (2,), {})
    with pytest.raises(ScenarioError, match="the scenario wants the inputs 1 days ago"):
        evolved(noise(1, 0, 60, SMALL).knowledge, population=population)


def test_what_is_published_is_used_where_it_tells_something():
    random = np.random.default_rng(1)
    price = random.uniform(0.1, 0.5, 40 * 24)
    values = np.column_stack([price, price / 2, 100.0 * price, 0.0 * price])
    world = Watched(values, 30 * 24, HOURS)
    knows = Knowledge(HOURS, values[: 30 * 24], lambda a, b: values[30 * 24 + a : 30 * 24 + b], {"import_price": 24})
    blind = world.rmse(evolved(world.knowledge, Training()), 48, 24)
    told = world.rmse(evolved(knows, Training()), 48, 24)
    assert told[2] < 0.3 * blind[2]


def test_a_tariff_need_not_be_learnt():
    world = noise(1, 40, 60, SMALL)
    knows = Knowledge(SMALL, world.knowledge.past, lambda a, b: world.values[60 + a : 60 + b], {"import_price": 12})
    forecaster = evolved(knows)
    forecaster.predict(world.now(0), 12)
    assert [t.series for t in forecaster.trained] == ["export_price", "demand_w", "solar_w"]


def test_a_forecast_takes_a_millisecond_and_a_training_less_than_a_second():
    world = lab(1000, days=1)
    forecaster, times_s = evolved(world.knowledge, Training()), []
    for number in range(50):
        started_s = time.perf_counter()
        forecaster.predict(world.now(number), 60)
        times_s.append(time.perf_counter() - started_s)
    # Ten times the promise, for a machine that is busy with other tests; the bench measures it.
    assert sorted(times_s[1:])[25] < 0.01
    assert times_s[0] < 10.0

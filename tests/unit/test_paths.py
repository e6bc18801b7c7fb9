import json

import numpy as np
import pytest
from forecasting import HOURS, Watched, is_sound, lab, noise, spoilt, supply_curve

from twin.errors import ScenarioError
from twin.facts import SERIES, Calendar
from twin.forecast.baseline import KnownAhead, MeanOfDays
from twin.forecast.history import columns
from twin.forecast.learned import Habits
from twin.forecast.memory import Knowledge
from twin.forecast.paths import Paths
from twin.forecast.ridge import SeasonalMean, ridge
from twin.forecast.skill import coverage, crps
from twin.forecast.streams import stream

SMALL = Calendar(5.0, 12, 100)
DEMAND, SOLAR = SERIES.index("demand_w"), SERIES.index("solar_w")


def mean_paths(world, seed=1, days=5):
    per_day = world.calendar.ticks_per_day
    inner = MeanOfDays(f"mean{days}", days, per_day, world.knowledge.past)
    return Paths(inner, days, world.knowledge, stream(seed, "paths"))


def sampled(paths, world, ticks, horizon, count=100):
    """Paths and what came of the ticks after each tick, `(count, horizon - 1, 4)`."""
    for number in range(ticks):
        yield columns(paths.sample(world.now(number), horizon, count))[:, 1:], world.truth(number, horizon)[1:]


@pytest.mark.parametrize("start_day", [11_000, 12_000, 13_000])
def test_in_the_lab_the_band_holds_what_it_promises_and_the_score_is_that_of_the_truth(start_day):
    world = lab(start_day, days=10)
    paths = Paths(SeasonalMean("s", 28, world.knowledge), 20, world.knowledge, stream(1, "paths"))
    pairs = list(sampled(paths, world, 600, 60))
    for series, normal_crps in ((0, 18.4e-2), (DEMAND, 0.916)):
        held = [coverage(said[..., series], came[:, series]) for said, came in pairs]
        assert 0.75 <= np.mean(held) <= 0.85
        scores = [crps(said[..., series], came[:, series]) for said, came in pairs]
        assert np.mean(scores) < 1.05 * normal_crps / np.sqrt(np.pi)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_paths_of_a_forecaster_that_knows_better_than_the_climate_become_narrow(seed):
    world = supply_curve(seed, days=10)
    paths = Paths(ridge("r", Habits(), world.knowledge), 20, world.knowledge, stream(seed, "paths"))
    pairs = list(sampled(paths, world, 240, 24))[72:]
    held = [coverage(said[..., 0], came[:, 0]) for said, came in pairs]
    assert 0.75 <= np.mean(held) <= 0.88


def test_errors_stay_joint_over_the_series_and_over_time():
    world = lab(14_000, days=1)
    errors = columns(mean_paths(world, days=20).sample(world.now(0), 60, 500))[:, 1:]
    errors = (errors - errors.mean(axis=0))[:, 14:30]
    assert np.corrcoef(errors[..., 0].ravel(), errors[..., DEMAND].ravel())[0, 1] > 0.8
    walk = Watched(np.cumsum(np.random.default_rng(1).normal(size=(24 * 41, 4)), axis=0) + 500.0, 24 * 40, HOURS)
    drift = columns(mean_paths(walk, days=20).sample(walk.now(0), 24, 500))[:, 1:, 0]
    drift = drift - drift.mean(axis=0)
    assert np.corrcoef(drift[:, :-1].ravel(), drift[:, 1:].ravel())[0, 1] > 0.7


def test_errors_grow_with_the_lead_where_the_near_is_known_better():
    random, values = np.random.default_rng(1), np.zeros(24 * 40)
    for i in range(1, len(values)):
        values[i] = 0.95 * values[i - 1] + random.normal()
    world = Watched(np.repeat(values[:, None] + 50.0, 4, axis=1), 24 * 20, HOURS)
    paths = Paths(ridge("r", Habits(), world.knowledge), 20, world.knowledge, stream(1, "paths"))
    *_, (said, _) = sampled(paths, world, 24 * 10, 24)
    spread = said[..., 0].std(axis=0)
    assert spread[0] < 0.6 * spread[-1]


def test_a_published_price_has_no_error():
    world = noise(1, 20, 60, SMALL)
    trace = lambda start, stop: world.values[60 + start : 60 + stop]  # noqa: E731
    knows = Knowledge(SMALL, world.knowledge.past, trace, {"import_price": 3})
    inner = KnownAhead(MeanOfDays("m", 5, 12, knows.past), trace, knows.ticks_ahead)
    said = columns(Paths(inner, 5, knows, stream(1, "paths")).sample(world.now(0), 8, 50))
    assert (said[:, :4, 0] == world.values[60:64, 0]).all()
    assert (said[:, 4:].std(axis=0) > 0.0).all()


def test_demand_and_solar_never_fall_below_zero_and_nights_stay_dark():
    world = noise(1, 30, 60, SMALL)
    world.values[:, SOLAR] *= np.arange(len(world.values)) % 12 >= 6
    world.values[:, DEMAND] *= 0.1
    for said, came in sampled(mean_paths(world), world, 12, 13):
        assert said[..., DEMAND:].min() >= 0.0
        assert (said[:, came[:, SOLAR] == 0.0, SOLAR] == 0.0).all()
        assert said[..., SOLAR].max() <= world.values[:, SOLAR].max()


@pytest.mark.parametrize("kind", ["gaps", "constant", "zero", "outliers", "one series unknown", "nothing"])
@pytest.mark.parametrize("past_ticks", [0, 1, 12, 40])
def test_no_past_is_too_bad(kind, past_ticks):
    world = Watched(np.vstack([spoilt(kind, past_ticks), noise(2, 45, 0, SMALL).values]), past_ticks, SMALL)
    paths = mean_paths(world)
    assert all(is_sound(paths.sample(world.now(number), 15, 7), (7, 15)) for number in range(30))


def test_where_no_error_is_known_all_paths_are_the_forecast():
    world = noise(1, 5, 0, SMALL)
    forecast = mean_paths(world).sample(world.now(0), 4, 3)
    assert (columns(forecast) == world.values[0]).all()


@pytest.mark.parametrize(("count", "horizon"), [(1, 1), (1, 60), (10_000, 20), (3, 500)])
def test_any_number_of_paths_and_ticks_will_do(count, horizon):
    world = noise(1, 5, 60, SMALL)
    assert is_sound(mean_paths(world).sample(world.now(0), horizon, count), (count, horizon))


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_path_is_refused(count):
    world = noise(1, 5, 60, SMALL)
    with pytest.raises(ScenarioError, match=f"paths: {count}; at least 1 is wanted"):
        mean_paths(world).sample(world.now(0), 4, count)


def test_asking_for_the_mean_and_for_paths_shows_the_tick_but_once():
    world = noise(1, 20, 60, SMALL)
    twice, once = mean_paths(world), mean_paths(world)
    for number in range(10):
        twice.predict(world.now(number), 12)
        said = [columns(paths.sample(world.now(number), 12, 4)) for paths in (twice, once)]
        assert np.array_equal(said[0], said[1])


def test_resumed_paths_go_on_bit_for_bit():
    world = noise(1, 60, 60, SMALL)
    first, second = mean_paths(world), mean_paths(noise(5, 60, 24, SMALL), seed=2)
    for number in range(20):
        first.sample(world.now(number), 12, 4)
    second.restore(json.loads(json.dumps(first.state())))
    for number in range(20, 40):
        said = [columns(paths.sample(world.now(number), 12, 4)) for paths in (first, second)]
        assert np.array_equal(said[0], said[1])


def test_streams_differ_by_name_and_seed_and_are_the_same_everywhere():
    draws = {(seed, name): stream(seed, name).integers(10**9) for seed in (1, 2) for name in ("paths", "evolved")}
    assert len(set(draws.values())) == 4
    assert stream(1, "paths").integers(10**9) == draws[1, "paths"]

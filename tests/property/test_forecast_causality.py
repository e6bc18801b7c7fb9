import numpy as np
from forecasting import Watched, noise
from hypothesis import given
from hypothesis import strategies as st
from worlds import LAWS

from twin.facts import Calendar
from twin.forecast.baseline import KnownAhead
from twin.forecast.evolved import Evolved
from twin.forecast.history import columns
from twin.forecast.learned import Habits
from twin.forecast.memory import Knowledge
from twin.forecast.paths import Paths
from twin.forecast.ridge import SeasonalMean, ridge
from twin.forecast.streams import stream
from twin.forecast.training import Training

DAY, PAST, HORIZON = 6, 30, 8
CALENDAR = Calendar(5.0, DAY, 100)
TRAINING = Training(population=6, generations=2, hidden=(2,), habits=Habits(6, 2, 4))
MAKERS = {
    "seasonal": lambda known: SeasonalMean("s", 6, known),
    "ridge": lambda known: ridge("r", TRAINING.habits, known),
    "evolved": lambda known: Evolved("e", TRAINING, known, stream(1, "evolved")),
}


def told(world, make, ahead, ticks):
    """All that is said at each tick, the price of some ticks ahead being published: means and paths."""

    def trace(start, stop):
        return world.values[PAST + start : PAST + stop]

    known = Knowledge(CALENDAR, world.values[:PAST], trace, {"import_price": ahead})
    inner = KnownAhead(make(known), trace, known.ticks_ahead)
    paths = Paths(inner, 5, known, stream(1, "paths"))
    return [columns(paths.sample(world.now(number), HORIZON, 3)) for number in range(ticks)]


@LAWS
@given(
    st.sampled_from(sorted(MAKERS)),
    st.integers(0, 12),
    st.integers(0, 3),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 1e6]),
)
def test_no_forecast_depends_on_a_later_value(name, now, ahead, seed, other):
    world = noise(seed, 40, PAST, CALENDAR)
    changed = Watched(world.values.copy(), PAST, CALENDAR)
    changed.values[PAST + now + 1 :, 1:] = other
    changed.values[PAST + now + 1 + ahead :, 0] = other
    before, after = (told(w, MAKERS[name], ahead, now + 1) for w in (world, changed))
    for said, said_too in zip(before, after, strict=True):
        assert np.array_equal(said, said_too)


@LAWS
@given(st.sampled_from(sorted(MAKERS)), st.integers(0, 2**32))
def test_but_it_does_depend_on_the_present(name, seed):
    world = noise(seed, 40, PAST, CALENDAR)
    changed = Watched(world.values.copy(), PAST, CALENDAR)
    changed.values[PAST + 1] += 0.5
    before, after = (told(w, MAKERS[name], 0, 2)[1] for w in (world, changed))
    assert not np.array_equal(before[:, 1:], after[:, 1:])

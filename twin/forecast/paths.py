"""Not one guess but many: what a forecaster expects, and around it the errors that it has made before."""

import numpy as np
from numpy.typing import NDArray

from twin.errors import ScenarioError
from twin.facts import SERIES, Floats, Forecast, Forecaster, Observation, State
from twin.forecast.climate import NEVER_NEGATIVE
from twin.forecast.history import Told, columns, row
from twin.forecast.memory import Knowledge
from twin.forecast.packing import packed, unpacked
from twin.forecast.residuals import Residuals
from twin.forecast.streams import set_stream, stream_state

_BLOCK, _NEIGHBOURS = 0.25, 1 / 30
"""Errors are drawn in blocks of a quarter of a day, from up to so much of a day earlier or later."""
_FEW = 4.0
"""With so many errors known of a time of day, every second block comes from any time of day."""
_SOLAR = SERIES.index("solar_w")


class Paths:
    """A forecaster that also tells how it may be wrong, by a bootstrap of its own past errors."""

    def __init__(self, inner: Forecaster, days: int, knowledge: Knowledge, generator: np.random.Generator) -> None:
        """Errors of the last `days` days are drawn from."""
        self.name = inner.name
        self._inner = inner
        self._knowledge = knowledge
        self._generator = generator
        self._per_day = knowledge.calendar.ticks_per_day
        self._residuals = Residuals(days, knowledge)
        self._brightest = brightest(knowledge.past[:, _SOLAR], self._per_day)
        self._least = np.fmin.reduce(knowledge.past, axis=0, initial=np.inf)
        self._told: Told | None = None
        self._latest: tuple[int, Forecast] | None = None

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        """What is expected; asked again at the same tick, the same."""
        number = seen.tick.number
        if self._latest and self._latest[0] == number and len(self._latest[1].demand_w) == horizon:
            return self._latest[1]
        forecast = self._inner.predict(seen, horizon)
        self._residuals.see(number, np.array(row(seen)))
        self._residuals.expect(columns(forecast))
        self._listen()
        self._least = np.fmin(self._least, row(seen))
        of_day = number % self._per_day
        self._brightest[of_day] = np.fmax(self._brightest[of_day], seen.available_w)
        self._latest = number, forecast
        return forecast

    def sample(self, seen: Observation, horizon: int, count: int) -> Forecast:
        """`count` equally likely courses, fields `(count, horizon)`; raises ScenarioError for less than one."""
        if count < 1:
            raise ScenarioError("paths", str(count), "at least 1 is wanted")
        expected = columns(self.predict(seen, horizon))
        values = np.repeat(expected[None], count, axis=0)
        if horizon > 1:
            ticks = seen.tick.number + np.arange(1, horizon)
            # Prices have floors that errors do not know of: no course is lower than ever seen, or than expected.
            floor = np.maximum(np.minimum(self._least, expected[1:]), NEVER_NEGATIVE)
            values[:, 1:] = np.maximum(values[:, 1:] + self._errors(ticks, count), floor)
            values[:, 1:, _SOLAR] = np.minimum(values[:, 1:, _SOLAR], self._most_solar_w(ticks, expected[1:, _SOLAR]))
        return Forecast(*np.moveaxis(values, -1, 0))

    def state(self) -> State:
        return {
            "inner": self._inner.state(),
            "residuals": self._residuals.state(),
            "brightest": packed(self._brightest),
            "least": packed(self._least),
            "stream": stream_state(self._generator),
        }

    def restore(self, state: State) -> None:
        self._inner.restore(state["inner"])
        self._residuals.restore(state["residuals"])
        self._brightest, self._least = unpacked(state["brightest"]), unpacked(state["least"])
        set_stream(self._generator, state["stream"])
        self._latest = None

    def _listen(self) -> None:
        """Take in what was told of earlier ticks; told again, it changes nothing."""
        told = self._knowledge.lately()
        if told is None or told is self._told:
            return
        self._told = told
        self._least = np.fmin(self._least, np.fmin.reduce(told.values, axis=0))
        ticks = np.arange(told.first, told.first + len(told.values))
        np.fmax.at(self._brightest, ticks % self._per_day, told.values[:, _SOLAR])

    def _errors(self, ticks: NDArray[np.int64], count: int) -> Floats:
        """Errors of `count` courses at the ticks, `(count, ticks, 4)`; none where a series is published."""
        known = self._residuals.errors()
        leads = np.arange(1, len(ticks) + 1)
        published = np.array(self._knowledge.reach_at(int(ticks[0]) - 1))
        grown = self._residuals.growth(leads) * (leads[:, None] > published)
        drawn: Floats = known[self._drawn(known, ticks, count)] * grown
        return drawn

    def _drawn(self, known: Floats, ticks: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Which tick's error each course takes at each tick, `(count, ticks)`."""
        random, size, per_day = self._generator, len(known), self._per_day
        is_known = np.isfinite(known[:, 0])
        length = max(1, int(_BLOCK * per_day))
        near = max(1, int(_NEIGHBOURS * per_day))
        blocks = (count, len(ticks) // length + 2)
        days = random.integers(size // per_day, size=blocks) * per_day
        shifts = days + random.integers(-near, near + 1, size=blocks)
        like = is_known.sum() / per_day * (2 * near + 1)
        anywhere = random.random(blocks) < _FEW / (_FEW + like)
        shifts = np.where(anywhere, random.integers(size, size=blocks), shifts)
        block = (np.arange(len(ticks)) + random.integers(length, size=(count, 1))) // length
        rows = (ticks + np.take_along_axis(shifts, block, axis=1)) % size
        return np.where(is_known[rows], rows, random.choice(np.flatnonzero(is_known), size=rows.shape))

    def _most_solar_w(self, ticks: NDArray[np.int64], expected_w: Floats) -> Floats:
        """The most that was ever seen, and nothing at times of day that were never lit; as expected where unseen."""
        most = self._brightest[ticks % self._per_day]
        lit = np.where(np.isfinite(most), most, expected_w) > 0.0
        return np.where(lit, np.fmax(np.nanmax(self._brightest), expected_w), 0.0)


def brightest(past_w: Floats, per_day: int) -> Floats:
    """The most solar power seen at each tick of the day, `(ticks_per_day,)`, NaN where none was seen."""
    most = np.full(per_day, np.nan)
    np.fmax.at(most, np.arange(-len(past_w), 0) % per_day, past_w)
    return most

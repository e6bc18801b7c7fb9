"""Lines through the same inputs as the nets have, and the climate alone: what nets have to beat."""

from typing import NamedTuple

import numpy as np

from twin.facts import Floats, Forecast, Observation, State
from twin.forecast.climate import NEVER_NEGATIVE, Climate
from twin.forecast.history import forecast_of
from twin.forecast.inputs import Flags, Inputs, Lessons
from twin.forecast.learned import Habits, Learned
from twin.forecast.memory import Knowledge, Memory
from twin.forecast.packing import packed, unpacked

_TELLING, _OTHERS = np.logspace(0.0, 5.0, 6), np.logspace(1.0, 5.0, 5)
"""Penalties to choose from: of inputs that tell of the last hours, and of all others."""
_CHOICES = np.array([(telling, others) for telling in _TELLING for others in _OTHERS])
_FOLDS = 8
_SMALLEST_INPUT = 0.05


class Fit(NamedTuple):
    """A line, its bias first, `(1 + inputs,)`, and what lines that had not seen a sample said to it, `(samples,)`."""

    line: Floats
    left_out: Floats


class SeasonalMean:
    """The climate alone: the mean of the last `days` days, shrunk where it is noisy."""

    def __init__(self, name: str, days: int, knowledge: Knowledge) -> None:
        self.name = name
        self._memory = Memory(days, knowledge)

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        window = self._memory.see(seen)
        climate = Climate.of(window)
        table = np.maximum(climate.tables(climate.clean(window), 0)[-1], NEVER_NEGATIVE)
        return forecast_of(table[(np.arange(horizon) - 1) % len(table)], seen)

    def state(self) -> State:
        return self._memory.state()

    def restore(self, state: State) -> None:
        self._memory.restore(state)


class Lines:
    """Ridge regression, one line per series; the same inputs as the nets have."""

    def __init__(self, telling: Flags) -> None:
        self._telling = telling
        self._lines: Floats | None = None

    def learn(self, lessons: tuple[Lessons, ...], tick: int) -> None:
        self._lines = np.array([fitted(lesson, self._telling).line for lesson in lessons])

    def answers(self, inputs: Floats) -> Floats:
        if self._lines is None:
            return np.zeros(inputs.shape[:2])
        return values_of(self._lines, inputs)

    def state(self) -> State:
        return {"lines": None if self._lines is None else packed(self._lines)}

    def restore(self, state: State) -> None:
        self._lines = unpacked(state["lines"]) if state["lines"] else None


def ridge(name: str, habits: Habits, knowledge: Knowledge) -> Learned:
    """The forecaster that draws straight lines."""
    inputs = Inputs(knowledge.calendar, habits.same_days, knowledge.reach())
    return Learned(name, habits, knowledge, Lines(inputs.telling))


def fitted(lesson: Lessons, telling: Flags) -> Fit:
    """Ridge regression with the penalties that do best on stretches of time that were left out.

    The inputs that are `telling` have a penalty of their own: what they tell is worth much in the next hours, and days
    long past must not be believed with them.
    """
    design = np.column_stack([np.ones(len(lesson.inputs)), lesson.inputs])
    if len(design) < _FOLDS:
        return Fit(np.zeros(design.shape[1]), np.zeros(len(design)))
    # All of one size, so that a penalty means the same for those that are seldom far from zero.
    sizes = np.maximum(np.sqrt((design**2).mean(axis=0)), _SMALLEST_INPUT)
    folds = list(zip(np.array_split(design / sizes, _FOLDS), np.array_split(lesson.targets, _FOLDS), strict=True))
    penalties = np.where(np.append(False, telling), _CHOICES[:, :1], _CHOICES[:, 1:])
    squares, products = np.array([d.T @ d for d, _ in folds]), np.array([d.T @ t for d, t in folds])
    others = zip(squares.sum(axis=0) - squares, products.sum(axis=0) - products, strict=True)
    said = np.hstack([_lines(penalties, *moments) @ d.T for moments, (d, _) in zip(others, folds, strict=True)])
    chosen = _surest((said - lesson.targets) ** 2)
    line = _lines(penalties[[chosen]], squares.sum(axis=0), products.sum(axis=0))[0]
    return Fit(line / sizes, said[chosen])


def _surest(squares: Floats) -> int:
    """The choice with the greatest penalties of those that may be the best.

    `squares` are the squared errors of left-out samples, `(choices, samples)`. A choice may be the best if it does
    worse by no more than a standard error over the folds.
    """
    costs = np.array([fold.sum(axis=1) for fold in np.array_split(squares, _FOLDS, axis=1)]).T
    worse = costs - costs[np.argmin(costs.sum(axis=1))]
    may_be_best = worse.sum(axis=1) <= np.sqrt(_FOLDS) * worse.std(axis=1, ddof=1)
    greatness = np.add.outer(np.arange(len(_TELLING)), np.arange(len(_OTHERS))).ravel()
    # Of those, the first has the greatest penalty on other days.
    return int(np.flatnonzero(may_be_best & (greatness == greatness[may_be_best].max()))[0])


def values_of(lines: Floats, inputs: Floats) -> Floats:
    """What each line says to its samples: `(series, 1 + inputs)` and `(series, samples, inputs)`."""
    values: Floats = lines[:, :1] + np.einsum("ci,csi->cs", lines[:, 1:], inputs)
    return values


def _lines(penalties: Floats, squares: Floats, products: Floats) -> Floats:
    """A line for each row of penalties; the bias is penalised as well, for the climate is the best first guess."""
    systems = squares + penalties[:, :, None] * np.eye(len(squares))
    return np.asarray(np.linalg.solve(systems, products[:, None])[..., 0], dtype=np.float64)

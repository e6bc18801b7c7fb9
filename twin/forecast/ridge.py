"""Lines through the same inputs as the nets have, and the climate alone: what nets have to beat."""

from typing import NamedTuple

import numpy as np

from twin.facts import Floats, Forecast, Observation, State
from twin.forecast.climate import NEVER_NEGATIVE, Climate
from twin.forecast.history import forecast_of
from twin.forecast.inputs import Lessons
from twin.forecast.learned import Habits, Learned
from twin.forecast.memory import Knowledge, Memory
from twin.forecast.packing import packed, unpacked

_PENALTIES = np.logspace(0.0, 5.0, 11)
_FOLDS = 5


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

    def __init__(self) -> None:
        self._lines: Floats | None = None

    def learn(self, lessons: tuple[Lessons, ...], tick: int) -> None:
        self._lines = np.array([fitted(lesson).line for lesson in lessons])

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
    return Learned(name, habits, knowledge, Lines())


def fitted(lesson: Lessons) -> Fit:
    """Ridge regression with the penalty that does best on stretches of time that were left out."""
    design = np.column_stack([np.ones(len(lesson.inputs)), lesson.inputs])
    if len(design) < _FOLDS:
        return Fit(np.zeros(design.shape[1]), np.zeros(len(design)))
    folds = list(zip(np.array_split(design, _FOLDS), np.array_split(lesson.targets, _FOLDS), strict=True))
    squares, products = np.array([d.T @ d for d, _ in folds]), np.array([d.T @ t for d, t in folds])
    others = zip(squares.sum(axis=0) - squares, products.sum(axis=0) - products, strict=True)
    said = np.hstack([_lines(*moments) @ d.T for moments, (d, _) in zip(others, folds, strict=True)])
    best = int(np.argmin(((said - lesson.targets) ** 2).sum(axis=1)))
    return Fit(_lines(squares.sum(axis=0), products.sum(axis=0))[best], said[best])


def values_of(lines: Floats, inputs: Floats) -> Floats:
    """What each line says to its samples: `(series, 1 + inputs)` and `(series, samples, inputs)`."""
    values: Floats = lines[:, :1] + np.einsum("ci,csi->cs", lines[:, 1:], inputs)
    return values


def _lines(squares: Floats, products: Floats) -> Floats:
    """A line for each penalty; the bias is penalised as well, for the climate is the best first guess."""
    systems = squares + _PENALTIES[:, None, None] * np.eye(len(squares))
    return np.asarray(np.linalg.solve(systems, products[:, None])[..., 0], dtype=np.float64)

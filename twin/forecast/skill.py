"""How good forecasts were: pure functions of what was said and what came, in the unit of the series."""

import numpy as np

from twin.facts import BAND, SERIES, Floats


def rmse(said: Floats, came: Floats) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((said - came) ** 2)))


def mae(said: Floats, came: Floats) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(said - came)))


class Tally:
    """Adds up the errors of many forecasts of the next `leads` ticks, by lead and series."""

    def __init__(self, leads: int) -> None:
        self._squares = np.zeros((leads, len(SERIES)))
        self._distances = np.zeros((leads, len(SERIES)))
        self._counts = np.zeros((leads, 1))

    def add(self, said: Floats, came: Floats) -> None:
        """What was said of the next ticks, and what came, `(ticks, 4)` each; at most `leads` ticks."""
        ticks = len(came)
        self._squares[:ticks] += (said - came) ** 2
        self._distances[:ticks] += np.abs(said - came)
        self._counts[:ticks] += 1.0

    @property
    def rmse(self) -> Floats:
        """Root of the mean squared error of each series, over all forecasts and leads, `(4,)`."""
        root: Floats = np.sqrt(self._squares.sum(axis=0) / self._counts.sum())
        return root

    @property
    def mae(self) -> Floats:
        """Mean absolute error of each series, `(4,)`."""
        mean: Floats = self._distances.sum(axis=0) / self._counts.sum()
        return mean

    @property
    def rmse_by_lead(self) -> Floats:
        """The same error for each lead that was ever judged, `(leads, 4)`."""
        judged = self._counts[:, 0] > 0.0
        roots: Floats = np.sqrt(self._squares[judged] / self._counts[judged])
        return roots


def skill(error: float, reference: float) -> float | None:
    """The share of the reference's error that is gone: 1 is perfect, 0 no better; None where there was no error."""
    return 1.0 - error / reference if reference > 0.0 else None


def crps(paths: Floats, came: Floats) -> float:
    """Continuous ranked probability score of sample paths `(paths, ticks)`, mean over the ticks.

    E|X - y| - E|X - X'| / 2 with the fair estimate of the second term (Ferro 2014); one path's is its mean
    absolute error.
    """
    count = len(paths)
    distance = np.mean(np.abs(paths - came))
    if count == 1:
        return float(distance)
    # The sum over all pairs, from ranks: no array of pairs is needed.
    weights = 2.0 * np.arange(count) - (count - 1)
    ranked = np.sort(paths, axis=0)
    # From the lowest path up, so that paths that are all the same differ by nothing at all.
    pairs = np.mean(weights @ (ranked - ranked[0])) * 2.0 / (count * (count - 1))
    return float(distance - pairs / 2.0)


def coverage(paths: Floats, came: Floats) -> float:
    """The share of ticks that came to lie in the 10-90 % band of the paths, bounds included."""
    bottom, top = np.quantile(paths, BAND, axis=0)
    return float(np.mean((bottom <= came) & (came <= top)))

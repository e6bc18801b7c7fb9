"""Pure: how far a share of the gap may be chance, from the net costs of a run's days."""

import math
from statistics import NormalDist

import numpy as np

from twin.facts import Floats

WEEK, WEEKS = 7, 4
"""So many weeks are enough to draw them whole."""
DRAWS = 2000
LEVEL = 0.9
"""How much of what chance may bring lies within an interval."""


class Resampled:
    """The gap from rule to oracle over other days that might have come: a circular block bootstrap of the days.

    Days are drawn in blocks, for what is stored and the weather last longer than one; the same days for every policy.
    Costs are those of each day, `(days,)`; two days are the least. (Politis and Romano, 1992.)
    As few blocks vary less than what they were drawn from, intervals are widened as Student's t is wider than the
    normal distribution (Hesterberg, "What Teachers Should Know about the Bootstrap", 2015).
    """

    def __init__(self, rule: Floats, oracle: Floats) -> None:
        self._rule = rule
        days = len(rule)
        # Energy is carried into weekends and out of them: what one day of a week pays another one earns.
        self._block = WEEK if days >= WEEKS * WEEK else max(1, round(days ** (1 / 3)))
        shape = (DRAWS, math.ceil(days / self._block))
        self._starts = np.random.default_rng(days).integers(days, size=shape)
        self._gap = self._sums(rule - oracle)
        self._tail = tail(shape[1])

    def share_interval(self, it: Floats) -> tuple[float, float] | None:
        """In which 90 % of the shares of the gap lie; None where there is no gap."""
        gap = np.where(self._gap == 0.0, np.nan, self._gap)
        if np.isnan(gap).all():
            return None
        shares = self._sums(self._rule - it) / gap
        low, high = np.nanquantile(shares, (self._tail, 1.0 - self._tail)).tolist()
        return low, high

    @property
    def gap_is_noise(self) -> bool:
        """Whether its own interval begins at nothing: other days might have had none."""
        return bool(np.quantile(self._gap, self._tail) <= 0.0)

    def _sums(self, by_day: Floats) -> Floats:
        """Of each draw."""
        round_the_end = np.concatenate([by_day, by_day[: self._block - 1]])
        of_blocks = np.lib.stride_tricks.sliding_window_view(round_the_end, self._block).sum(axis=1)
        sums: Floats = of_blocks[self._starts].sum(axis=1)
        return sums


def tail(count: int) -> float:
    """What to leave out on either side of the draws of so many blocks, two or more, to keep `LEVEL` between."""
    normal, freedom = NormalDist(), count - 1
    z = normal.inv_cdf((1.0 + LEVEL) / 2.0)
    # Student's t from the normal distribution (Abramowitz and Stegun, 26.7.5).
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return 1.0 - normal.cdf(t * math.sqrt(count / freedom))

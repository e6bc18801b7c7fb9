"""What a policy saved over the rule, day by day: bills, the storage's wear, and what each has in store."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboards.comparison import floats, levels_j, throughput_j
from dashboards.ledger import exit_price
from twin.facts import Economics, Floats
from twin.score import Columns


class Beside(NamedTuple):
    """The rule on the same trace: for each of its ticks the place of its day, its cost, and what was stored after it.

    `before_j` is what it had in store before the first of them.
    """

    place: NDArray[np.intp]
    cost: Floats
    stored_j: Floats
    before_j: float

    def per_day(self, values: Floats, days: int) -> Floats:
        """Sums by day."""
        return np.bincount(self.place, weights=values, minlength=days)[:days].astype(np.float64)

    def levels_j(self, days: int) -> Floats:
        """What was stored before the first day and after each one."""
        last = np.searchsorted(self.place, np.arange(days), side="right")
        found: Floats = np.concatenate([[self.before_j], self.stored_j])[np.concatenate([[0], last])]
        return found

    def moved_j(self, days: int) -> Floats:
        """By how much the stored energy rose and fell in each day."""
        return self.per_day(np.abs(np.diff(self.stored_j, prepend=self.before_j)), days)


def net_saved(economics: Economics, own: Columns, own_moved_j: float, rule: Beside, export_price: float) -> Floats:
    """The net savings of each day; energy that is not served is taken to be the same under the rule.

    Of the rule it is known what it had in store, not what went into it and out of it on the bus: that is taken to be
    in proportion to what the policy's own storage took for its moves.
    """
    days = len(own["cost"])
    used_j = throughput_j(own)
    ratio = float(used_j.sum()) / own_moved_j if own_moved_j > 0 else 1.0
    wear = (ratio * rule.moved_j(days) - used_j) * economics.together.wear_price
    gained_j = np.diff(levels_j(own)) - np.diff(rule.levels_j(days))
    bills = rule.per_day(rule.cost, days) - floats(own, "cost")
    return bills + wear + gained_j * exit_price(economics, export_price)

"""What a policy saved over the rule, day by day: bills, the storage's wear, and what each has in store."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboards.comparison import floats
from twin.facts import Economics, Floats
from twin.pricing import Columns, net_costs, storage_columns, throughput_column


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

    Of the rule it is known what all storages held together, not what went into them and out of them on the bus: that is
    taken to be in proportion to what the policy's own storages took for their moves. NaN where the storages are not
    priced alike: which of them the rule used is not known.
    """
    days, prices = len(own["cost"]), {(one.wear_price, one.discharge_efficiency) for one in economics.storages.values()}
    if len(prices) > 1:
        return np.full(days, np.nan)
    ((wear_price, discharge_efficiency),) = prices
    columns = [throughput_column(kept) for kept in storage_columns(tuple(economics.storages)).values()]
    used_j = float(sum(floats(own, name).sum() for name in columns))
    ratio = used_j / own_moved_j if own_moved_j > 0 else 1.0
    wear = ratio * rule.moved_j(days) * wear_price
    gained = np.diff(rule.levels_j(days)) * discharge_efficiency * export_price
    served = replace(economics, unserved_price=0.0)
    return rule.per_day(rule.cost, days) + wear - gained - net_costs(own, served, export_price)

"""The best that can be had on `lab_bare` without foresight: dynamic programming with the lab's true distribution.

Written by brute force on values, to have nothing in common with the policy that it judges.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from twin.facts import Decision, Floats, Memoryless, Observation, Reason, hold

PER_DAY, TICK_S, CAPACITY_J, RATED_W = 60, 5.0, 50.0, 4.6
DRAWS, DAYS = 100, 3
STORED_J = np.linspace(0.0, CAPACITY_J, 201)


@dataclass(frozen=True)
class Chances:
    """What each tick of a day may bring, all equally likely: arrays of shape `(ticks, draws)`."""

    import_price: Floats
    export_price: Floats
    spare_j: Floats


def chances() -> Chances:
    """The lab's generator, its normal noise cut into quantiles."""
    of_day = np.arange(PER_DAY)
    base = np.trunc(np.interp(of_day, (0, 10, 20, 50, 60), (25, 25, 100, 100, 25)))[:, None]
    sun = np.array([int(100 * math.sin(math.pi * (t - 15) / 30)) if 15 <= t < 45 else 0 for t in of_day])[:, None]
    noise = np.array([NormalDist().inv_cdf((i + 0.5) / DRAWS) for i in range(DRAWS)])
    sell_ct = np.maximum(10.0, np.trunc(10.0 + base - sun + 20.0 * noise))
    demand_w = np.maximum(0.0, 0.02 * base + noise)
    return Chances(sell_ct / 100.0, np.trunc(sell_ct / 2.0) / 100.0, (sun / 100.0 * RATED_W - demand_w) * TICK_S)


def money(net_j: Floats, import_price: Floats | float, export_price: Floats | float) -> Floats:
    """What a tick costs whose bus takes `net_j` from the grid."""
    return np.where(net_j > 0.0, net_j * import_price, net_j * export_price)


def values() -> Floats:
    """The value of `STORED_J` after each tick of a day whose like come after it for ever, `(ticks, states)`."""
    may, after = chances(), np.zeros((PER_DAY, len(STORED_J)))
    ahead = 0.2 * STORED_J
    change_j = STORED_J[None, :] - STORED_J[:, None]
    for tick in reversed(range(PER_DAY * DAYS)):
        of_day = tick % PER_DAY
        after[of_day] = ahead
        draws = zip(may.import_price[of_day], may.export_price[of_day], may.spare_j[of_day], strict=True)
        best = [(ahead - money(change_j - spare_j, buy, sell)).max(axis=1) for buy, sell, spare_j in draws]
        ahead = np.mean(best, axis=0)
    return after


class Exact(Memoryless):
    """Holds, tick by tick, what is best given what is seen and what is likely."""

    name = "exact"

    def __init__(self) -> None:
        self._values = values()

    def decide(self, seen: Observation) -> Decision:
        spare_j = (seen.available_w - seen.demand_w) * TICK_S
        (stored_j,) = seen.stored_j.values()
        kept_j = min(max(stored_j + spare_j, 0.0), CAPACITY_J)
        after_j = np.append(STORED_J, [kept_j, stored_j])
        worth = np.interp(after_j, STORED_J, self._values[seen.tick.of_day])
        cost = money(after_j - stored_j - spare_j, seen.prices.import_price, seen.prices.export_price)
        target_j = float(after_j[np.argmax(worth - cost)])
        return Decision({}, dict.fromkeys(seen.storage, hold((stored_j - target_j) / TICK_S)), (), Reason.BALANCED)

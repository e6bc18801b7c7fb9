"""What stored energy is worth after the present tick, learnt backwards over sample paths.

Stochastic dynamic programming on marginal values (Pereira and Pinto 1991 call them water values), with the ticks of
the paths taken as independent of each other. The state is what is stored and what tasks still want. Tasks are taken as
one, which is served as late as windows and the room in the storage allow: to have energy and a task to give it to is
never worse than to have neither. A step back in time is exact for piecewise linear costs: before a tick, a joule is
worth what it is after it, but no less than the tick pays for it and no more than the tick asks for it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from twin.control.planner import Site, Worth, pooled
from twin.control.stochastic.flexible import Demand
from twin.control.stochastic.supply import Supply
from twin.facts import Floats

CELLS = 50
"""Into which the storage is cut."""
LEVELS = 6
"""Of what tasks want, between nothing and all of it."""
PIECES = 64
"""Of the worth as the planner gets it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The states: `cells` from an empty storage to a full one, by `levels_j` of what tasks want, all in stored J.

    Beyond a full storage come the states in which tasks have been served early, up to `nodes_j[-1]`.
    """

    cells: int
    cell_j: float
    levels_j: Floats
    nodes_j: Floats

    @property
    def full_j(self) -> float:
        return self.cells * self.cell_j

    def without_tasks(self) -> "Grid":
        return replace(self, levels_j=self.levels_j[:1], nodes_j=self.nodes_j[: self.cells + 1])


def grid_for(usable_j: float, wanted_j: float) -> Grid:
    """Cells fine enough for the storage, yet not more than a few times as many for the tasks."""
    finest_j = max(usable_j / CELLS, wanted_j / (4 * CELLS), 1e-9)
    cells = max(1, round(usable_j / finest_j))
    # A storage that is nothing beside the tasks, or none at all, is taken for one cell.
    cell_j = usable_j / cells if usable_j > finest_j / 4 else finest_j
    nodes = cells + math.ceil(wanted_j / cell_j - 1e-9) + 1
    levels_j = np.linspace(0.0, wanted_j, LEVELS if wanted_j else 1)
    return Grid(cells, cell_j, levels_j, np.linspace(0.0, cell_j * (nodes - 1), nodes))


@dataclass(frozen=True, slots=True)
class Ends:
    """At the horizon's end a stored J earns `stored_price`, and one that tasks still want costs `later_price`."""

    stored_price: float
    later_price: float


def worth_after(site: Site, supply: Supply, demand: Demand, ends: Ends) -> Worth:
    """The worth of the position when the present tick, which is the supply's first, is over."""
    storage = pooled(site).storage
    drain = storage.discharge_drain
    grid = grid_for(storage.max_j - storage.min_j, demand.wanted_j * drain)
    open_j, closed_j = demand.open_j * drain, demand.closed_j * drain
    values = ends.stored_price * grid.nodes_j[: grid.cells + 1] - ends.later_price * grid.levels_j[:, None]
    idle, busy = Backwards(site, grid.without_tasks()), Backwards(site, grid)
    if not open_j[-1]:
        values = values[:1]
    for tick in range(len(open_j) - 1, 0, -1):
        steps = busy if open_j[tick - 1] else idle
        reachable = steps.reachable(values, open_j[tick], closed_j[tick])
        values = steps.before(reachable, supply.reach_j[:, tick], supply.price[:, tick])
    values = busy.reachable(values, open_j[0], closed_j[0])[-1]
    # What cannot be reached is left out: no piece may lie half within and half beyond.
    least_j = grid.levels_j[-1] - max(open_j[0], closed_j[0])
    edges_j = np.linspace(least_j, grid.full_j + grid.levels_j[-1] - closed_j[0], PIECES + 1)
    price = np.diff(np.interp(edges_j, grid.nodes_j, values)) / np.diff(edges_j)
    return Worth(storage.min_j - grid.levels_j[-1] + edges_j, np.minimum.accumulate(price))


class Backwards:
    """Steps from what states are worth after a tick to what they are worth before it."""

    def __init__(self, site: Site, grid: Grid) -> None:
        self._grid = grid
        storage = pooled(site).storage
        self._hard = site.unserved_price * storage.discharge_drain
        stored_j = storage.min_j + grid.nodes_j[: grid.cells + 1]
        kept_j = storage.retention * stored_j - storage.standing_j - storage.min_j
        self._kept_j = np.clip(kept_j, 0.0, None) if np.any(kept_j != stored_j - storage.min_j) else None

    def reachable(self, values: Floats, open_j: float, closed_j: float) -> Floats:
        """The value of `(levels, nodes)` for a position instead of a storage: what does not fit has served tasks.

        `values`, `(levels, cells + 1)`, are those of the storage's states. No more than `open_j` of the tasks may be
        left, no less than `closed_j`.
        """
        grid = self._grid
        levels_j, nodes_j = grid.levels_j[:, None], grid.nodes_j
        left_j = np.minimum(levels_j - np.maximum(nodes_j - grid.full_j, 0.0), open_j)
        stored_j = nodes_j - (levels_j - left_j)
        found = self._between(values, np.maximum(left_j, 0.0), np.clip(stored_j, 0.0, grid.full_j))
        too_few_j = np.minimum(stored_j, 0.0)
        too_many_j = np.maximum(np.minimum(closed_j, levels_j) - left_j, 0.0)
        reached: Floats = found + self._hard * (too_few_j - too_many_j)
        return reached

    def _between(self, values: Floats, left_j: Floats, stored_j: Floats) -> Floats:
        """Values between the states, linear in both."""
        grid = self._grid
        column = stored_j / grid.cell_j
        i = np.minimum(column.astype(np.int64), grid.cells - 1)
        right = column - i
        if len(values) == 1:
            only: Floats = values[0, i] * (1.0 - right) + values[0, i + 1] * right
            return only
        row = left_j / grid.levels_j[1]
        j = np.minimum((row + 1e-9).astype(np.int64), len(values) - 2)
        down = np.clip(row - j, 0.0, 1.0)
        lower = values[j, i] * (1.0 - right) + values[j, i + 1] * right
        upper = values[j + 1, i] * (1.0 - right) + values[j + 1, i + 1] * right
        between: Floats = lower * (1.0 - down) + upper * down
        return between

    def before(self, reachable: Floats, reach_j: Floats, price: Floats) -> Floats:
        """The values of the storage's states, `(levels, cells + 1)`, before a tick of that supply, over all paths.

        They are right but for a number that is the same in all states.
        """
        grid = self._grid
        slopes = np.minimum.accumulate(np.diff(reachable, axis=1), axis=1) / grid.cell_j
        slopes = self._marginal(slopes, reach_j, price)
        values = np.empty((len(slopes), grid.cells + 1))
        values[:, 0] = self._empty(reachable, reach_j, price) if len(slopes) > 1 else 0.0
        values[:, 1:] = values[:, :1] + np.cumsum(slopes, axis=1) * grid.cell_j
        if self._kept_j is None:
            return values
        return np.array([np.interp(self._kept_j, grid.nodes_j[: grid.cells + 1], row) for row in values])

    def _marginal(self, slopes: Floats, reach_j: Floats, price: Floats) -> Floats:
        """What one more joule is worth before the tick, `(levels, cells)`: a mean over the paths.

        On a path that is the max over i of min(slope at reach i, price i): where supply and worth meet.
        """
        edge = slopes.shape[1] + 1
        wall = np.full((len(slopes), edge), self._hard)
        walled = np.concatenate([wall, slopes, -wall], axis=1)
        shift = np.clip(reach_j / self._grid.cell_j, -edge, slopes.shape[1])
        whole = np.floor(shift)
        first, part = edge + whole.astype(np.int64), (shift - whole)[:, :, None]
        # Level by level: the arrays `(reaches, paths, cells)` of all at once are too much for a processor's cache.
        stretches = sliding_window_view(walled, self._grid.cells + 1, axis=1)
        return np.array([self._met(stretch[first], part, price) for stretch in stretches])

    def _met(self, near: Floats, part: Floats, price: Floats) -> Floats:
        """The same of one level, `(cells,)`, given the slopes beside each reach, `(reaches, paths, cells + 1)`."""
        there = near[..., :-1] * (1.0 - part) + near[..., 1:] * part
        np.minimum(there[:-1], price[:, :, None], out=there[:-1])
        mean: Floats = np.maximum(there.max(axis=0), -self._hard).mean(axis=0)
        return mean

    def _empty(self, reachable: Floats, reach_j: Floats, price: Floats) -> Floats:
        """What an empty storage is worth before the tick, `(levels,)`: the best that can be reached, less its price."""
        filled_j = np.clip(self._grid.nodes_j, 0.0, reach_j[1:, :, None]) - np.clip(reach_j[:-1, :, None], 0.0, None)
        cost = (np.maximum(filled_j, 0.0) * price[:, :, None]).sum(axis=0)
        beyond_j = np.maximum(self._grid.nodes_j - reach_j[-1][:, None], 0.0)
        best: Floats = (reachable[:, None, :] - cost - self._hard * beyond_j).max(axis=2).mean(axis=1)
        return best

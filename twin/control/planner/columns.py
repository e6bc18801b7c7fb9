"""Columns and rows of a model in the order of time, and those of one storage and of one job."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.facts import Floats


class Group(list[Any]):
    """Columns or rows of one kind, in the order of time; `place` is where their numbers stand."""

    @cached_property
    def place(self) -> NDArray[np.intp]:
        return np.array([member.idx for member in self], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class StorageColumns:
    """The columns of one storage: flows at the bus, and what it holds after each tick, within and outside its band.

    `state` are the rows that lead from one tick's energy to the next.
    """

    charged: Group
    discharged: Group
    stored: Group
    below: Group
    above: Group
    state: Group = field(default_factory=Group)
    charging: Group = field(default_factory=Group)
    """Switches against charging and discharging at once; empty in a model without them."""

    def energy(self, k: int) -> Any:
        """What it holds after tick `k`, as an expression."""
        return self.stored[k] - self.below[k] + self.above[k]


@dataclass(frozen=True, slots=True)
class JobColumns:
    """The columns of one job in the ticks of `span`: `main` are powers or starts, `on` a block's switches.

    What is neither served by its deadline nor after the horizon is `late`.
    """

    span: range
    profile: tuple[float, ...]
    """Of a job that takes it from its start on; else empty."""
    main: Group
    on: Group
    least: Group
    """Per switch, the row of what it takes at least while on."""
    late: Any
    later: Any
    row: Any

    @property
    def ticks(self) -> NDArray[np.intp]:
        return np.arange(self.span.start, self.span.stop)

    @property
    def switches(self) -> Group:
        """Its binaries."""
        return self.main if self.profile else self.on

    def served_at(self, k: int) -> list[tuple[float, Any]]:
        """What the bus sees of it in tick `k`, as factors and columns."""
        if not self.profile:
            return [(1.0, self.main[k - self.span.start])] if k in self.span else []
        starts = range(max(k - len(self.profile) + 1, self.span.start), min(k + 1, self.span.stop))
        return [(self.profile[k - start], self.main[start - self.span.start]) for start in starts]

    def served(self, values: Floats, ticks: int) -> Floats:
        """What the bus sees of it in a solution, shape `(ticks,)`."""
        served = np.zeros(max(ticks, self.span.stop) + len(self.profile))
        taken = values[self.main.place]
        if self.profile and len(taken):
            taken = np.convolve(taken, self.profile)
        served[self.span.start : self.span.start + len(taken)] = taken
        return served[:ticks]

"""What may be mended in a column, as its scenario says: steps without a value, and powers a little below zero."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from twin.facts import Floats

Fill = Literal["zero", "hold", "interpolate", "same_time_yesterday"]


@dataclass(frozen=True, slots=True)
class Use:
    """A column, and how it is read.

    `unit` stands for one that its head lacks, `fill` for steps without a value. Down to `clip_w` below zero, a power is
    taken as zero. `cumulative` readings are those of a meter, which counts energy.
    """

    column: str
    unit: str | None = None
    fill: Fill | None = None
    clip_w: float = 0.0
    cumulative: bool = False


def filled(values: Floats, fill: Fill, steps_per_day: int) -> Floats:
    """The values with those put in that are NaN, as far as `fill` knows one."""
    return _FILLS[fill](values, steps_per_day)


def _zero(values: Floats, steps_per_day: int) -> Floats:
    return np.nan_to_num(values, nan=0.0)


def _hold(values: Floats, steps_per_day: int) -> Floats:
    """The last value before."""
    last = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
    held: Floats = values[last]
    return held


def _interpolate(values: Floats, steps_per_day: int) -> Floats:
    """On the straight line between the values on both sides; beyond the first and the last, as these."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return values
    between: Floats = np.interp(np.arange(len(values)), known, values[known])
    return between


def _yesterday(values: Floats, steps_per_day: int) -> Floats:
    """The value of a day before, be it filled in itself."""
    found = values.copy()
    for start in range(steps_per_day, len(found), steps_per_day):
        day = found[start : start + steps_per_day]
        before = found[start - steps_per_day : start][: len(day)]
        day[:] = np.where(np.isfinite(day), day, before)
    return found


_FILLS: MappingProxyType[Fill, Callable[[Floats, int], Floats]] = MappingProxyType(
    {"zero": _zero, "hold": _hold, "interpolate": _interpolate, "same_time_yesterday": _yesterday}
)

"""A run day by day: pure functions of a table with a row per day."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin.facts import Floats

SUMMED = ("solar_j", "load_j", "import_j", "export_j", "curtailed_j", "unserved_j", "cost")
"""What a day's row adds up."""
RANGES = (1, 3, 7, 30, 90)
"""Days that can be looked at."""
Days = Mapping[str, Floats]
"""Columns with a value per day; `day` is absolute, `ticks` is how many of its ticks are over."""


def last_days(days: Days, count: int) -> dict[str, Floats]:
    """The last `count` days of a table, by their number."""
    kept = days["day"] > days["day"].max(initial=0.0) - count
    return {name: values[kept] for name, values in days.items()}


def whole_days(days: Days, ticks_per_day: int) -> dict[str, Floats]:
    """Those that are over: a day that has only begun is lean and cheap beside the others."""
    over = days["ticks"] == ticks_per_day
    return {name: values[over] for name, values in days.items()}


def self_consumption(days: Days) -> Floats:
    """The share of the produced energy that was not sold, per day; NaN on a day without sun."""
    return _share_kept(days["export_j"], days["solar_j"])


def self_sufficiency(days: Days) -> Floats:
    """The share of the used energy that was not bought, per day; NaN on a day without load."""
    return _share_kept(days["import_j"], -days["load_j"])


def _share_kept(lost_j: Floats, whole_j: Floats) -> Floats:
    some: NDArray[np.bool_] = whole_j > 0
    kept = np.full(len(whole_j), np.nan)
    kept[some] = np.maximum(0.0, 1.0 - lost_j[some] / whole_j[some])
    return kept


def green_scores(used_j: Floats) -> Floats:
    """Where each day's use lies between the range's heaviest day (0) and its leanest (100).

    NaN for a single day, which has no other to be measured against; 100 where all days are alike.
    """
    if len(used_j) < 2:
        return np.full(len(used_j), np.nan)
    least_j, most_j = float(used_j.min()), float(used_j.max())
    if most_j - least_j <= 1e-9 * max(abs(most_j), 1.0):
        return np.full(len(used_j), 100.0)
    scores: Floats = 100.0 * ((most_j - used_j) / (most_j - least_j))
    return scores


def weekly(days: Days, name: str) -> tuple[Floats, Floats]:
    """Blocks of seven days counted back from the last one: each block's first day, and its sum; the oldest is cut."""
    last = days["day"].max(initial=0.0)
    weeks_ago = ((last - days["day"]) // 7).astype(np.int64)
    sums = np.bincount(weeks_ago, weights=days[name])
    ago = np.arange(len(sums))
    firsts = np.maximum(last - 7 * (ago + 1) + 1, days["day"].min(initial=last))
    return firsts[::-1].astype(np.float64), sums[::-1].astype(np.float64)


def day_average(days: Days, name: str, count: int) -> float | None:
    """The mean of the last `count` days; None where there are none."""
    kept = last_days(days, count)[name]
    return float(kept.mean()) if len(kept) else None

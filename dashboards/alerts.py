"""What of a run needs attention, newest first, each with the tick in which it happened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dashboards.scales import brief_scale, energy_text
from dashboards.troubles import fallback_text, fault_text, part_name
from twin.pricing import Columns
from twin.runs import Row
from twin.score import LATE_S

Key = tuple[str, str]


class Alert(NamedTuple):
    """Something that should not have happened: from which tick on, in how many, and what."""

    tick: int
    ticks: int
    text: str


VIOLATIONS: Mapping[str, str] = {
    "stored_below": "the storage was below its band",
    "stored_above": "the storage was above its band",
    "import_limit": "demand could not be met within the import limit",
    "export_limit": "more was left than may be sold at once",
    "deadline": "a task could not be planned to meet its deadline",
    "balance": "the meters did not balance",
}


def alerts(columns: Columns, violations: Iterable[Row], faults: Iterable[Row]) -> list[Alert]:
    """Neighbouring ticks with the same trouble are one alert.

    `columns` needs tick, reason, late_s, unserved_j, and any `NAME_source`; the rows are those of the tables.
    """
    found = [
        *_troubles(columns["tick"], _fallback_texts(columns)),
        *_late(columns),
        *_troubles(columns["tick"], _lost_texts(columns)),
        *_violations(violations),
        *_faults(faults),
    ]
    return sorted(found, key=lambda alert: -alert.tick)


def _fallback_texts(columns: Columns) -> list[str]:
    reasons = [str(reason) for reason in columns["reason"]]
    return [fallback_text(reason) if reason.startswith("fallback") else "" for reason in reasons]


def _late(columns: Columns) -> list[Alert]:
    """With the worst of each stretch."""
    late_s = np.asarray(columns["late_s"], dtype=np.float64)
    late = late_s > LATE_S
    ticks = np.asarray(columns["tick"])[late].tolist()
    rows = ((tick, ("late", ""), by_s) for tick, by_s in zip(ticks, late_s[late].tolist(), strict=True))
    return [
        Alert(first, ticks, f"the tick began late, by {'up to ' * (ticks > 1)}{_brief(max(found_s))}")
        for _, first, ticks, found_s in _stretches(rows)
    ]


def _brief(late_s: float) -> str:
    return brief_scale([late_s]).text(late_s)


def _lost_texts(columns: Columns) -> list[str]:
    """Which components answered by their model though a board should have."""
    names = [name for name in columns if name.endswith("_source")]
    rows = zip(*(columns[name] for name in names), strict=True) if names else [()] * len(columns["tick"])
    lost = [
        [name.removesuffix("_source") for name, source in zip(names, row, strict=True) if source == "fallback"]
        for row in rows
    ]
    return [f"no good reading from {', '.join(parts)}: the model answered" if parts else "" for parts in lost]


def _violations(rows: Iterable[Row]) -> list[Alert]:
    """With the worst amount of each stretch."""
    return [
        Alert(
            first, ticks, f"{VIOLATIONS.get(kind, kind.replace('_', ' '))} ({subject}, {energy_text(max(amounts_j))})"
        )
        for (kind, subject), first, ticks, amounts_j in _stretches((row[0], (row[1], row[2]), row[3]) for row in rows)
    ]


def _faults(rows: Iterable[Row]) -> list[Alert]:
    """With what was said first in each stretch."""
    return [
        Alert(first, ticks, f"{part_name(component)} {fault_text(kind, details[0])}")
        for (component, kind), first, ticks, details in _stretches((row[0], (row[1], row[2]), row[3]) for row in rows)
    ]


def _stretches(rows: Iterable[tuple[int, Key, Any]]) -> Iterator[tuple[Key, int, int, list[Any]]]:
    """Ticks that follow each other with the same key: the key, the first tick, how many, and what came with them."""
    found: dict[Key, list[tuple[int, int, list[Any]]]] = {}
    for tick, key, value in rows:
        known = found.setdefault(key, [])
        if known and tick <= known[-1][0] + known[-1][1]:
            first, _, values = known[-1]
            known[-1] = first, int(tick) - first + 1, [*values, value]
        else:
            known.append((int(tick), 1, [value]))
    return ((key, *stretch) for key, stretches in found.items() for stretch in stretches)


def _troubles(ticks: Sequence[int] | np.ndarray, texts: Sequence[str]) -> list[Alert]:
    """An alert for each stretch of ticks with the same text; the empty one is no trouble."""
    found: list[Alert] = []
    before = ""
    for tick, text in zip(ticks, texts, strict=True):
        if text and text == before:
            found[-1] = found[-1]._replace(ticks=found[-1].ticks + 1)
        elif text:
            found.append(Alert(int(tick), 1, text))
        before = text
    return found

"""What of a run needs attention, newest first, each with the tick in which it happened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboards.scales import duration_text, energy_text
from twin.runs import Row
from twin.score import Columns


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
        *_troubles(columns["tick"], _late_texts(columns)),
        *_troubles(columns["tick"], _lost_texts(columns)),
        *_violations(violations),
        *(Alert(int(tick), 1, f"{component}: {kind} ({detail})") for tick, component, kind, detail in faults),
    ]
    return sorted(found, key=lambda alert: -alert.tick)


def _fallback_texts(columns: Columns) -> list[str]:
    reasons = [str(reason) for reason in columns["reason"]]
    return [
        f"the rule decided ({reason.replace('_', ' ')})" if reason.startswith("fallback") else "" for reason in reasons
    ]


def _late_texts(columns: Columns) -> list[str]:
    late_s = np.asarray(columns["late_s"], dtype=np.float64)
    return [f"the tick began late, by up to {duration_text(float(late_s.max()))}" if s > 0 else "" for s in late_s]


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
    """Neighbouring ticks with the same violation of the same thing are one, with its worst amount."""
    stretches: dict[tuple[str, str], list[tuple[Alert, float]]] = {}
    for tick, kind, subject, amount_j in rows:
        known = stretches.setdefault((kind, subject), [])
        first, worst_j = known[-1] if known else (Alert(-1, 0, ""), 0.0)
        if known and tick <= first.tick + first.ticks:
            known[-1] = first._replace(ticks=int(tick) - first.tick + 1), max(worst_j, amount_j)
        else:
            known.append((Alert(int(tick), 1, ""), amount_j))
    return [
        alert._replace(text=f"{VIOLATIONS.get(kind, kind.replace('_', ' '))} ({subject}, {energy_text(worst_j)})")
        for (kind, subject), found in stretches.items()
        for alert, worst_j in found
    ]


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

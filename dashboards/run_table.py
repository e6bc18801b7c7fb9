"""The stored runs as rows of a grid; pure."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboards.comparison import is_bound, is_rule
from dashboards.house import SILENT_S
from dashboards.scales import Scale, share_text
from twin.runs import RunRow
from twin.score import share_of_gap

Cell = str | float | None


def grid_rows(runs: Sequence[RunRow], now_s: float | None = None) -> list[dict[str, Cell]]:
    """A row per run: numbers to sort by, and beside them the text to show."""
    shares = shares_of_gap(runs)
    now_s = time.time() if now_s is None else now_s
    return [_grid_row(run, shares.get(run.id), now_s) for run in runs]


def _grid_row(run: RunRow, share: float | None, now_s: float) -> dict[str, Cell]:
    header, cost = run.header, net_cost(run)
    return {
        "id": str(run.id),
        "run": run.id,
        "scenario": header.scenario,
        "policy": header.policy,
        "days": header.days,
        "cost": cost,
        "cost_text": "–" if cost is None else Scale(header.currency, 1.0, 2).text(cost),
        "share": share,
        "share_text": share_text(share),
        "state": state_text(run, now_s),
        "done": run.progress / header.ticks,
        "started": run.started_s,
    }


def state_text(run: RunRow, now_s: float) -> str:
    """`done`, `running`, `interrupted at 42 %`, `failed at 42 %: why`; `lost` where a run has been silent for long."""
    state = "lost" if run.state == "running" and now_s - run.heartbeat_s > SILENT_S else run.state
    if state in ("done", "running"):
        return state
    why = f": {run.failure}" if run.failure else ""
    return f"{state} at {share_text(run.progress / run.header.ticks)}{why}"


def net_cost(run: RunRow) -> float | None:
    """What a run came to, once it is done."""
    value: float | None = (run.summary or {}).get("net_cost")
    return value


def shares_of_gap(runs: Iterable[RunRow]) -> dict[int, float]:
    """(rule − it) / (rule − oracle) in net cost, by run, where all three were compared on one trace."""
    groups: dict[str, list[RunRow]] = {}
    for run in runs:
        if run.header.group is not None and net_cost(run) is not None:
            groups.setdefault(run.header.group, []).append(run)
    return {run: share for group in groups.values() for run, share in _shares(group).items()}


def _shares(group: Sequence[RunRow]) -> Mapping[int, float]:
    costs = {run.id: net_cost(run) or 0.0 for run in group}
    rule = next((costs[run.id] for run in group if is_rule(run.header.policy)), None)
    bound = next((costs[run.id] for run in group if is_bound(run.header.policy)), None)
    shares = {run: share_of_gap(rule, cost, bound) for run, cost in costs.items()}
    return {run: share for run, share in shares.items() if share is not None}


def fingerprint(runs: Iterable[RunRow]) -> list[list[Any]]:
    """What tells one list of runs from another, but for how far they are."""
    return [[run.id, run.state] for run in runs]

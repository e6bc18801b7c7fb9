"""`twin compare`: several policies, priced on one realised trace."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboards.comparison import Comparison
from dashboards.report import compare_report
from dashboards.scales import energy_text, money_text, share_text
from twin.cli.files import refuse_unwritable, write_page
from twin.cli.output import Output
from twin.cli.running import carry_out
from twin.cli.summaries import run_json, summary_of
from twin.control.oracle import Oracle, SteppedOracle
from twin.errors import ScenarioError
from twin.facts import COLUMNS, Floats, Policy
from twin.pricing import net_cost_columns, net_costs_by_day
from twin.resampled import Resampled
from twin.runs import RunRow, RunStore, open_store
from twin.scenario.launch import Start, new_book, prepare
from twin.scenario.request import Request, Variant
from twin.scenario.session import Session
from twin.score import share_of_gap

USUAL = ("none", "rule", "milp:persistence", "milp:evolved", "stochastic:evolved", "oracle")
"""What is compared when nothing is asked for: no storage, the rule, plans on three kinds of foresight, the bound."""


FEW_DAYS = 7
"""Fewer say too little of what other days would bring."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a policy stands: its share of the gap from rule to oracle, where 90 % of it lie, and that from none."""

    share: float | None
    interval: tuple[float, float] | None
    score: float | None
    gap_is_noise: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One policy's run in a comparison; `changes` are the values its `--set` lists gave it."""

    asked: str
    changes: str
    run: RunRow
    start: Start
    net_cost: float
    standing: Standing
    planned_net_cost: float | None
    is_proven: bool

    @property
    def name(self) -> str:
        """As it was asked for."""
        return f"{self.asked} {self.changes}".strip()


def compare_policies(
    output: Output, request: Request, policies: str | None, where: str | None, plot: Path | None
) -> None:
    """Run each policy, for each variant of the scenario, from one starting state."""
    if plot is not None:
        refuse_unwritable("--plot", plot)
    starts = [(variant.changes, _ready(variant, policies)) for variant in request.variants()]
    with open_store(where) as store:
        rows = [row for changes, ready in starts for row in _compared(output, store, changes, ready)]
        if not output.as_json:
            _show(output, rows)
        if plot is not None:
            write_report(store, rows, plot)
            output.note(f"The picture is in {plot}")
    if output.as_json:
        for warning in _warnings(rows):
            output.note(warning)
        output.result(_json(rows))


@dataclass(frozen=True, slots=True)
class Ready:
    """One variant before its first tick: nothing is left to go wrong with names or files."""

    start: Start
    policies: tuple[tuple[str, Policy], ...]


def _ready(variant: Variant, policies: str | None) -> Ready:
    loaded = variant.request.load()
    if loaded.model.is_live:
        raise ScenarioError(variant.request.scenario, "has a live feed", "a comparison replays one trace")
    start = prepare(loaded)
    names = USUAL if policies is None else [name.strip() for name in policies.split(",")]
    return Ready(start, tuple((name, start.policy(name)) for name in names))


def _compared(output: Output, store: RunStore, changes: str, ready: Ready) -> list[Row]:
    """One variant's rows, each with where it stands among them."""
    start, group = ready.start, uuid.uuid4().hex[:8]
    done = []
    for name, policy in ready.policies:
        book = new_book(store, start, policy, group)
        outcome = carry_out(output, Session(start.blueprint, policy, book), book)
        of_plan = (
            (policy.planned_net_cost, policy.is_proven) if isinstance(policy, Oracle | SteppedOracle) else (None, True)
        )
        done.append((name, store.run(book.run), outcome.net_cost, of_plan))
    standings = _standings({name: cost for name, _, cost, _ in done}, _by_day(store, start, done))
    return [Row(name, changes, run, start, cost, standings[name], *of_plan) for name, run, cost, of_plan in done]


def _by_day(store: RunStore, start: Start, done: Sequence[tuple[str, RunRow, float, object]]) -> dict[str, Floats]:
    """Each policy's net cost of each day."""
    economics = start.blueprint.economics
    return {
        name: net_costs_by_day(_columns(store, run.id, ["day", *net_cost_columns(economics.storages)]), economics)
        for name, run, _, _ in done
    }


def _standings(costs: Mapping[str, float], by_day: Mapping[str, Floats]) -> dict[str, Standing]:
    """Shares where rule and oracle were asked for, intervals where there are days to draw from, scores with none."""
    none, rule, oracle = (costs.get(name) for name in ("none", "rule", "oracle"))
    shares = {name: share_of_gap(rule, cost, oracle) for name, cost in costs.items()}
    scores = {name: share_of_gap(none, cost, oracle) for name, cost in costs.items()}
    if None in shares.values() or len(by_day["rule"]) < 2:
        return {name: Standing(shares[name], None, scores[name], False) for name in costs}
    drawn = Resampled(by_day["rule"], by_day["oracle"])
    intervals = {name: drawn.share_interval(of_days) for name, of_days in by_day.items()}
    return {name: Standing(shares[name], intervals[name], scores[name], drawn.gap_is_noise) for name in costs}


def _json(rows: Sequence[Row]) -> dict[str, object]:
    header = rows[0].run.header
    policies = []
    for row in rows:
        of = row.standing
        standing = {"share_of_gap": of.share, "score": of.score, "interval": of.interval and list(of.interval)}
        policies.append({"name": row.name, **run_json(row.run), "net_cost": row.net_cost, **standing})
    head = {"scenario": header.scenario, "currency": header.currency, "ticks": header.ticks}
    return head | {"policies": policies}


def _show(output: Output, rows: Sequence[Row]) -> None:
    """A table for each variant, and what a reader should know."""
    header = rows[0].run.header
    length = "one day" if header.days == 1 else f"{header.days} days"
    for changes, of_variant in groupby(rows, lambda row: row.changes):
        group = list(of_variant)
        title = f"{header.scenario}, {changes}" if changes else header.scenario
        columns = [(head, cells) for head, cells in _table(group).items() if cells is not None]
        heads, cells = zip(*columns, strict=True)
        output.table(heads, list(zip(*cells, strict=True)), f"{title}: {length}, {header.ticks} ticks, one trace")
    for note in _notes(rows):
        output.line(note)


def _table(rows: Sequence[Row]) -> dict[str, list[str] | None]:
    """Cells by column; a column that says nothing here is left out."""
    sums = [summary_of(row.run) for row in rows]
    standings = [row.standing for row in rows]
    ranged = any(of.interval for of in standings)
    unserved, scored = any(of["unserved_j"] for of in sums), any(of.score is not None for of in standings)
    return {
        "policy": [row.asked for row in rows],
        f"net {rows[0].run.header.currency}": [f"{row.net_cost:,.2f}" for row in rows],
        "imported": [energy_text(of["import_j"]) for of in sums],
        "exported": [energy_text(of["export_j"]) for of in sums],
        "unserved": [energy_text(of["unserved_j"]) for of in sums] if unserved else None,
        "of gap": [share_text(of.share) for of in standings],
        "90 % of it": [_range_text(of.interval) for of in standings] if ranged else None,
        "score": [share_text(of.score) for of in standings] if scored else None,
    }


def _range_text(interval: tuple[float, float] | None) -> str:
    """`55…91 %`, and a dash for what is not known."""
    return "–" if interval is None else f"{share_text(interval[0]).removesuffix(' %')}…{share_text(interval[1])}"


def _notes(rows: Sequence[Row]) -> list[str]:
    """What a reader of the table should know."""
    currency = rows[0].run.header.currency
    notes = ["Net cost: cost, wear and unserved energy, less what stored energy will earn."]
    if any(row.asked == "oracle" for row in rows):
        notes.append("The oracle sees the whole trace at once: a bound, not a policy to be had.")
    if any(row.standing.score is not None for row in rows):
        notes.append("Gap: from rule to oracle. Score: the same from no storage to the oracle.")
    notes += _doubts(rows)
    pairs = [(row.net_cost, row.planned_net_cost) for row in rows if row.planned_net_cost is not None]
    if gaps := [money_text(came - planned, currency) for came, planned in pairs]:
        notes.append(f"Its plan took the storage for linear; the replay came out {' and '.join(gaps)} dearer.")
    if not all(row.is_proven for row in rows):
        notes.append("Its search was stopped by guard.max_nodes, so its plan may be beaten.")
    notes += dict.fromkeys(f"Note: {remark}" for row in rows for remark in row.start.blueprint.remarks.lines)
    return notes


def _doubts(rows: Sequence[Row]) -> list[str]:
    """What the intervals say, and where they and the shares say little."""
    if not any(row.standing.interval for row in rows):
        return []
    notes = ["90 % of it: within this the share stays for nine of ten draws of the days (block bootstrap)."]
    if (days := rows[0].run.header.days) < FEW_DAYS:
        notes.append(f"{days} days are few: other days may bring more than these intervals say.")
    return notes + _warnings(rows)


def _warnings(rows: Sequence[Row]) -> list[str]:
    """For each variant whose rule and oracle are too close to measure anything between them."""
    noisy = dict.fromkeys(row.changes for row in rows if row.standing.gap_is_noise)
    return [
        f"Warning{f', {changes}' if changes else ''}: the gap itself is within its noise, so shares of it say nothing; "
        "take more days."
        for changes in noisy
    ]


def write_report(store: RunStore, rows: Sequence[Row], plot: Path) -> None:
    """Write the comparison as one page; raises ScenarioError if the file cannot be written."""
    first = rows[0].start
    page = compare_report(
        Comparison(
            first.loaded.model.name,
            first.loaded.model.timezone,
            first.blueprint.calendar,
            {row.name: row.start.blueprint.economics for row in rows},
            runs={row.name: _all_columns(store, row) for row in rows},
            summaries={
                row.name: {**summary_of(row.run), "net_cost": row.net_cost, "share_of_gap": row.standing.share}
                for row in rows
            },
        )
    )
    write_page(plot, page)


def _all_columns(store: RunStore, row: Row) -> dict[str, NDArray[Any]]:
    """What figures and net costs are made of."""
    names = dict.fromkeys((*COLUMNS, *net_cost_columns(row.start.blueprint.economics.storages)))
    return _columns(store, row.run.id, tuple(names))


def _columns(store: RunStore, run: int, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    chunks = list(store.columns(run, names))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}

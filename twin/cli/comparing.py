"""`twin compare`: several policies, priced on one realised trace."""

import uuid
from collections.abc import Sequence
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
from twin.control.oracle import Oracle
from twin.errors import ScenarioError
from twin.facts import COLUMNS, Policy
from twin.runs import RunRow, RunStore, open_store
from twin.scenario.launch import Start, new_book, prepare
from twin.scenario.request import Request, Variant
from twin.scenario.session import Session
from twin.score import share_of_gap

USUAL = ("rule", "milp:persistence", "milp:evolved", "stochastic:evolved", "oracle")
"""What is compared when nothing is asked for: the rule, plans on three kinds of foresight, the bound."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy's run in a comparison; `changes` are the values its `--set` lists gave it."""

    asked: str
    changes: str
    run: RunRow
    start: Start
    net_cost: float
    share: float | None
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
    """One variant's rows, with the share of the gap where rule and oracle are among them."""
    start, group = ready.start, uuid.uuid4().hex[:8]
    done = []
    for name, policy in ready.policies:
        book = new_book(store, start, policy, group)
        outcome = carry_out(output, Session(start.blueprint, policy, book), book)
        of_plan = (policy.planned_net_cost, policy.is_proven) if isinstance(policy, Oracle) else (None, True)
        done.append((name, store.run(book.run), outcome.net_cost, of_plan))
    costs = {name: cost for name, _, cost, _ in done}
    rule, oracle = costs.get("rule"), costs.get("oracle")
    return [
        Row(name, changes, run, start, cost, share_of_gap(rule, cost, oracle), *of_plan)
        for name, run, cost, of_plan in done
    ]


def _json(rows: Sequence[Row]) -> dict[str, object]:
    header = rows[0].run.header
    policies = []
    for row in rows:
        policies.append({"name": row.name, **run_json(row.run), "net_cost": row.net_cost, "share_of_gap": row.share})
    head = {"scenario": header.scenario, "currency": header.currency, "ticks": header.ticks}
    return head | {"policies": policies}


def _show(output: Output, rows: Sequence[Row]) -> None:
    """A table for each variant, and what a reader should know."""
    header = rows[0].run.header
    length = "one day" if header.days == 1 else f"{header.days} days"
    heads = (
        "policy",
        f"net {header.currency}",
        f"cost {header.currency}",
        "imported",
        "exported",
        "unserved",
        "of gap",
    )
    for changes, group in groupby(rows, lambda row: row.changes):
        title = f"{header.scenario}, {changes}" if changes else header.scenario
        output.table(heads, [_cells(row) for row in group], f"{title}: {length}, {header.ticks} ticks, one trace")
    for note in _notes(rows):
        output.line(note)


def _cells(row: Row) -> tuple[str, ...]:
    of = summary_of(row.run)
    return (
        row.asked,
        f"{row.net_cost:,.2f}",
        f"{of['cost']:,.2f}",
        energy_text(of["import_j"]),
        energy_text(of["export_j"]),
        energy_text(of["unserved_j"]),
        share_text(row.share),
    )


def _notes(rows: Sequence[Row]) -> list[str]:
    """What a reader of the table should know."""
    currency = rows[0].run.header.currency
    notes = ["Net cost: cost, wear and unserved energy, less what stored energy will earn."]
    if any(row.asked == "oracle" for row in rows):
        notes.append("The oracle sees the whole trace at once: a bound, not a policy to be had.")
    pairs = [(row.net_cost, row.planned_net_cost) for row in rows if row.planned_net_cost is not None]
    if gaps := [money_text(came - planned, currency) for came, planned in pairs]:
        notes.append(f"Its plan took the storage for linear; the replay came out {' and '.join(gaps)} dearer.")
    if not all(row.is_proven for row in rows):
        notes.append("Its search was stopped by guard.max_nodes, so its plan may be beaten.")
    notes += dict.fromkeys(f"Note: {remark}" for row in rows for remark in row.start.blueprint.remarks.lines)
    return notes


def write_report(store: RunStore, rows: Sequence[Row], plot: Path) -> None:
    """Write the comparison as one page; raises ScenarioError if the file cannot be written."""
    first = rows[0].start
    page = compare_report(
        Comparison(
            first.loaded.model.name,
            first.loaded.model.timezone,
            first.blueprint.calendar,
            first.blueprint.economics,
            runs={row.name: _columns(store, row.run.id) for row in rows},
            summaries={
                row.name: {**summary_of(row.run), "net_cost": row.net_cost, "share_of_gap": row.share} for row in rows
            },
        )
    )
    write_page(plot, page)


def _columns(store: RunStore, run: int) -> dict[str, NDArray[Any]]:
    chunks = list(store.columns(run, COLUMNS))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in COLUMNS}

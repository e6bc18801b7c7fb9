"""A run's summary as JSON and as rows of a table."""

from typing import Any

from dashboards.scales import energy_text, money_text, share_text
from twin.cli.output import rate_text
from twin.runs import RunRow

UNLISTED = ("net_cost",)
"""Kept with a run, but only `compare` prints it as JSON: alone it means little."""


def run_json(row: RunRow) -> dict[str, object]:
    """The object that `run --json` prints."""
    header = row.header
    head = {"run": row.id, "scenario": header.scenario, "policy": header.policy, "currency": header.currency}
    return head | {name: value for name, value in summary_of(row).items() if name not in UNLISTED}


def summary_of(row: RunRow) -> dict[str, Any]:
    """A run's summary; empty while it is not done."""
    return dict(row.summary or {})


def run_rows(row: RunRow) -> list[tuple[str, str]]:
    """What a run came to, line by line."""
    of, currency = summary_of(row), row.header.currency
    if not of:
        return [("state", row.state), ("ticks", f"{row.progress} of {row.header.ticks}")]
    plan_s = of["plan_s"]
    rows = [
        ("cost", money_text(of["cost"], currency)),
        ("net cost", money_text(of["net_cost"], currency)),
        ("imported", energy_text(of["import_j"])),
        ("exported", energy_text(of["export_j"])),
        ("solar used", energy_text(of["solar_j"])),
        ("solar curtailed", energy_text(of["curtailed_j"])),
        ("consumed", energy_text(-of["load_j"])),
        ("not served", energy_text(of["unserved_j"])),
        ("stored, start to end", f"{energy_text(of['stored_j_start'])} to {energy_text(of['stored_j_end'])}"),
        ("self-consumption", share_text(of["self_consumption"])),
        ("self-sufficiency", share_text(of["self_sufficiency"])),
        ("storage cycles", "–" if of["cycles"] is None else f"{of['cycles']:.1f}"),
        ("speed", f"{of['ticks']} ticks at {rate_text(of['ticks_per_s'])}"),
    ]
    if plan_s["median"] is not None:
        rows.append(("planning, median and worst", f"{1e3 * plan_s['median']:.1f} ms, {1e3 * plan_s['max']:.0f} ms"))
    for reason, count in of["plan_fallbacks"].items():
        rows.append((reason, f"{count} ticks"))
    for component, count in of["link_fallbacks"].items():
        rows.append((f"{component} by its model", f"{count} ticks"))
    if of.get("held_ticks"):
        rows.append(("feed's last answer held", f"{of['held_ticks']} ticks"))
    if of["late_ticks"]:
        rows.append(("late", f"{of['late_ticks']} ticks"))
    return rows

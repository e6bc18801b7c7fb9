"""Consumption: energy used and produced day by day, and how lean the last day was."""

from collections.abc import Mapping, Sequence

from dash import Dash
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.daily import Days, green_scores, last_days, whole_days
from dashboards.data import Data
from dashboards.figures.days import energy_panel, score_panel, shares_panel
from dashboards.looks import days_table, look_at
from dashboards.pages.choosing import controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import cards, facts
from dashboards.parts import page
from dashboards.scales import energy_text, share_text
from twin.runs import RunRow

TITLE = "Consumption"
GREEN_SCORE = "Green Score of the last whole day"


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, count = look_at(data, asked.text("run")), days_asked(asked, 7)
    fields = controls(run_field(rows, looked.row.id), days_field(count))
    if early := not_begun(TITLE, fields, looked.row):
        return early
    days = last_days(days_table(data, looked, count), count)
    panels = {"energy": energy_panel(looked.about, days), "shares": shares_panel(looked.about, days)}
    over = whole_days(days, looked.about.calendar.ticks_per_day)
    if len(over["day"]) > 1:
        panels["score"] = score_panel(looked.about, over)
    return page(TITLE, facts([*summary(days), (GREEN_SCORE, score_text(over))]), cards(panels), controls=fields)


def summary(days: Days) -> list[tuple[str, str]]:
    """The range in a line of numbers."""
    used_j, produced_j = float(-days["load_j"].sum()), float(days["solar_j"].sum())
    unused_j = float(days["curtailed_j"].sum())
    return [
        ("used", energy_text(used_j)),
        ("produced", energy_text(produced_j)),
        *([("sun left unused", energy_text(unused_j))] if unused_j else []),
        ("not served", energy_text(float(days["unserved_j"].sum()))),
        ("self-consumption", _share(float(days["export_j"].sum()), produced_j)),
        ("self-sufficiency", _share(float(days["import_j"].sum()), used_j)),
    ]


def score_text(over: Days) -> str:
    """`72 of 100`, of the last whole day; a single one has no other to be measured against."""
    scores = green_scores(-over["load_j"])
    return f"{scores[-1]:.0f} of 100" if len(scores) > 1 else "needs 2 whole days"


def _share(lost_j: float, whole_j: float) -> str:
    return share_text(max(0.0, 1 - lost_j / whole_j) if whole_j > 0 else None)


def register(app: Dash, data: Data) -> None:
    """The fields of all pages are registered once, with the live page."""

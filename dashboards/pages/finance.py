"""Finance: what was bought and sold, what it cost, and what the rule would have paid."""

from collections.abc import Mapping, Sequence

import numpy as np
from dash import Dash
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.daily import Days, day_average, last_days, whole_days
from dashboards.data import Data
from dashboards.figures import Panel
from dashboards.figures.days import (
    average_panel,
    cost_per_day_panel,
    cost_per_week_panel,
    saved_panel,
    traded_panel,
)
from dashboards.looks import days_table, look_at
from dashboards.pages.choosing import controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import cards, facts
from dashboards.parts import page
from dashboards.scales import energy_text, money_scale, share_text
from dashboards.window import About
from twin.runs import RunRow

TITLE = "Finance"
MONTH = 30


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, count = look_at(data, asked.text("run")), days_asked(asked, 7)
    fields = controls(run_field(rows, looked.row.id), days_field(count))
    if early := not_begun(TITLE, fields, looked.row):
        return early
    found = days_table(data, looked, max(count, MONTH))
    days = last_days(found, count)
    return page(TITLE, facts(summary(looked.about, days)), cards(panels(looked.about, days, found)), controls=fields)


def panels(about: About, days: Days, found: Days) -> dict[str, Panel]:
    """Those that these days have something to say to; `found` reaches back a month at least."""
    rule_cost = days["rule_cost"] if np.isfinite(days["rule_cost"]).all() else None
    drawn = {"cost": cost_per_day_panel(about, days, rule_cost), "traded": traded_panel(about, days)}
    if np.isfinite(days["net_saved"]).all():
        drawn["saved"] = saved_panel(about, days, days["net_saved"])
    over = whole_days(found, about.calendar.ticks_per_day)
    week, month = day_average(over, "cost", 7), day_average(over, "cost", MONTH)
    if len(over["day"]) > 7 and week is not None and month is not None:
        drawn["average"] = average_panel(about, week, month, min(len(over["day"]), MONTH))
    if len(days["day"]) > 7:
        drawn["weeks"] = cost_per_week_panel(about, days)
    return drawn


def summary(about: About, days: Days) -> list[tuple[str, str]]:
    """The range in a line of numbers."""
    cost, rule = float(days["cost"].sum()), float(days["rule_cost"].sum())
    per_day = cost * about.calendar.ticks_per_day / float(days["ticks"].sum())
    net = float(days["net_saved"].sum())
    scale = money_scale([cost, per_day, *(value for value in (rule - cost, net) if np.isfinite(value))], about.currency)
    saved, bills = [], []
    if np.isfinite(rule):
        # How much the rule would not have served is not known.
        aside = ", but for energy not served" if days["unserved_j"].any() else ""
        text = scale.text(net) if np.isfinite(net) else "see Compare, as the storages differ"
        saved = [(f"net savings over the rule{aside}", text)]
        # A share of next to nothing, or of what was earned, says nothing.
        share = f" ({share_text((rule - cost) / rule)})" if 0 < abs(rule - cost) <= rule else ""
        bills = [("of that on bills", scale.text(rule - cost) + share)]
    return [
        *saved,
        *bills,
        ("cost", scale.text(cost)),
        ("cost per day", scale.text(per_day)),
        ("bought", energy_text(float(days["import_j"].sum()))),
        ("sold", energy_text(float(days["export_j"].sum()))),
    ]


def register(app: Dash, data: Data) -> None:
    """The fields of all pages are registered once, with the live page."""

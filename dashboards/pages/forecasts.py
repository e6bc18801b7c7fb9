"""Forecasts: what was said, what came, and how the nets learned."""

from collections.abc import Mapping, Sequence

import numpy as np
from dash import Dash
from dash.development.base_component import Component

from dashboards.accuracy import Skill, skills, told
from dashboards.address import Asked
from dashboards.data import Data
from dashboards.figures.foresight import error_panel, lead_panel, learning_panel, said_panel
from dashboards.figures.ticks import SERIES_TITLES, series_scale
from dashboards.looks import Looked, last_window, look_at, rows_in
from dashboards.pages.choosing import choice_field, controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import card, cards, section, table
from dashboards.parts import empty_state, page
from dashboards.scales import share_text
from dashboards.window import About, Window
from twin.facts import SERIES
from twin.runs import Row, RunRow

TITLE = "Forecasts"
RANGES = (1, 3, 7, 30)
AHEADS = (1, 6, 24)
SKILL_NOTE = """Skill: the share of the error (RMSE) that is gone, compared with saying that nothing changes; 100 % is
perfect, 0 % no better. Within the band: how often it came between the 10 % and 90 % quantiles."""


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, count = look_at(data, asked.text("run")), days_asked(asked, 1, RANGES)
    series = asked.choice("series", SERIES, SERIES[0])
    ahead = int(asked.choice("ahead", [str(ticks) for ticks in AHEADS], str(AHEADS[0])))
    fields = controls(
        run_field(rows, looked.row.id),
        choice_field("series", [(name, SERIES_TITLES[name]) for name in SERIES], series, "Series"),
        choice_field("ahead", [(str(ticks), f"{ticks} ahead") for ticks in AHEADS], str(ahead), "Ticks ahead"),
        days_field(count, RANGES),
    )
    if early := not_begun(TITLE, fields, looked.row):
        return early
    of = last_window(data, looked, count)
    said = rows_in(data, looked, "forecast", of.start, of.stop)
    learned = rows_in(data, looked, "training", 0, looked.row.header.ticks)
    content = [*_foretold(of, said, series, ahead), *_learned(learned)] if said else [_nothing_said(looked)]
    return page(TITLE, *content, controls=fields)


def _foretold(of: Window, rows: Sequence[Row], series: str, ahead: int) -> list[Component]:
    found = told(rows, series)
    judged = skill_table(of.about, skills(rows, AHEADS))
    if found is None or ahead >= found.horizon:
        return [empty_state("Nothing was said so far ahead", "Choose fewer ticks ahead."), judged]
    panels = {"said": said_panel(of, found, ahead), "error": error_panel(of, found, ahead)}
    panels["lead"] = lead_panel(of, found)
    return [cards(panels, wide=["said"]), judged]


def skill_table(about: About, lines: Sequence[Skill]) -> Component:
    """How far off each series was, and how much better than saying that nothing changes."""
    heads = ("series", "ahead", "RMSE", "mean error", "skill", "within the band")
    title = "How good were the forecasts?"
    return section(title, SKILL_NOTE, table(heads, [_skill_row(about, line) for line in lines], title))


def _skill_row(about: About, line: Skill) -> tuple[str, ...]:
    scale = series_scale(line.series, np.array([line.rmse]), about.currency)
    exact = line.rmse <= 1e-9
    errors = ("exact", "exact") if exact else (scale.text(line.rmse), scale.text(line.mae))
    return (
        SERIES_TITLES[line.series],
        "1 tick" if line.ahead == 1 else f"{line.ahead} ticks",
        *errors,
        share_text(line.skill),
        share_text(line.covered),
    )


def _learned(rows: Sequence[Row]) -> list[Component]:
    return [card("learning", learning_panel(rows), wide=True)] if rows else []


def _nothing_said(looked: Looked) -> Component:
    return empty_state(
        f"{looked.row.header.policy} does not forecast",
        "Look at a run of a policy that plans, or start one:",
        f"twin run {looked.row.header.scenario} --policy milp:evolved",
    )


def register(app: Dash, data: Data) -> None:
    """The fields of all pages are registered once, with the live page."""

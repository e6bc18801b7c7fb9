"""Forecasts: what was said, what came, and how the nets learned."""

from collections.abc import Mapping, Sequence

import numpy as np
from dash import Dash
from dash.development.base_component import Component

from dashboards.accuracy import Skill, Told, skills, told
from dashboards.address import Asked
from dashboards.data import Data
from dashboards.figures.foresight import error_panel, lead_panel, learning_panel, said_panel
from dashboards.figures.ticks import SERIES_TITLES, series_scale
from dashboards.looks import Looked, last_window, look_at, rows_in
from dashboards.pages.choosing import choice_field, controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import card, cards, section, table
from dashboards.parts import empty_state, page
from dashboards.scales import Scale, share_text
from dashboards.window import About, Window
from twin.facts import SERIES
from twin.runs import Row, RunRow

TITLE = "Forecasts"
RANGES = (1, 3, 7, 30)
AHEADS = (1, 6, 24)
SKILL_NOTE = """RMSE, MAE: root mean square and mean absolute error. Skill: the share of the RMSE that is gone, compared
with saying that nothing changes; 100 % is perfect, 0 % no better. Within the band: how often it came between the 10 %
and 90 % quantiles; 80 % is honest."""


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, count = look_at(data, asked.text("run")), days_asked(asked, 1, RANGES)
    ahead = int(asked.choice("ahead", [str(ticks) for ticks in AHEADS], str(AHEADS[0])))
    if early := not_begun(TITLE, _fields(rows, looked, SERIES[0], ahead, count), looked.row):
        return early
    of = last_window(data, looked, count)
    said = rows_in(data, looked, "forecast", of.start, of.stop)
    learned = rows_in(data, looked, "training", 0, looked.row.header.ticks)
    judged = skills(said, AHEADS)
    series = asked.choice("series", SERIES, uncertain(judged))
    is_exact = all(line.is_exact for line in judged if line.series == series)
    foretold = [_foretold(of, told(said, series), ahead, is_exact), skill_table(of.about, judged)]
    content = [*foretold, *_learned(learned)] if said else [_nothing_said(looked)]
    return page(TITLE, *content, controls=_fields(rows, looked, series, ahead, count))


def uncertain(judged: Sequence[Skill]) -> str:
    """The first series of which something was not known: of an exact forecast there is nothing to see."""
    return next((line.series for line in judged if not line.is_exact), SERIES[0])


def _fields(rows: Sequence[RunRow], looked: Looked, series: str, ahead: int, days: int) -> Component:
    return controls(
        run_field(rows, looked.row.id),
        choice_field("series", [(name, SERIES_TITLES[name]) for name in SERIES], series, "Series"),
        choice_field("ahead", [(str(ticks), f"{ticks} ahead") for ticks in AHEADS], str(ahead), "Ticks ahead"),
        days_field(days, RANGES),
    )


def _foretold(of: Window, found: Told | None, ahead: int, is_exact: bool) -> Component:
    if found is None or ahead >= found.horizon:
        return empty_state("Nothing was said so far ahead", "Choose fewer ticks ahead.")
    said = said_panel(of, found, ahead)
    if is_exact:
        return cards({"said": said._replace(note=f"{said.note} It was known exactly.")}, wide=["said"])
    return cards({"said": said, "error": error_panel(of, found, ahead), "lead": lead_panel(of, found)}, wide=["said"])


def skill_table(about: About, lines: Sequence[Skill]) -> Component:
    """How far off each series was, and how much better than saying that nothing changes."""
    heads = ("series", "ahead", "RMSE", "MAE", "skill", "within the band")
    title = "How good were the forecasts?"
    errors = {line.series: [one.rmse for one in lines if one.series == line.series] for line in lines}
    scales = {series: series_scale(series, np.array(of), about.currency) for series, of in errors.items()}
    return section(title, SKILL_NOTE, table(heads, [skill_row(line, scales[line.series]) for line in lines], title))


def skill_row(line: Skill, scale: Scale) -> tuple[str, ...]:
    """The errors of a series are told on one scale, so that they stand under each other."""
    errors = ("exact", "exact") if line.is_exact else (scale.text(line.rmse), scale.text(line.mae))
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

"""Hardware: whose word each reading was, how the links fared, and how far boards are from their models."""

from collections.abc import Mapping, Sequence

import numpy as np
from dash import Dash
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.data import Data
from dashboards.figures import Panel
from dashboards.figures.boards import late_panel, link_panel, residual_panel, sources_panel, stretches
from dashboards.looks import Looked, last_window, look_at, rows_in
from dashboards.pages.choosing import controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import cards, facts, section, table
from dashboards.parts import empty_state, page
from dashboards.scales import share_text
from dashboards.troubles import fault_text
from dashboards.window import Window
from twin.runs import Row, RunRow

TITLE = "Hardware"
RANGES = (1, 3, 7)
LISTED = 50


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, count = look_at(data, asked.text("run")), days_asked(asked, 1, RANGES)
    fields = controls(run_field(rows, looked.row.id), days_field(count, RANGES))
    if early := not_begun(TITLE, fields, looked.row):
        return early
    of = last_window(data, looked, count)
    links, faults = (rows_in(data, looked, name, of.start, of.stop) for name in ("link", "fault"))
    answers = sources(looked, of)
    if not links and all(set(said) == {"model"} for said in answers.values()):
        return page(TITLE, _models_only(looked), controls=fields)
    drawn = panels(of, answers, links)
    return page(
        TITLE, facts(summary(answers)), cards(drawn, wide=["sources"]), _outages(answers, of, faults), controls=fields
    )


def sources(looked: Looked, of: Window) -> dict[str, list[str]]:
    """Who answered for each component in each tick."""
    return {name: [str(said) for said in of.columns[f"{name}_source"]] for name in looked.row.header.components}


def panels(of: Window, answers: Mapping[str, Sequence[str]], links: Sequence[Row]) -> dict[str, Panel]:
    drawn = {"sources": sources_panel(of, answers)}
    if links:
        drawn |= {"latency": link_panel(of, links, "latency_s"), "age": link_panel(of, links, "age_s")}
        drawn["residual"] = residual_panel(of, links)
    return drawn | {"late": late_panel(of)}


def summary(answers: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """For each component that has a board, how often the board answered."""
    boards = {name: said for name, said in answers.items() if set(said) - {"model"}}
    return [
        (f"{name}, by its board", share_text(list(said).count("hardware") / len(said))) for name, said in boards.items()
    ]


def outages(
    answers: Mapping[str, Sequence[str]], ticks: Sequence[int], faults: Sequence[Row]
) -> list[tuple[str, str, str, str]]:
    """Component, since when its model answered, when its board was back, and what its board did; newest first."""
    found = []
    for name, said in answers.items():
        for start, stop in stretches(np.asarray(said, dtype=object) == "fallback"):
            first = ticks[start]
            back = f"tick {ticks[stop]}" if stop < len(ticks) else "not yet"
            heard = (row for row in faults if row[1] == name and first - 1 <= row[0] <= ticks[stop - 1])
            why = "; ".join(dict.fromkeys(fault_text(kind, detail) for _, _, kind, detail in heard))
            found.append((first, (name, f"tick {first}", back, why or "–")))
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])][:LISTED]


def _outages(answers: Mapping[str, Sequence[str]], of: Window, faults: Sequence[Row]) -> Component:
    rows = outages(answers, [int(tick) for tick in of.columns["tick"]], faults)
    title = "When was a board lost, and when was it back?"
    if not rows:
        return section(title, "Every board answered well in these days.")
    return section(title, "The newest first.", table(("component", "lost", "back", "its board"), rows, title))


def _models_only(looked: Looked) -> Component:
    return empty_state(
        "No board took part in these days",
        "Every reading came from a model. Boards stand in for components where a run asks for a bench of them:",
        f"twin run {looked.row.header.scenario} --hardware virtual",
    )


def register(app: Dash, data: Data) -> None:
    """The fields of all pages are registered once, with the live page."""

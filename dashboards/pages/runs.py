"""Home: the stored runs in a grid, those under way above it, and a form to start one."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards import deleting, run_grid, starting, token, under_way
from dashboards.address import Asked
from dashboards.house import House
from dashboards.parts import empty_state, link_button, minding, page
from dashboards.run_table import fingerprint, grid_rows

REFRESH_MS = 1000


def layout(house: House, query: Mapping[str, str]) -> Component:
    """The grid, what is under way, and the form."""
    runs, asked = house.data.runs(), Asked(query)
    now = under_way.panel(house, runs)
    drawn = page(
        "Runs",
        html.Div(now.lines, id="under-way"),
        run_grid.toolbar(query.get("q", "")),
        html.Div(run_grid.grid(grid_rows(runs), asked), id="grid-frame", hidden=not runs),
        html.Div(_nothing(), id="no-runs", hidden=bool(runs)),
        starting.form(house, query.get("start")),
        deleting.confirmation(),
        dcc.Interval(id="runs-clock", interval=REFRESH_MS),
        dcc.Store(id="runs-known", data=fingerprint(runs)),
        dcc.Store(id="under-way-built", data=now.built),
        dcc.Store(id="under-way-changes"),
        controls=_controls(),
    )
    return minding(asked.faults, drawn)


def _controls() -> Component:
    return dmc.Group(
        [link_button("Scenarios", "/editor", "edit"), dmc.Button("Start a run", id="open-start")], gap="xs"
    )


def _nothing() -> Component:
    return empty_state("No runs yet", "Start one with the button above, or from the command line:", "twin run lab_day")


def register(app: Dash, house: House) -> None:
    """What the grid, the forms and the clock do."""
    run_grid.register(app)
    starting.register(app, house)
    under_way.register(app, house)
    deleting.register(app, house)

    @app.callback(
        Output("runs", "selectedRows", allow_duplicate=True),
        Input("resume", "n_clicks"),
        State("runs", "selectedRows"),
        State("token", "data"),
        running=[(Output("resume", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def resume(clicks: int, rows: list[dict[str, Any]], given: str | None) -> list[Any]:
        token.check(house, given)
        house.resume(rows[0]["run"])
        return []

    @app.callback(
        Output("under-way", "children"),
        Output("under-way-built", "data"),
        Output("under-way-changes", "data"),
        Output("runs", "rowData"),
        Output("runs-known", "data"),
        Output("grid-frame", "hidden"),
        Output("no-runs", "hidden"),
        Input("runs-clock", "n_intervals"),
        State("runs-known", "data"),
        State("under-way-built", "data"),
        prevent_initial_call=True,
    )
    def refresh(ticks: int, known: list[list[Any]], built: under_way.Built) -> tuple[Any, ...]:
        return refreshed(house, known, built)


def refreshed(house: House, known: list[list[Any]], built: under_way.Built) -> tuple[Any, ...]:
    """What is under way, and the grid's rows where they are not those known; a grid that has not changed stays."""
    runs = house.data.runs()
    now, lines = fingerprint(runs), under_way.news(house, runs, built)
    if now == known:
        return *lines, no_update, no_update, no_update, no_update
    return *lines, grid_rows(runs), now, not runs, bool(runs)

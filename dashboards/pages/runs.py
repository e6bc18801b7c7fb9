"""Home: the stored runs in a grid, those under way above it, and a form to start one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards import starting, token
from dashboards.address import link, remember
from dashboards.house import House
from dashboards.parts import empty_state, page
from dashboards.run_table import fingerprint, grid_rows
from dashboards.under_way import panel

REFRESH_MS = 1000
MOST_COMPARED = 6
THEME = """themeQuartz.withParams({backgroundColor: 'var(--mantine-color-body)',
foregroundColor: 'var(--mantine-color-text)', borderColor: 'var(--mantine-color-default-border)',
accentColor: 'var(--mantine-primary-color-filled)', headerBackgroundColor: 'var(--mantine-color-body)',
browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 13, spacing: 5, wrapperBorderRadius: 4})"""
NUMBER = {"type": "rightAligned", "filter": "agNumberColumnFilter", "cellClass": "ag-right-aligned-cell number"}


def _number(field: str, head: str, width: int, text: str | None = None) -> dict[str, Any]:
    shown = {"valueFormatter": {"function": f"params.data.{text}"}} if text else {}
    return {"field": field, "headerName": head, "width": width, **NUMBER, **shown}


COLUMNS = [
    _number("run", "Run", 76) | {"cellRenderer": "RunLink", "pinned": "left"},
    {"field": "scenario", "headerName": "Scenario", "minWidth": 130, "flex": 2},
    {"field": "policy", "headerName": "Policy", "minWidth": 130, "flex": 2},
    _number("days", "Days", 80),
    _number("cost", "Net cost", 120, "cost_text"),
    _number("share", "Share of gap", 135, "share_text"),
    {"field": "state", "headerName": "State", "minWidth": 130, "flex": 1},
    {
        "field": "started",
        "headerName": "Started",
        "width": 150,
        "filter": False,
        "valueFormatter": {"function": "localTime(params.value)"},
    },
]


def layout(house: House, query: Mapping[str, str]) -> Component:
    """The grid, what is under way, and the form."""
    runs = house.data.runs()
    return page(
        "Runs",
        html.Div(panel(house, runs), id="under-way"),
        _toolbar(query.get("q", "")),
        html.Div(_grid(grid_rows(runs), query), id="grid-frame", hidden=not runs),
        html.Div(_nothing(), id="no-runs", hidden=bool(runs)),
        starting.form(house, query.get("start")),
        _confirmation(),
        dcc.Interval(id="runs-clock", interval=REFRESH_MS),
        dcc.Store(id="runs-known", data=fingerprint(runs)),
        controls=_controls(),
    )


def _controls() -> Component:
    edit = dmc.Button("Scenarios", id="edit", variant="default")
    return dmc.Group([dcc.Link(edit, href="/editor"), dmc.Button("Start a run", id="open-start")], gap="xs")


def _nothing() -> Component:
    return empty_state("No runs yet", "Start one with the button above, or from the command line:", "twin run lab_day")


def _toolbar(filtered: str) -> Component:
    search = dmc.TextInput(
        id="runs-filter", value=filtered, placeholder="Filter", w=200, **{"aria-label": "Filter the runs"}
    )
    compare = dcc.Link(
        dmc.Button("Compare", id="compare", variant="default", disabled=True), id="compare-link", href="/"
    )
    resume = dmc.Button("Resume", id="resume", variant="default", disabled=True)
    delete = dmc.Button("Delete", id="delete", variant="default", color="red", disabled=True)
    save = dmc.Button("CSV", id="runs-save", variant="default", **{"aria-label": "Save the runs as CSV"})
    return dmc.Group([search, compare, resume, delete, save], gap="xs", className="toolbar")


def _grid(rows: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Component:
    return dag.AgGrid(
        id="runs",
        columnDefs=sorted_columns(query.get("sort", "started:desc")),
        rowData=list(rows),
        filterModel=filter_model(query.get("filter", "")),
        getRowId="params.data.id",
        defaultColDef={"filter": True, "sortable": True, "resizable": True},
        dashGridOptions={"theme": {"function": THEME}, "rowSelection": {"mode": "multiRow"}, "animateRows": False},
        eventListeners={"sortChanged": ["keepSort(params)"], "filterChanged": ["keepFilter(params)"]},
        csvExportParams={"fileName": "runs.csv", "columnKeys": [column["field"] for column in COLUMNS]},
        style={"height": "max(320px, calc(100dvh - 220px))"},
    )


def sorted_columns(order: str) -> list[dict[str, Any]]:
    """The columns, sorted by what the address says: `cost:desc,days:asc`; what it should not say is left out."""
    asked = [term.partition(":")[::2] for term in order.split(",")]
    places = {field: (way, place) for place, (field, way) in enumerate(asked) if way in ("asc", "desc")}
    return [
        column | dict(zip(("sort", "sortIndex"), places[column["field"]], strict=True))
        if column["field"] in places
        else column
        for column in COLUMNS
    ]


def filter_model(text: str) -> dict[str, Any]:
    """The grid's filters as the address has them; none where it has something else."""
    try:
        model = json.loads(text)
    except ValueError:
        return {}
    fields = {column["field"] for column in COLUMNS}
    given = model.items() if isinstance(model, dict) else ()
    return {name: one for name, one in given if name in fields and isinstance(one, dict)}


def _confirmation() -> Component:
    buttons = [
        dmc.Button("Keep", id="delete-no", variant="default", **{"data-autofocus": True}),
        dmc.Button("Delete", id="delete-yes", color="red"),
    ]
    content = [dmc.Text(id="delete-question"), dmc.Group(buttons, justify="flex-end", mt="md")]
    return dmc.Modal(content, id="delete-asked", title="Delete runs", opened=False)


def register(app: Dash, house: House) -> None:
    """What the grid, the buttons and the clock do."""
    remember(app, q=Input("runs-filter", "value"))
    starting.register(app, house)
    app.clientside_callback(
        "(text, options) => ({...options, quickFilterText: text || ''})",
        Output("runs", "dashGridOptions"),
        Input("runs-filter", "value"),
        State("runs", "dashGridOptions"),
    )

    app.clientside_callback(
        "() => true", Output("runs", "exportDataAsCsv"), Input("runs-save", "n_clicks"), prevent_initial_call=True
    )

    @app.callback(
        Output("compare", "disabled"),
        Output("compare-link", "href"),
        Output("resume", "disabled"),
        Output("delete", "disabled"),
        Input("runs", "selectedRows"),
    )
    def offer(rows: list[dict[str, Any]] | None) -> tuple[bool, str, bool, bool]:
        return offered(rows or [])

    @app.callback(
        Output("delete-asked", "opened"),
        Output("delete-question", "children"),
        Input("delete", "n_clicks"),
        State("runs", "selectedRows"),
        prevent_initial_call=True,
    )
    def ask(clicks: int, rows: list[dict[str, Any]]) -> tuple[bool, str]:
        return True, question(rows)

    app.clientside_callback(
        "() => false",
        Output("delete-asked", "opened", allow_duplicate=True),
        Input("delete-no", "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("delete-asked", "opened", allow_duplicate=True),
        Output("runs", "selectedRows"),
        Input("delete-yes", "n_clicks"),
        State("runs", "selectedRows"),
        State("token", "data"),
        prevent_initial_call=True,
    )
    def delete(clicks: int, rows: list[dict[str, Any]], given: str | None) -> tuple[bool, list[Any]]:
        token.check(house, given)
        house.delete([row["run"] for row in rows])
        return False, []

    @app.callback(
        Output("runs", "selectedRows", allow_duplicate=True),
        Input("resume", "n_clicks"),
        State("runs", "selectedRows"),
        State("token", "data"),
        prevent_initial_call=True,
    )
    def resume(clicks: int, rows: list[dict[str, Any]], given: str | None) -> list[Any]:
        token.check(house, given)
        house.resume(rows[0]["run"])
        return []

    @app.callback(
        Output("under-way", "children"),
        Output("runs", "rowData"),
        Output("runs-known", "data"),
        Output("grid-frame", "hidden"),
        Output("no-runs", "hidden"),
        Input("runs-clock", "n_intervals"),
        State("runs-known", "data"),
        prevent_initial_call=True,
    )
    def refresh(ticks: int, known: list[list[Any]]) -> tuple[Any, ...]:
        return refreshed(house, known)


def refreshed(house: House, known: list[list[Any]]) -> tuple[Any, ...]:
    """What is under way, and the grid's rows where they are not those known; a grid that has not changed stays."""
    runs = house.data.runs()
    now = fingerprint(runs)
    if now == known:
        return panel(house, runs), no_update, no_update, no_update, no_update
    return panel(house, runs), grid_rows(runs), now, not runs, bool(runs)


def offered(rows: Sequence[Mapping[str, Any]]) -> tuple[bool, str, bool, bool]:
    """Whether comparing is off and where it leads, whether resuming is off, whether deleting is off."""
    numbers = sorted(row["run"] for row in rows)
    comparable = 2 <= len(rows) <= MOST_COMPARED and len({row["scenario"] for row in rows}) == 1
    resumable = len(rows) == 1 and not rows[0]["state"].startswith(("done", "running"))
    return not comparable, link("/compare", {"runs": ",".join(map(str, numbers))}), not resumable, not rows


def question(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is asked before runs are deleted."""
    if len(rows) == 1:
        return f"Delete run {rows[0]['run']} ({rows[0]['scenario']} under {rows[0]['policy']}) with all of its ticks?"
    return f"Delete {len(rows)} runs with all of their ticks? That cannot be undone."

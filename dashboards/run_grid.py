"""The grid of stored runs: its columns, what can be done with a selection, and how it is kept in the address."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc
from dash.development.base_component import Component

from dashboards.address import Asked, link, remember

MOST_COMPARED = 6
THEME = """themeQuartz.withParams({backgroundColor: 'var(--card)',
foregroundColor: 'var(--ink)', borderColor: 'var(--line)',
accentColor: 'var(--accent)', headerBackgroundColor: 'var(--card)',
browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 13, spacing: 5, wrapperBorderRadius: 4})"""
# Within the grid one moves by arrow keys, Space selects and Enter opens a run; Tab leaves it.
OPTIONS = {
    "theme": {"function": THEME},
    "rowSelection": {"mode": "multiRow", "enableClickSelection": False},
    "animateRows": False,
    "enableBrowserTooltips": True,
    "tabToNextCell": {"function": "false"},
    "getRowHeight": {"function": "rowHeight()"},
}
LISTENERS = {
    "sortChanged": ["keepSort(params)"],
    "filterChanged": ["keepFilter(params)"],
    "cellKeyDown": ["openRun(params)"],
}
NUMBER = {"type": "rightAligned", "filter": "agNumberColumnFilter", "cellClass": "ag-right-aligned-cell number"}


def _number(field: str, head: str, width: int, text: str | None = None) -> dict[str, Any]:
    shown = {"valueFormatter": {"function": f"params.data.{text}"}} if text else {}
    return {"field": field, "headerName": head, "width": width, **NUMBER, **shown}


def _above(field: str) -> dict[str, Any]:
    """On a phone there is no room for all columns: another field then stands below, in small."""
    return {"cellRenderer": "Above", "cellRendererParams": {"below": field}}


COLUMNS = [
    _number("run", "Run", 72) | {"cellRenderer": "RunLink", "pinned": "left"},
    {"field": "scenario", "headerName": "Scenario", "minWidth": 110, "flex": 2} | _above("policy"),
    {"field": "policy", "headerName": "Policy", "minWidth": 130, "flex": 2},
    _number("days", "Days", 80),
    _number("cost", "Net cost", 125, "cost_text") | _above("state"),
    _number("share", "Share of gap", 135, "share_text"),
    {"field": "state", "headerName": "State", "minWidth": 165, "flex": 1, "tooltipField": "state"},
    {
        "field": "started",
        "headerName": "Started",
        "width": 150,
        "filter": False,
        "valueFormatter": {"function": "localTime(params.value)"},
    },
]
FIELDS = tuple(column["field"] for column in COLUMNS)
NEWEST_FIRST = "started:desc"


def grid(rows: Sequence[Mapping[str, Any]], asked: Asked) -> Component:
    """The rows, sorted and filtered as the address says."""
    return dag.AgGrid(
        id="runs",
        columnDefs=sorted_columns(asked),
        rowData=list(rows),
        filterModel=filter_model(asked),
        getRowId="params.data.id",
        defaultColDef={"filter": True, "sortable": True, "resizable": True},
        dashGridOptions=OPTIONS,
        eventListeners=LISTENERS,
        csvExportParams={"fileName": "runs.csv", "columnKeys": [column["field"] for column in COLUMNS]},
        style={"height": "max(320px, calc(100dvh - 220px))"},
    )


def sorted_columns(asked: Asked) -> list[dict[str, Any]]:
    """The columns, sorted by what the address says: `cost:desc,days:asc`; what it should not say is left out."""
    terms = [term.partition(":")[::2] for term in (asked.text("sort") or NEWEST_FIRST).split(",")]
    if any(field not in FIELDS or way not in ("asc", "desc") for field, way in terms):
        asked.refuse("sort", f"NAME:asc or NAME:desc is wanted, names are {', '.join(FIELDS)}")
    places = {field: (way, place) for place, (field, way) in enumerate(terms) if way in ("asc", "desc")}
    return [
        column | dict(zip(("sort", "sortIndex"), places[column["field"]], strict=True))
        if column["field"] in places
        else column
        for column in COLUMNS
    ]


def filter_model(asked: Asked) -> dict[str, Any]:
    """The grid's filters as the address has them; none where it has something else."""
    text = asked.text("filter")
    try:
        model = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        model = None
    given = model.items() if isinstance(model, dict) else ()
    known = {name: one for name, one in given if name in FIELDS and isinstance(one, dict)}
    if known != model:
        asked.refuse("filter", "filters of the grid's columns are wanted, as the grid writes them here")
    return known


def toolbar(filtered: str) -> Component:
    """A field that filters, and what can be done with the runs that are selected."""
    search = dmc.TextInput(
        id="runs-filter", value=filtered, placeholder="Filter", w=200, **{"aria-label": "Filter the runs"}
    )
    compare = dmc.Button("Compare", id="compare", variant="default", disabled=True)
    resume = dmc.Button("Resume", id="resume", variant="default", disabled=True)
    delete = dmc.Button("Delete", id="delete", variant="default", color="red", disabled=True)
    save = dmc.Button("CSV", id="runs-save", variant="default", **{"aria-label": "Save the runs as CSV"})
    where = dcc.Store(id="compared", data="")
    return dmc.Group([search, compare, resume, delete, save, where], gap="xs", className="toolbar")


def register(app: Dash) -> None:
    """Filters as one types, saves, and offers what can be done with the selection."""
    remember(app, q=Input("runs-filter", "value"))
    app.clientside_callback("() => window.twin.fitRuns()", Output("runs", "className"), Input("runs", "id"))
    app.clientside_callback(
        "(text, options) => ({...options, quickFilterText: text || ''})",
        Output("runs", "dashGridOptions"),
        Input("runs-filter", "value"),
        State("runs", "dashGridOptions"),
    )
    app.clientside_callback(
        "() => true", Output("runs", "exportDataAsCsv"), Input("runs-save", "n_clicks"), prevent_initial_call=True
    )

    app.clientside_callback(
        "(clicks, where) => window.twin.go(where)",
        Input("compare", "n_clicks"),
        State("compared", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("compare", "disabled"),
        Output("compared", "data"),
        Output("resume", "disabled"),
        Output("delete", "disabled"),
        Input("runs", "selectedRows"),
        Input("runs-known", "data"),
    )
    def offer(rows: list[dict[str, Any]] | None, known: list[tuple[int, str]]) -> tuple[bool, str, bool, bool]:
        return offered(rows or [], dict(known))


def offered(
    rows: Sequence[Mapping[str, Any]], states: Mapping[int, str] = MappingProxyType({})
) -> tuple[bool, str, bool, bool]:
    """Whether comparing is off and where it leads, whether resuming is off, whether deleting is off.

    The rows are as they were when they were selected; `states` are those of now.
    """
    texts = [_state(row, states) for row in rows]
    numbers = sorted(row["run"] for row in rows)
    comparable = 2 <= len(rows) <= MOST_COMPARED and len({row["scenario"] for row in rows}) == 1
    resumable = len(rows) == 1 and not texts[0].startswith(("done", "running"))
    deletable = bool(rows) and "running" not in texts
    return not comparable, link("/compare", {"runs": ",".join(map(str, numbers))}), not resumable, not deletable


def _state(row: Mapping[str, Any], states: Mapping[int, str]) -> str:
    """A run that was lost is still written down as running."""
    text = str(row["state"])
    now = states.get(row["run"], text)
    return text if text.startswith("lost") and now == "running" else now

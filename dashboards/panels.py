"""A figure on a page: its question, how to read it, and what can be saved of it."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.figures import Panel

CONFIG = {"displayModeBar": False, "responsive": True}


def card(name: str, panel: Panel, *below: Component, wide: bool = False) -> Component:
    """A panel under the id `name`; its question, note and figure have ids of their own, for callbacks."""
    head = html.Div([html.H2(panel.question, id=f"{name}-question"), _saving(name)], className="panel-head")
    height = {"height": f"{panel.figure.height_px}px"}
    graph = dcc.Graph(id=name, figure=panel.figure, config=CONFIG, className="figure", style=height)
    # A frame of the same height: until plotly is there the graph is nothing, and all below would jump when it comes.
    # Names of the traces where the figure is too narrow for plotly's legend: `assets/key.js` fills it.
    key = html.Div(className="key", **{"aria-hidden": "true"})
    frame = html.Div([graph, key], className="frame", style=height)
    note = html.P(panel.note, id=f"{name}-note", className="note")
    return html.Section([head, note, frame, *below], className="panel wide" if wide else "panel")


def cards(panels: Mapping[str, Panel], wide: Sequence[str] = ()) -> Component:
    """Panels beside each other where there is room; those named take the whole width."""
    return grid(*(card(name, panel, wide=name in wide) for name, panel in panels.items()))


def grid(*children: Component) -> Component:
    return html.Div(list(children), className="panels")


def facts(pairs: Sequence[tuple[str, str]]) -> Component:
    """Names and their numbers, in a row."""
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="facts")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], label: str) -> Component:
    """A table; numbers stand to the right, words to the left. It scrolls where it is too wide."""
    sides = [_side(column) for column in zip(*rows, strict=True)] or [None] * len(heads)
    head = html.Thead(
        html.Tr([html.Th(text, scope="col", className=side) for text, side in zip(heads, sides, strict=True)])
    )
    body = html.Tbody(
        [html.Tr([html.Td(cell, className=side) for cell, side in zip(row, sides, strict=True)]) for row in rows]
    )
    # A region that scrolls must be reachable with the keyboard.
    scrolling = {"role": "region", "aria-label": label, "tabIndex": "0"}
    return html.Div(html.Table([head, body]), className="table", **scrolling)


def _side(column: Sequence[object]) -> str | None:
    """Words are what begins with a letter in every row that has anything."""
    texts = [cell for cell in column if isinstance(cell, str) and cell != "–"]
    return "words" if texts and all(text[:1].isalpha() for text in texts) else None


def section(title: str, note: str, *children: Component) -> Component:
    """Something that is no figure, under its question."""
    return html.Section([html.H2(title), html.P(note, className="note"), *children], className="panel")


def caveats(texts: Sequence[str]) -> list[Component]:
    """What a reader must know before believing the figures."""
    if not texts:
        return []
    return [
        dmc.Alert(
            html.Ul([html.Li(text) for text in texts]), title="Before you compare", color="yellow", variant="light"
        )
    ]


def _saving(name: str) -> Component:
    """Buttons that save the figure or its numbers; `assets/saving.js` acts on them."""
    return html.Div(
        [
            html.Button(
                kind.upper(), type="button", title=f"Save as {kind.upper()}", **{"data-save": kind, "data-figure": name}
            )
            for kind in ("png", "svg", "csv")
        ],
        className="saving",
        role="group",
        **{"aria-label": "Save this figure"},
    )

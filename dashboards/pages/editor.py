"""Scenarios: their text, with the checker's messages at their lines, and a new file of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards import token
from dashboards.address import link
from dashboards.house import House
from dashboards.pages.choosing import controls
from dashboards.parts import link_button, page
from dashboards.scenarios import Remark
from twin.errors import TwinError


def layout(house: House, query: Mapping[str, str]) -> Component:
    """A scenario's text, and beside each line what is wrong with it."""
    names = house.scenarios.names()
    name = query.get("scenario") or ("lab_day" if "lab_day" in names else next(iter(names), None))
    text = house.scenarios.text(name) if name else ""
    choice = dmc.Select(
        id={"choice": "scenario"}, data=names, value=name, allowDeselect=False, w=220, **{"aria-label": "Scenario"}
    )
    return page("Scenarios", _saving(name), _verdict(), _editor(text), controls=controls(choice))


def _saving(name: str | None) -> Component:
    field = dmc.TextInput(
        id="editor-name", placeholder="name of the new file", value="", w=220, **{"aria-label": "Name"}
    )
    buttons = [
        dmc.Button("Save as a new file", id="editor-save"),
        link_button(f"Start a run of {name}", link("/", {"start": name}), "editor-start"),
    ]
    return dmc.Group([field, *buttons], gap="xs", align="flex-start")


def _verdict() -> Component:
    return html.Div(id="editor-verdict", **{"aria-live": "polite"})


def _editor(text: str) -> Component:
    area = dcc.Textarea(
        id="editor-text", value=text, spellCheck="false", wrap="off", rows=1, title="The scenario as YAML"
    )
    return html.Div([html.Pre(id="editor-lines", **{"aria-hidden": "true"}), area], className="editor")


def register(app: Dash, house: House) -> None:
    """Checks at each change, saves on demand."""
    app.clientside_callback(
        "(text) => (text || '').split('\\n').length + 1", Output("editor-text", "rows"), Input("editor-text", "value")
    )

    @app.callback(
        Output("editor-lines", "children"), Output("editor-verdict", "children"), Input("editor-text", "value")
    )
    def judge(text: str | None) -> tuple[list[Component], Component]:
        remarks = house.scenarios.remarks(text or "")
        return gutter(text or "", remarks), verdict(remarks)

    @app.callback(
        Output("editor-name", "error"),
        Output({"choice": "scenario"}, "data"),
        Output({"choice": "scenario"}, "value"),
        Output("editor-name", "value"),
        Input("editor-save", "n_clicks"),
        State("editor-name", "value"),
        State("editor-text", "value"),
        State({"choice": "scenario"}, "value"),
        State("token", "data"),
        running=[(Output("editor-save", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def save(clicks: int, name: str | None, text: str | None, shown: str, given: str | None) -> tuple[Any, ...]:
        token.check(house, given)
        return saved(house, name or "", text or "", shown)


def saved(house: House, name: str, text: str, shown: str) -> tuple[Any, ...]:
    """Why it was not saved, the scenarios there are now, the one to show, and the name to stay in the field."""
    try:
        house.scenarios.save(name, text)
    except TwinError as error:
        return f"{error.got}; {error.expected}", house.scenarios.names(), shown, name
    return "", house.scenarios.names(), name, ""


def gutter(text: str, remarks: Sequence[Remark]) -> list[Component]:
    """The number of each line; one that the checker speaks of stands out and says why when pointed at."""
    said: dict[int, list[str]] = {}
    for remark in remarks:
        said.setdefault(remark.line, []).append(remark.text)
    return [
        html.Div(str(line), title="\n".join(said[line]), className="faulty") if line in said else html.Div(str(line))
        for line in range(1, text.count("\n") + 2)
    ]


def verdict(remarks: Sequence[Remark]) -> Component:
    """All that the checker says, with line and column."""
    if not remarks:
        return dmc.Alert("This scenario is fine.", color="green", variant="light")
    lines = [
        html.Li([html.B(f"Line {line}, column {column}: " if line else ""), said]) for line, column, said in remarks
    ]
    title = "One thing is wrong" if len(remarks) == 1 else f"{len(remarks)} things are wrong"
    return dmc.Alert(html.Ul(lines), title=title, color="red", variant="light")

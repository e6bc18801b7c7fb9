"""Deleting runs: only what is selected, and only when that is confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State
from dash.development.base_component import Component

from dashboards import token
from dashboards.house import House


def confirmation() -> Component:
    buttons = [
        dmc.Button("Keep", id="delete-no", variant="default", **{"data-autofocus": True}),
        dmc.Button("Delete", id="delete-yes", color="red"),
    ]
    content = [dmc.Text(id="delete-question"), dmc.Group(buttons, justify="flex-end", mt="md")]
    return dmc.Modal(content, id="delete-asked", title="Delete runs", opened=False)


def register(app: Dash, house: House) -> None:
    """Asks first."""

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
        running=[(Output("delete-yes", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def delete(clicks: int, rows: list[dict[str, Any]], given: str | None) -> tuple[bool, list[Any]]:
        token.check(house, given)
        house.delete([row["run"] for row in rows])
        return False, []


def question(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is asked before runs are deleted."""
    if len(rows) == 1:
        return f"Delete run {rows[0]['run']} ({rows[0]['scenario']} under {rows[0]['policy']}) with all of its ticks?"
    return f"Delete {len(rows)} runs with all of their ticks? That cannot be undone."

"""The form that starts a run: checked as it is filled in, with each error beside its field."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State
from dash.development.base_component import Component

from dashboards import token
from dashboards.house import House
from twin.errors import Errors, TwinError

FIELDS = ("scenario", "policy", "days", "seed")
POLICIES = [
    *("none", "rule", "milp:persistence", "milp:mean5", "milp:evolved", "stochastic:evolved", "milp:perfect", "oracle")
]
LEFT_OUT = "as the scenario says"
DIGITS = {"inputMode": "numeric"}
ENTERED = [Input(f"start-{name}", "n_submit") for name in FIELDS[1:]]


def form(house: House, scenario: str | None) -> Component:
    """A dialog; it is open where a scenario is given."""
    fields = [
        dmc.Select(
            id="start-scenario",
            label="Scenario",
            data=house.scenarios.names(),
            value=scenario or "lab_day",
            searchable=True,
            allowDeselect=False,
            **{"data-autofocus": True},
        ),
        dmc.Autocomplete(id="start-policy", label="Policy", data=POLICIES, placeholder=LEFT_OUT, value=""),
        dmc.TextInput(id="start-days", label="Days", placeholder=LEFT_OUT, value="", inputProps=DIGITS),
        dmc.TextInput(id="start-seed", label="Seed", placeholder=LEFT_OUT, value="", inputProps=DIGITS),
        dmc.Text(id="start-error", c="red", size="sm"),
        dmc.Button("Start", id="start"),
    ]
    return dmc.Modal(dmc.Stack(fields, gap="sm"), id="start-dialog", title="Start a run", opened=scenario is not None)


def faults(house: House, values: Mapping[str, str | None]) -> dict[str, str]:
    """What is wrong with each field, and under `other` what is wrong with none of them."""
    try:
        house.scenarios.order(values["scenario"] or "", changes(values))
    except TwinError as error:
        return by_field(error)
    return {}


def changes(values: Mapping[str, str | None]) -> dict[str, object]:
    """What the form changes in the scenario; a field left empty is None."""
    return {name: (values[name] or "").strip() or None for name in FIELDS[1:]}


def by_field(error: TwinError) -> dict[str, str]:
    """Each error under the field it speaks of."""
    found: dict[str, str] = {}
    for one in error.errors if isinstance(error, Errors) else [error]:
        key = one.where.rpartition(": ")[2]
        said = f"{one.got}; {one.expected}" if one.expected else one.got
        field, text = (key, said) if key in FIELDS else ("other", f"{one.where}: {said}")
        found.setdefault(field, text)
    return found


def register(app: Dash, house: House) -> None:
    """Checks the form at each change, and starts what is fine."""
    app.clientside_callback(
        "() => true",
        Output("start-dialog", "opened"),
        Input("open-start", "n_clicks"),
        prevent_initial_call=True,
    )
    inputs = {name: Input(f"start-{name}", "value") for name in FIELDS}
    errors = {name: Output(f"start-{name}", "error") for name in FIELDS} | {
        "other": Output("start-error", "children"),
        "off": Output("start", "disabled"),
    }

    @app.callback(output=errors, inputs=inputs)
    def judge(**values: str | None) -> dict[str, Any]:
        return judged(faults(house, values))

    @app.callback(
        output={
            "opened": Output("start-dialog", "opened", allow_duplicate=True),
            "failed": Output("start-error", "children", allow_duplicate=True),
        },
        inputs={"asked": [Input("start", "n_clicks"), *ENTERED], "given": State("token", "data")}
        | {name: State(f"start-{name}", "value") for name in FIELDS},
        running=[(Output("start", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def start(asked: list[int | None], given: str | None, **values: str | None) -> dict[str, Any]:
        token.check(house, given)
        return started(house, values)


def judged(found: Mapping[str, str]) -> dict[str, Any]:
    """What the form shows of these faults."""
    return {name: found.get(name, "") for name in (*FIELDS, "other")} | {"off": bool(found)}


def started(house: House, values: Mapping[str, str | None]) -> dict[str, Any]:
    """Starts a run and closes the form, or says in it why there is none."""
    try:
        house.start(values["scenario"] or "", changes(values))
    except TwinError as error:
        return {"opened": True, "failed": str(error)}
    return {"opened": False, "failed": ""}

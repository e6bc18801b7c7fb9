"""Choosing a run and how many days of it; a choice is a new address, and the address is what a page shows."""

from collections.abc import Callable, Mapping, Sequence

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, State, dcc
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.daily import RANGES
from dashboards.data import Data
from dashboards.parts import empty_state, minding, page
from twin.runs import RunRow

DrawPage = Callable[[Data, Asked, Sequence[RunRow]], Component]
MOST_LISTED = 50
"""Runs shown below a field; typing finds the others."""


def run_field(runs: Sequence[RunRow], chosen: int) -> Component:
    """Which run is looked at."""
    return dmc.Select(
        id={"choice": "run"},
        data=[{"value": str(row.id), "label": run_text(row)} for row in runs],
        value=str(chosen),
        searchable=True,
        allowDeselect=False,
        limit=MOST_LISTED,
        size="sm",
        className="run-field",
        **{"aria-label": "Run"},
    )


def run_text(row: RunRow) -> str:
    """`12 · lab_day · milp:mean5`"""
    return f"{row.id} · {row.header.scenario} · {row.header.policy}"


def choice_field(name: str, choices: Sequence[tuple[str, str]], chosen: str, label: str) -> Component:
    """One of a few; it becomes `name` in the address."""
    data = [{"value": value, "label": text} for value, text in choices]
    return dmc.SegmentedControl(
        id={"choice": name}, data=data, value=chosen, size="sm", className="choice", **{"aria-label": label}
    )


def days_field(days: int, ranges: Sequence[int] = RANGES) -> Component:
    """How many days are looked at."""
    choices = [(str(count), f"{count} d") for count in ranges]
    return choice_field("days", choices, str(days), "Days")


def days_asked(asked: Asked, otherwise: int, ranges: Sequence[int] = RANGES) -> int:
    """Out of the address."""
    return int(asked.choice("days", [str(count) for count in ranges], str(otherwise)))


def controls(*fields: Component, **elsewhere: str) -> Component:
    """Fields side by side, and what they were drawn with: only what differs from that was chosen by a person.

    `elsewhere` is what fields at other places of the page were drawn with.
    """
    drawn = {field.id["choice"]: _written(field.value) for field in fields} | elsewhere
    return dmc.Group([*fields, dcc.Store(id="drawn", data=drawn)], gap="sm", className="controls")


def shown_in(page: Component) -> dict[str, str]:
    """What a page's fields show, each under its name in the address; nothing of a page without fields."""
    try:
        drawn: dict[str, str] = page["drawn"].data
    except KeyError:
        return {}
    return drawn


def _written(value: str | Sequence[str]) -> str:
    """As in the address."""
    return value if isinstance(value, str) else ",".join(value)


def over_runs(title: str, data: Data, query: Mapping[str, str], draw: DrawPage) -> Component:
    """A page over the stored runs, read from the store in one go; it says so where there are none."""
    rows = data.runs()
    if not rows:
        command = "twin compare lab_day --policies rule,milp,oracle"
        text = "Start one on the page Runs, or from the command line:"
        return page(title, empty_state("No runs yet", text, command))
    asked = Asked(query)
    with data.reading():
        return minding(asked.faults, draw(data, asked, rows))


def not_begun(title: str, fields: Component, row: RunRow) -> Component | None:
    """What stands on a page while the run has no tick."""
    if row.progress:
        return None
    why = f": {row.failure}" if row.failure else "."
    text = "Its first tick is not over yet." if row.state == "running" else f"It {row.state} before its first tick{why}"
    return page(title, empty_state(f"Run {row.id} has no ticks", text, f"twin resume {row.id}"), controls=fields)


def register(app: Dash) -> None:
    """The fields of all pages write the address; choosing another run forgets the tick that was looked at."""
    app.clientside_callback(
        "(values, names, drawn) => window.twin.choose(values, names, drawn)",
        Input({"choice": ALL}, "value"),
        State({"choice": ALL}, "id"),
        State("drawn", "data"),
        prevent_initial_call=True,
    )

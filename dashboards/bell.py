"""The bell in the header: what needs attention in the run that is looked at, each with a way to its tick."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboards.address import link
from dashboards.alerts import Alert, alerts
from dashboards.data import Data
from twin.errors import TwinError
from twin.runs.stretch import stretch
from twin.runs.thinned import Part

LATEST, LISTED = 5_000, 20
"""How many ticks back the bell looks, and how many alerts it lists."""


def bell() -> Component:
    """What stands in the header on every page."""
    return html.Div(id="bell")


def register(app: Dash, data: Data) -> None:
    """It is looked up anew with every page, once that is there."""

    @app.callback(Output("bell", "children"), Input("shown", "data"), prevent_initial_call=True)
    def ring(page: dict[str, str]) -> Component | None:
        run = page["run"]
        try:
            with data.reading():
                return shown(data, run or "last")
        except TwinError:
            # The page itself says what is wrong with the store or the run.
            return None


def shown(data: Data, which: str) -> Component:
    """The bell of a run."""
    row = data.run(which)
    start = max(0, row.progress - LATEST)
    names = ["tick", "reason", "late_s", *(f"{name}_source" for name in row.header.components)]
    columns = data.ticks(row.id, names, start, row.progress)
    with data.reading() as store:
        tables = [stretch(store, Part(row.id, start, row.progress, name)) for name in ("violation", "fault")]
    failed = [Alert(max(row.progress - 1, 0), 1, f"the run failed ({row.failure})")] if row.failure else []
    return menu(row.id, [*failed, *alerts(columns, *tables)])


def menu(run: int, found: Sequence[Alert]) -> Component:
    """The bell with the number of alerts on it, and below it the newest ones."""
    label = f"{len(found)} alerts in run {run}" if len(found) != 1 else f"1 alert in run {run}"
    icon = dmc.ActionIcon(html.Span(className="bell"), variant="subtle", size="lg", **{"aria-label": label})
    counted = dmc.Indicator(icon, label=_count(len(found)), size=16, offset=5, color="red", disabled=not found)
    items = [_item(run, alert) for alert in found[:LISTED]]
    more = [dmc.MenuLabel(f"and {len(found) - LISTED:,} more")] if len(found) > LISTED else []
    head = dmc.MenuLabel(f"Run {run}, last {LATEST:,} ticks: {'what needs attention' if found else 'nothing to mind'}")
    return dmc.Menu(
        [dmc.MenuTarget(counted), dmc.MenuDropdown([head, *items, *more], className="alerts")],
        position="bottom-end",
        width=340,
        trapFocus=True,
    )


def _count(number: int) -> str:
    return str(number) if number < 100 else "99+"


def _item(run: int, alert: Alert) -> Component:
    ticks = f"tick {alert.tick}" if alert.ticks == 1 else f"ticks {alert.tick} to {alert.tick + alert.ticks - 1}"
    text = [html.Div(f"{alert.text[0].upper()}{alert.text[1:]}"), html.Small(ticks)]
    return dmc.MenuItem(text, href=link("/live", {"run": run, "tick": alert.tick}))

"""What is under way: a line per run with its progress, its speed and a button that cancels it."""

import time
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, no_update
from dash.development.base_component import Component

from dashboards import token
from dashboards.address import link
from dashboards.house import House
from dashboards.scales import rough_duration_text
from twin.runs import RunRow

RECENT_S = 600.0


def panel(house: House, runs: Sequence[RunRow]) -> list[Component]:
    """Runs that are alive, and those that failed a moment ago; what ended without a word only its process told of."""
    ours = house.jobs.under_way()
    alive = [_line(run, house.pace(run), run.id in ours) for run in runs if house.is_alive(run)]
    recent = [run for run in runs if run.state != "done" and time.time() - run.heartbeat_s < RECENT_S]
    failed = [_failure(run, why) for run in recent if (why := run.failure or house.jobs.failure(run.id))]
    return [*alive, *failed]


def _line(run: RunRow, ticks_per_s: float | None, ours: bool) -> Component:
    header = run.header
    name = dcc.Link(f"Run {run.id}: {header.scenario} under {header.policy}", href=link("/live", {"run": run.id}))
    bar = dmc.Progress(value=100 * run.progress / header.ticks, **{"aria-label": f"Progress of run {run.id}"})
    cancel = dmc.Button("Cancel", id={"cancel": run.id}, size="compact-xs", variant="default") if ours else None
    line = [name, dmc.Text(progress_text(run.progress, header.ticks, ticks_per_s), size="sm", className="number")]
    return dmc.Stack([dmc.Group([*line, *([cancel] if cancel else [])], justify="space-between"), bar], gap=4, mb="sm")


def _failure(run: RunRow, why: str) -> Component:
    return dmc.Alert(why, title=f"Run {run.id} failed", color="red", variant="light", mb="sm")


def register(app: Dash, house: House) -> None:
    """The buttons that cancel."""

    @app.callback(
        Output("runs-clock", "n_intervals"),
        Input({"cancel": ALL}, "n_clicks"),
        State("token", "data"),
        State("runs-clock", "n_intervals"),
        prevent_initial_call=True,
    )
    def cancel(clicks: list[int | None], given: str | None, ticks: int | None) -> Any:
        if not ctx.triggered_id or not any(clicks):
            return no_update
        token.check(house, given)
        house.cancel(ctx.triggered_id["cancel"])
        return (ticks or 0) + 1


def progress_text(done: int, ticks: int, ticks_per_s: float | None) -> str:
    """`420 of 1,800 ticks, 312 ticks/s, 4 s left`"""
    text = f"{done:,} of {ticks:,} ticks"
    if not ticks_per_s:
        return text
    speed = f"{ticks_per_s:,.0f}" if ticks_per_s >= 10 else f"{ticks_per_s:.2g}"
    return f"{text}, {speed} ticks/s, {rough_duration_text((ticks - done) / ticks_per_s)} left"

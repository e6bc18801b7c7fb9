"""What is under way: a line per run with its progress, its speed and a button that cancels it."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, no_update
from dash.development.base_component import Component

from dashboards import token
from dashboards.address import link
from dashboards.house import House
from dashboards.redraw import Change
from dashboards.scales import rough_duration_text
from twin.runs import RunRow

RECENT_S = 600.0
Built = list[list[Any]]
"""What tells the panel's lines from others, but for how far they are."""


class UnderWay(NamedTuple):
    """Lines of the panel, how they are built, and what is to be set where they are built so already."""

    lines: list[Component]
    built: Built
    changes: list[Change]


def panel(house: House, runs: Sequence[RunRow]) -> UnderWay:
    """Runs that are alive, and those that failed a moment ago; what ended without a word only its process told of."""
    ours = house.jobs.under_way()
    alive = [run for run in runs if house.is_alive(run)]
    recent = [run for run in runs if run.state != "done" and time.time() - run.heartbeat_s < RECENT_S]
    failed = [(run, why) for run in recent if (why := run.failure or house.jobs.failure(run.id))]
    shown = {run.id: _shown(run, house.pace(run)) for run in alive}
    lines = [_line(run, shown[run.id], run.id in ours) for run in alive]
    built: Built = [[run.id, run.id in ours] for run in alive] + [[run.id, why] for run, why in failed]
    changes = [change for run in alive for change in _changes(run.id, shown[run.id])]
    return UnderWay([*lines, *(_failure(run, why) for run, why in failed)], built, changes)


def news(house: House, runs: Sequence[RunRow], built: Built) -> tuple[Any, Any, list[Change]]:
    """The lines and how they are built, where that is news, and what is to be set in them.

    Lines that are built alike stay: a button that was made anew would lose the keyboard's focus.
    """
    found = panel(house, runs)
    return (no_update, no_update, found.changes) if found.built == built else (found.lines, found.built, [])


def _shown(run: RunRow, ticks_per_s: float | None) -> tuple[str, float]:
    """How far a run is, in words and in per cent."""
    done, ticks = run.progress, run.header.ticks
    return progress_text(done, ticks, ticks_per_s), 100 * done / ticks


def _changes(run: int, shown: tuple[str, float]) -> list[Change]:
    return [(f"progress-{run}", {"children": shown[0]}), (f"progress-bar-{run}", {"value": shown[1]})]


def _line(run: RunRow, shown: tuple[str, float], ours: bool) -> Component:
    name = dcc.Link(
        f"Run {run.id}: {run.header.scenario} under {run.header.policy}", href=link("/live", {"run": run.id})
    )
    bar = dmc.Progress(id=f"progress-bar-{run.id}", value=shown[1], **{"aria-label": f"Progress of run {run.id}"})
    cancel = dmc.Button("Cancel", id={"cancel": run.id}, size="compact-xs", variant="default") if ours else None
    line = [name, dmc.Text(shown[0], id=f"progress-{run.id}", size="sm", className="number")]
    return dmc.Stack([dmc.Group([*line, *([cancel] if cancel else [])], justify="space-between"), bar], gap=4, mb="sm")


def _failure(run: RunRow, why: str) -> Component:
    return dmc.Alert(why, title=f"Run {run.id} failed", color="red", variant="light", mb="sm")


def register(app: Dash, house: House) -> None:
    """The buttons that cancel, and how far the runs are."""
    app.clientside_callback(
        "(changes) => window.twin.change(changes)", Input("under-way-changes", "data"), prevent_initial_call=True
    )

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

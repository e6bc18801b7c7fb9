"""The live page's callbacks: how far the run is, and all that is drawn of a tick and of the days around it."""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.data import Data
from dashboards.looks import Looked, look_at
from dashboards.pages import tick

TICK = {
    "power": Output("power", "figure"),
    "sentence": Output("live-sentence", "children"),
    "facts": Output("live-facts", "children"),
    "when": Output("live-when", "children"),
}
OUTLOOK = {
    "outlook": Output("outlook", "figure"),
    "question": Output("outlook-question", "children"),
    "note": Output("outlook-note", "children"),
}
STRETCH = {name: Output(name, "figure") for name in tick.TIMED} | {"log": Output("live-log", "children")}


def register(app: Dash, data: Data) -> None:
    """All of them; what a look at a tick needs of the server comes in one answer."""
    _register_browser(app)

    @app.callback(
        Output("live-progress", "data"),
        Output("live-state", "children"),
        Output("live-beat", "disabled"),
        Input("live-look", "data"),
        State("live-run", "data"),
        State("live-progress", "data"),
        prevent_initial_call=True,
    )
    def look_again(_: int, run: int, known: int) -> tuple[object, object, bool]:
        return news(data, run, known)

    @app.callback(
        output=TICK | OUTLOOK | STRETCH | {"drawn": Output("live-drawn", "data")},
        inputs={
            "number": Input("live-tick", "value"),
            "series": Input("live-series", "value"),
            "_": Input("live-progress", "data"),
            "run": State("live-run", "data"),
            "drawn": State("live-drawn", "data"),
        },
        prevent_initial_call=True,
    )
    def draw(number: int, series: str, _: int, run: int, drawn: dict[str, Any]) -> dict[str, Any]:
        return redrawn(data, run, (number, series), drawn)


def _register_browser(app: Dash) -> None:
    """What needs no server: stepping, playing, following, marking, and keeping all that in the address."""
    _register_choices(app)
    app.clientside_callback(
        "(beats) => twin.isDrawing() ? window.dash_clientside.no_update : beats",
        Output("live-look", "data"),
        Input("live-beat", "n_intervals"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "() => twin.play()",
        Output("live-play", "children"),
        Input("live-play", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "(value, drawn) => twin.mark(value, drawn)",
        Output("live-when", "title"),
        Input("live-tick", "value"),
        State("live-drawn", "data"),
        prevent_initial_call=True,
    )


def _register_choices(app: Dash) -> None:
    """Which tick is looked at, as it is chosen, stepped to or followed."""
    app.clientside_callback(
        "(tick, follow, series) => twin.remember(['tick', 'series'], [follow ? null : tick, series])",
        Input("live-tick", "value"),
        Input("live-follow", "checked"),
        Input("live-series", "value"),
    )
    app.clientside_callback(
        "(value, follow, run, progress) => twin.chosen(value, follow, run, progress)",
        Input("live-tick", "value"),
        State("live-follow", "checked"),
        State("live-run", "data"),
        State("live-progress", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "(...given) => twin.step(...given)",
        Output("live-tick", "value"),
        Output("live-tick", "max"),
        Input("live-back", "n_clicks"),
        Input("live-on", "n_clicks"),
        Input("live-clock", "data"),
        Input("live-progress", "data"),
        Input("live-follow", "checked"),
        State("live-tick", "value"),
        State("live-run", "data"),
        prevent_initial_call=True,
    )


def news(data: Data, run: int, known: int) -> tuple[object, object, bool]:
    """How far the run is now, if that is news, and whether there will be more."""
    looked = look_at(data, str(run))
    over = looked.row.state != "running"
    if looked.row.progress == known and not over:
        return no_update, no_update, False
    return looked.row.progress, tick.state_text(looked), over


def redrawn(data: Data, run: int, asked: tuple[int, str], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of a tick and of a series' outlook from there on, and what of it is drawn then.

    No update for what is drawn already.
    """
    with data.reading():
        looked = look_at(data, str(run))
        stretch = _stretch_drawn(data, looked, asked[0], drawn)
        now = drawn | stretch.pop("drawn", {}) | {"tick": asked[0], "series": asked[1]}
        found = dict.fromkeys(TICK | OUTLOOK | STRETCH, no_update) | stretch | {"drawn": now}
        if asked != (drawn["tick"], drawn["series"]):
            moment = tick.moment_at(data, looked, asked[0])
            found |= outlook_drawn(moment, asked[1])
            if asked[0] != drawn["tick"]:
                found |= tick_drawn(moment, now["widest_w"])
    return found


def _stretch_drawn(data: Data, looked: Looked, number: int, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The figures over the days of a tick, and the trade log; nothing where they are drawn already."""
    stretch = tick.stretch_of(looked, number, drawn["days"])
    of_window = [*drawn["key"][:2]] == [*stretch[:2]]
    if of_window and min(stretch.progress, _end(looked, stretch)) == min(drawn["key"][2], _end(looked, stretch)):
        return {}
    of = tick.stretch_at(data, looked, number, drawn["days"])
    panels = tick.timed_panels(data, looked, of, number)
    figures = {name: panels[name].figure for name in tick.TIMED}
    return {**figures, "log": tick.trade_log(of), "drawn": tick.drawn_stretch(looked, number, of, drawn["days"])}


def _end(looked: Looked, stretch: tick.Stretch) -> int:
    """The tick after the stretch's last one: what comes later does not change its figures."""
    return looked.about.calendar.midnight(stretch.last_day + 1)


def tick_drawn(moment: tick.Moment, widest_w: float) -> dict[str, Any]:
    """What is shown of one tick."""
    return {
        "power": tick.flow(moment, widest_w).figure,
        "sentence": tick.sentence(moment),
        "facts": tick.told_facts(moment),
        "when": tick.when_text(moment.about, moment.tick),
    }


def outlook_drawn(moment: tick.Moment, series: str) -> dict[str, Any]:
    """What was expected of a series in a tick."""
    question, figure, note = tick.outlook(moment, series)
    return {"outlook": figure, "question": question, "note": note}

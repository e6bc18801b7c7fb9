"""The live page's callbacks, in three rhythms: the run goes on, a stretch is drawn, a tick is looked at."""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.data import Data
from dashboards.looks import Looked, look_at
from dashboards.pages import tick
from dashboards.panels import facts


def register(app: Dash, data: Data) -> None:
    """All of them."""
    _register_browser(app)
    _register_stretch(app, data)
    _register_tick(app, data)

    @app.callback(
        Output("live-progress", "data"),
        Output("live-state", "children"),
        Output("live-beat", "disabled"),
        Input("live-beat", "n_intervals"),
        State("live-run", "data"),
        State("live-progress", "data"),
        prevent_initial_call=True,
    )
    def look_again(_: int, run: int, known: int) -> tuple[object, object, bool]:
        return news(data, run, known)


def _register_stretch(app: Dash, data: Data) -> None:
    @app.callback(
        [Output(name, "figure") for name in tick.TIMED],
        Output("live-log", "children"),
        Output("live-stretch", "data"),
        Input("live-tick", "value"),
        Input("live-progress", "data"),
        State("live-run", "data"),
        State("live-stretch", "data"),
        prevent_initial_call=True,
    )
    def draw_stretch(number: int, _: int, run: int, drawn: dict[str, Any]) -> tuple[object, ...]:
        return stretch_drawn(data, run, number, drawn)


def _register_tick(app: Dash, data: Data) -> None:
    @app.callback(
        Output("power", "figure"),
        Output("live-sentence", "children"),
        Output("live-facts", "children"),
        Output("live-when", "children"),
        Input("live-tick", "value"),
        State("live-run", "data"),
        State("live-stretch", "data"),
        prevent_initial_call=True,
    )
    def draw_tick(number: int, run: int, drawn: dict[str, Any]) -> tuple[object, ...]:
        return tick_drawn(data, run, number, drawn["widest_w"])

    @app.callback(
        Output("outlook", "figure"),
        Output("outlook-question", "children"),
        Output("outlook-note", "children"),
        Input("live-tick", "value"),
        Input("live-series", "value"),
        State("live-run", "data"),
        prevent_initial_call=True,
    )
    def draw_outlook(number: int, series: str, run: int) -> tuple[object, str, str]:
        with data.reading():
            panel = tick.outlook(tick.moment_at(data, look_at(data, str(run)), number), series)
        return panel.figure, panel.question, panel.note


def _register_browser(app: Dash) -> None:
    """What needs no server: stepping, playing, following, marking."""
    app.clientside_callback(
        "(back, on, clock, progress, follow, value) => twin.step(back, on, clock, progress, follow, value)",
        Output("live-tick", "value"),
        Output("live-tick", "max"),
        Input("live-back", "n_clicks"),
        Input("live-on", "n_clicks"),
        Input("live-clock", "data"),
        Input("live-progress", "data"),
        Input("live-follow", "checked"),
        State("live-tick", "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "() => twin.play()",
        Output("live-play", "children"),
        Input("live-play", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "(value, stretch) => twin.mark(value, stretch)",
        Output("live-when", "title"),
        Input("live-tick", "value"),
        State("live-stretch", "data"),
        prevent_initial_call=True,
    )


def news(data: Data, run: int, known: int) -> tuple[object, object, bool]:
    """How far the run is now, if that is news, and whether there will be more."""
    looked = look_at(data, str(run))
    over = looked.row.state != "running"
    if looked.row.progress == known and not over:
        return no_update, no_update, False
    return looked.row.progress, tick.state_text(looked), over


def stretch_drawn(data: Data, run: int, number: int, drawn: Mapping[str, Any]) -> tuple[object, ...]:
    """The figures over the days of a tick, and the trade log; no update where they are drawn already."""
    with data.reading():
        return _stretch_drawn(data, look_at(data, str(run)), number, drawn)


def _stretch_drawn(data: Data, looked: Looked, number: int, drawn: Mapping[str, Any]) -> tuple[object, ...]:
    stretch = tick.stretch_of(looked, number, drawn["days"])
    of_window = [*drawn["key"][:2]] == [*stretch[:2]]
    if of_window and min(stretch.progress, _end(looked, stretch)) == min(drawn["key"][2], _end(looked, stretch)):
        return (*[no_update] * len(tick.TIMED), no_update, no_update)
    of = tick.stretch_at(data, looked, number, drawn["days"])
    panels = tick.timed_panels(data, looked, of, number)
    kept = tick.drawn_stretch(looked, number, of, drawn["days"])
    return (*[panels[name].figure for name in tick.TIMED], tick.trade_log(of), kept)


def _end(looked: Looked, stretch: tick.Stretch) -> int:
    """The tick after the stretch's last one: what comes later does not change its figures."""
    return looked.about.calendar.midnight(stretch.last_day + 1)


def tick_drawn(data: Data, run: int, number: int, widest_w: float) -> tuple[object, ...]:
    """What is shown of one tick."""
    with data.reading():
        looked = look_at(data, str(run))
        moment = tick.moment_at(data, looked, number)
    panel = tick.flow(moment, widest_w)
    return (
        panel.figure,
        tick.sentence(moment),
        facts(tick.tick_facts(moment)),
        tick.when_text(looked.about, moment.tick),
    )

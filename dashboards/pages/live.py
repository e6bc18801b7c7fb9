"""Live: one run, tick by tick, while it goes and afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.address import remember
from dashboards.data import Data
from dashboards.figures.ticks import SERIES_TITLES
from dashboards.looks import Looked, look_at, whole
from dashboards.pages import choosing, tick
from dashboards.pages.choosing import controls, days_asked, days_field, not_begun, nothing_yet, run_field
from dashboards.panels import card, facts, grid
from dashboards.parts import page
from dashboards.window import Window
from twin.facts import SERIES
from twin.runs import RunRow

TITLE = "Live"
RANGES = (1, 3, 7)
LOOK_EVERY_MS = 500


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    rows = data.runs()
    if not rows:
        return nothing_yet(TITLE)
    with data.reading():
        return _page(data, query, rows)


def _page(data: Data, query: Mapping[str, str], rows: Sequence[RunRow]) -> Component:
    looked, days = look_at(data, query.get("run")), days_asked(query, 1, RANGES)
    fields = controls(run_field(rows, looked.row.id), days_field(days, RANGES))
    if early := not_begun(TITLE, fields, looked.row):
        return early
    last = looked.row.progress - 1
    shown = min(whole(query.get("tick"), last), last)
    series = query.get("series", SERIES[0]) if query.get("series") in SERIES else SERIES[0]
    return page(TITLE, _bar(looked, shown), *_content(data, looked, (shown, days, series)), controls=fields)


def _content(data: Data, looked: Looked, shown: tuple[int, int, str]) -> list[Component]:
    number, days, series = shown
    of = tick.stretch_at(data, looked, number, days)
    moment = tick.moment_at(data, looked, number)
    panels = tick.timed_panels(data, looked, of, number)
    timed = [card(name, panels[name]) for name in tick.TIMED]
    return [
        dcc.Store(id="live-stretch", data=_stretch(looked, number, of, days)),
        grid(card("power", tick.flow(moment, tick.highest_w(of))), _why(moment, tick.trade_log(of))),
        grid(*timed, _outlook_card(moment, series)),
    ]


def _bar(looked: Looked, shown: int) -> Component:
    """Where in time one is, and the ways through it."""
    last = looked.row.progress - 1
    running = looked.row.state == "running"
    buttons = [
        dmc.Button("▶ Play", id="live-play", size="xs", variant="light", n_clicks=0),
        _step("live-back", "‹", "One tick back"),
        _step("live-on", "›", "One tick on"),
    ]
    slider = dmc.Slider(
        id="live-tick", min=0, max=max(last, 1), value=shown, step=1, size="sm", label=None, updatemode="drag",
        thumbLabel="Tick", className="slider",
    )  # fmt: skip
    follow = dmc.Switch(id="live-follow", label="follow the newest tick", checked=running and shown == last, size="sm")
    clocks = [
        dcc.Interval(id="live-beat", interval=LOOK_EVERY_MS, disabled=not running),
        dcc.Store(id="live-clock", data=0),
        dcc.Store(id="live-run", data=looked.row.id),
        dcc.Store(id="live-progress", data=looked.row.progress),
    ]
    when = html.Span(tick.when_text(looked.about, shown), id="live-when", className="when")
    state = html.Span(state_text(looked), id="live-state", className="state")
    return html.Div([*clocks, *buttons, slider, when, follow, state], className="tick-bar")


def _step(name: str, sign: str, label: str) -> Component:
    return dmc.Button(sign, id=name, size="xs", variant="default", n_clicks=0, **{"aria-label": label})


def state_text(looked: Looked) -> str:
    """`running, 41 of 60 ticks`"""
    return f"{looked.row.state}, {looked.row.progress:,} of {looked.row.header.ticks:,} ticks"


def _why(moment: tick.Moment, log: Component) -> Component:
    """The tick's decision in words and numbers, and the trades around it."""
    return html.Section(
        [
            html.H2("Why did it do that?"),
            html.P(tick.sentence(moment), id="live-sentence", className="sentence", **{"aria-live": "polite"}),
            html.Div(facts(tick.tick_facts(moment)), id="live-facts"),
            html.H2("What was bought and sold?"),
            html.Div(log, id="live-log", className="log"),
        ],
        className="panel why",
    )


def _outlook_card(moment: tick.Moment, series: str) -> Component:
    """What was expected of one series."""
    choice = dmc.SegmentedControl(
        id="live-series",
        data=[{"value": name, "label": SERIES_TITLES[name]} for name in SERIES],
        value=series,
        size="xs",
        className="choice",
        **{"aria-label": "Series"},
    )
    return card("outlook", tick.outlook(moment, series), choice)


def _stretch(looked: Looked, number: int, of: Window, days: int) -> dict[str, Any]:
    """What is drawn, so that it is not drawn again, and what the browser needs to mark a tick in it."""
    first, second = of.places([of.start, of.start + 1])
    return {
        "key": list(tick.stretch_of(looked, number, days)),
        "days": days,
        "widest_w": tick.highest_w(of),
        "start": of.start,
        "place": float(first),
        "length": float(second - first),
        "marked": list(tick.TIMED),
    }


def register(app: Dash, data: Data) -> None:
    """Three rhythms: the run goes on, a stretch is drawn, a tick is looked at."""
    choosing.register(app)
    remember(app, tick=Input("live-tick", "value"), series=Input("live-series", "value"))
    _register_browser(app)

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


def news(data: Data, run: int, known: int) -> tuple[object, object, bool]:
    """How far the run is now, if that is news, and whether there will be more."""
    looked = look_at(data, str(run))
    over = looked.row.state != "running"
    if looked.row.progress == known and not over:
        return no_update, no_update, False
    return looked.row.progress, state_text(looked), over


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
    kept = _stretch(looked, number, of, drawn["days"])
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

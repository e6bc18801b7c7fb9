"""Live: one run, tick by tick, while it goes and afterwards."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.data import Data
from dashboards.figures.ticks import SERIES_TITLES
from dashboards.looks import Looked, look_at
from dashboards.pages import choosing, following, tick
from dashboards.pages.choosing import controls, days_asked, days_field, not_begun, over_runs, run_field
from dashboards.panels import card, grid
from dashboards.parts import page
from twin.facts import SERIES
from twin.runs import RunRow

TITLE = "Live"
RANGES = (1, 3, 7)
LOOK_EVERY_MS = 200
"""If nothing is being drawn at that moment."""


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    looked, days = look_at(data, asked.text("run")), days_asked(asked, 1, RANGES)
    chosen = run_field(rows, looked.row.id), days_field(days, RANGES)
    if early := not_begun(TITLE, controls(*chosen), looked.row):
        return early
    last = looked.row.progress - 1
    shown, series = asked.number("tick", last, last), asked.choice("series", SERIES, SERIES[0])
    bar = _bar(looked, shown)
    # Who follows the newest tick sees another one by and by.
    place = {} if bar["live-follow"].checked else {"tick": str(shown)}
    fields = controls(*chosen, **place, series=series)
    return page(TITLE, bar, *_content(data, looked, (shown, days, series)), controls=fields)


def _content(data: Data, looked: Looked, shown: tuple[int, int, str]) -> list[Component]:
    number, days, series = shown
    of = tick.stretch_at(data, looked, number, days)
    moment = tick.moment_at(data, looked, number)
    panels = tick.timed_panels(data, looked, of, number)
    drawn = tick.drawn_stretch(looked, number, of, days) | {"tick": number, "series": series}
    timed = [card(name, panels[name]) for name in tick.TIMED]
    return [
        dcc.Store(id="live-drawn", data=drawn),
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
    follow = dmc.Switch(
        id="live-follow",
        label="follow the newest tick",
        checked=running and shown == last,
        size="sm",
        display=None if running else "none",
    )
    clocks = [
        dcc.Interval(id="live-beat", interval=LOOK_EVERY_MS, disabled=not running),
        dcc.Store(id="live-look"),
        dcc.Store(id="live-clock", data=0),
        dcc.Store(id="live-run", data=looked.row.id),
        dcc.Store(id="live-progress", data=looked.row.progress),
    ]
    when = html.Span(tick.when_text(looked.about, shown), id="live-when", className="when")
    state = html.Span(tick.state_text(looked), id="live-state", className="state")
    return html.Div([*clocks, *buttons, slider, when, follow, state], className="tick-bar")


def _step(name: str, sign: str, label: str) -> Component:
    return dmc.Button(sign, id=name, size="xs", variant="default", n_clicks=0, **{"aria-label": label})


def _why(moment: tick.Moment, log: Component) -> Component:
    """The tick's decision in words and numbers, and the trades around it."""
    return html.Section(
        [
            html.H2("Why did it do that?"),
            html.P(tick.sentence(moment), id="live-sentence", className="sentence", **{"aria-live": "polite"}),
            html.Div(tick.told_facts(moment), id="live-facts"),
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


def register(app: Dash, data: Data) -> None:
    """The page's own callbacks, and those of the fields that all pages share."""
    choosing.register(app)
    following.register(app, data)

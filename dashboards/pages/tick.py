"""What the live page shows of a stretch of a run and of one of its ticks; all of it drawn from rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboards.accuracy import told, untold
from dashboards.data import Data
from dashboards.figures import Panel, price_panel
from dashboards.figures.power import power_panel
from dashboards.figures.ticks import (
    ledger_panel,
    mark,
    outlook_panel,
    planned_panel,
    produced_panel,
    stored_level_panel,
    trade_panel,
    used_panel,
)
from dashboards.looks import Looked, days_window, ledger_in, rows_in, tasks_j
from dashboards.panels import facts, table
from dashboards.scales import Scale, brief_scale, energy_scale, energy_text, power_scale, price_scale, price_text
from dashboards.sentences import LEAST_SAID_J, decision_sentence
from dashboards.window import About, Window
from twin.facts import Floats
from twin.score import LATE_S

TRADES = 40
"""Lines of the trade log."""
TIMED = ("used", "produced", "level", "trade", "ledger", "prices", "planned")
"""The panels over a stretch of ticks, in their order on the page."""
Row = Mapping[str, Any]


class Stretch(NamedTuple):
    """Whole days of a run, and the ticks of it that are over."""

    first_day: int
    last_day: int
    progress: int


def stretch_of(looked: Looked, tick: int, days: int) -> Stretch:
    """The days that end with the one of a tick, or of the last tick that is over."""
    day = looked.about.calendar.tick(min(tick, looked.row.progress - 1)).day
    return Stretch(day - days + 1, day, looked.row.progress)


def timed_panels(data: Data, looked: Looked, of: Window, tick: int) -> dict[str, Panel]:
    """The panels over a stretch, with a mark at the tick that is looked at."""
    tasks = rows_in(data, looked, "task", of.start, of.stop)
    panels = {
        "used": used_panel(of, tasks_j(of, tasks)),
        "produced": produced_panel(of),
        "level": stored_level_panel(of),
        "trade": trade_panel(of),
        "ledger": ledger_panel(of, ledger_in(data, looked, of)),
        "prices": _prices(of),
        "planned": planned_panel(of),
    }
    place, after = of.places([tick, tick + 1])
    for panel in panels.values():
        mark(panel.figure, float(place), float(after - place))
    return panels


def _prices(of: Window) -> Panel:
    """As a comparison draws them, on the stretch's axis."""
    panel = price_panel(of.comparison(), of.about.policy)
    panel.figure.update_layout(height=220, uirevision=f"{of.start}-{of.stop}")
    panel.figure.update_xaxes(range=of.range)
    if np.isnan(of.of("shadow_price")).all():
        return panel._replace(question="What did energy cost?", note="")
    return panel._replace(note="Shadow price: what one more stored joule is worth to the plan.")


def highest_w(of: Window) -> float:
    """The power of the widest arrow: the most that anything gave or took in a stretch."""
    parts = (*of.about.arrays.values(), *(energy for energy, _, _ in of.about.storages.values()))
    names = ("solar_j", "load_j", "storage_j", "import_j", "export_j", *parts)
    return max(float(np.abs(of.of(name)).max()) for name in names) / of.calendar.tick_s


def stretch_at(data: Data, looked: Looked, tick: int, days: int) -> Window:
    stretch = stretch_of(looked, tick, days)
    return days_window(data, looked, stretch.first_day, stretch.last_day)


class Moment(NamedTuple):
    """A tick, and what was recorded and forecast from it on, as far as its own forecast reaches."""

    about: About
    tick: int
    later: Mapping[str, Any]
    forecast: Sequence[tuple[Any, ...]]
    is_held: bool
    """Whether its feed gave no new answer, so that the last one was held."""

    @property
    def row(self) -> Row:
        return {name: values[0] for name, values in self.later.items()}


def moment_at(data: Data, looked: Looked, tick: int) -> Moment:
    """The tick, or the last one that is over."""
    tick = min(tick, looked.row.progress - 1)
    forecast = rows_in(data, looked, "forecast", tick, tick + 1)
    reach = len(forecast[0][2]) if forecast else looked.about.calendar.ticks_per_day
    later = data.ticks(looked.row.id, looked.about.columns, tick, tick + reach)
    forecast = rows_in(data, looked, "forecast", tick, tick + reach)
    faults = rows_in(data, looked, "fault", tick, tick + 1)
    return Moment(looked.about, tick, later, forecast, any(row[1:3] == ("feed", "held") for row in faults))


def sentence(of: Moment) -> str:
    """Why the tick was decided as it was."""
    drawn = np.flatnonzero(np.asarray(of.later["storage_j"][1:], dtype=np.float64) > 1e-6)
    first_use = int(of.later["tick"][1 + drawn[0]]) if len(drawn) else None
    return decision_sentence(of.row, of.about.currency, first_use)


def state_text(looked: Looked) -> str:
    """`running, 41 of 60 ticks`"""
    return f"{looked.row.state}, {looked.row.progress:,} of {looked.row.header.ticks:,} ticks"


def when_text(about: About, tick: int) -> str:
    """`tick 41 · Tue 11 Jun 2024, 19:02:20 CEST` on the clock of the scenario's place."""
    time = about.local_time(tick)
    return f"tick {tick} · {time:%a} {time.day} {time:%b %Y, %H:%M:%S %Z}"


def tick_facts(of: Moment) -> list[tuple[str, str]]:
    """The tick in a line of numbers."""
    row, currency = of.row, of.about.currency
    pairs = [
        ("import price", price_text(row["import_price"], currency)),
        ("export price", price_text(row["export_price"], currency)),
    ]
    worth = row["shadow_price"]
    if worth is not None and np.isfinite(worth):
        pairs.append(("worth in store", price_text(worth, currency)))
    if of.is_held:
        pairs.insert(0, ("feed", "no new answer, the last one is held"))
    if row["curtailed_j"] > LEAST_SAID_J and len(of.about.arrays) > 1:
        pairs.append(("sun left unused", energy_text(row["curtailed_j"])))
    pairs += [("in store", energy_text(row["stored_j"])), ("decided by", str(row["decision"]))]
    if row["plan_s"] is not None and np.isfinite(row["plan_s"]):
        pairs.append(("planned in", f"{1e3 * row['plan_s']:.0f} ms"))
    if row["late_s"] > LATE_S:
        pairs.append(("late by", brief_scale([row["late_s"]]).text(row["late_s"])))
    return pairs


def told_facts(of: Moment) -> Component:
    """The tick in a line of numbers; where there are several arrays or storages, below it each of them."""
    about = of.about
    if len(about.arrays) == len(about.storages) == 1:
        return facts(tick_facts(of))
    parts = table(("part", "power", "in store"), _part_rows(of), "Arrays and storages")
    return html.Div([facts(tick_facts(of)), parts])


def _part_rows(of: Moment) -> list[tuple[str, str, str]]:
    row, tick_s, storages = of.row, of.about.calendar.tick_s, of.about.storages.values()
    powers_w = {name: row[column] / tick_s for name, column in of.about.arrays.items()}
    powers_w |= {name: row[energy] / tick_s for name, (energy, _, _) in of.about.storages.items()}
    power, energy = power_scale(powers_w.values()), energy_scale([row[stored] for _, stored, _ in storages])
    held = {name: energy.text(row[stored]) for name, (_, stored, _) in of.about.storages.items()}
    return [(name, _power_told(power_w, power), held.get(name, "–")) for name, power_w in powers_w.items()]


def _power_told(power_w: float, scale: Scale) -> str:
    """`gives 1.20 kW` to the bus, or takes it from there."""
    if not scale.rounded(power_w):
        return "–"
    return f"{'gives' if power_w > 0 else 'takes'} {scale.text(abs(power_w))}"


def flow(of: Moment, widest_w: float) -> Panel:
    return power_panel(of.about, of.row, widest_w)


def outlook(of: Moment, series: str) -> Panel:
    """What the tick's forecast said, if it said anything, and what came so far."""
    found = told([row for row in of.forecast if row[0] == of.tick], series) or untold(
        series, of.tick, of.about.calendar.ticks_per_day
    )
    window = Window(of.about, of.tick, of.tick + found.horizon, of.later)
    return outlook_panel(window, found, _came(of, series))


def _came(of: Moment, series: str) -> tuple[Floats, Floats]:
    """Ticks, and what came of a series in them: as forecasts began, else as the record knows it.

    The record knows demand with its tasks only, a forecast the base demand that it is about.
    """
    if known := told(of.forecast, series):
        return known.ticks, known.came
    column = {name: np.asarray(of.later[name], dtype=np.float64) for name in ("tick", *COLUMNS_CAME[series])}
    came = sum(sign * column[name] for name, sign in COLUMNS_CAME[series].items())
    length = 1.0 if series.endswith("price") else of.about.calendar.tick_s
    return column["tick"], np.asarray(came, dtype=np.float64) / length


COLUMNS_CAME = {
    "import_price": {"import_price": 1},
    "export_price": {"export_price": 1},
    "demand_w": {"load_j": -1},
    "solar_w": {"solar_j": 1, "curtailed_j": 1},
}


def trade_log(of: Window) -> Component:
    """The newest trades, each linked to its tick."""
    bought, sold = of.of("import_j"), of.of("export_j")
    energy = energy_scale(np.concatenate([bought, sold]))
    price = price_scale(np.concatenate([of.of("import_price"), of.of("export_price")]), of.about.currency)
    least_j = 0.5 * energy.size * 10**-energy.decimals
    places = np.flatnonzero((bought > least_j) | (sold > least_j))[::-1][:TRADES]
    rows = []
    for place in places.tolist():
        buys = bought[place] > sold[place]
        paid = of.of("import_price" if buys else "export_price")[place]
        amount = energy.text(bought[place] if buys else sold[place])
        tick = int(of.columns["tick"][place])
        button = html.Button(str(tick), type="button", className="to-tick", tabIndex=-1, **{"data-tick": str(tick)})
        time = f"{of.about.local_time(tick):%H:%M:%S}"
        rows.append(("bought" if buys else "sold", button, time, amount, price.text(paid)))
    if not rows:
        return html.P("Nothing was bought or sold in these days.", className="note")
    return table(("action", "tick", "at", "energy", "price"), rows, "Trade log: arrow keys move, Enter shows the tick")


def drawn_stretch(looked: Looked, number: int, of: Window, days: int) -> dict[str, Any]:
    """What is drawn, so that it is not drawn again, and what the browser needs to mark a tick in it."""
    first, second = of.places([of.start, of.start + 1])
    return {
        "key": list(stretch_of(looked, number, days)),
        "days": days,
        "widest_w": highest_w(of),
        "start": of.start,
        "place": float(first),
        "length": float(second - first),
        "marked": list(TIMED),
    }

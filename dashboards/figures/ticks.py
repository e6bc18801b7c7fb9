"""One run over its ticks: used, produced, stored, traded, paid; planned against done; foretold against what came."""

import numpy as np

from dashboards.accuracy import Told
from dashboards.colours import COLOURS, INK, policy_colour
from dashboards.comparison import kept_points
from dashboards.figures.drawing import Panel, hover, padded, plain, stepped, steps, storage_line, timed
from dashboards.figures.figure import Figure
from dashboards.ledger import Ledger
from dashboards.scales import Scale, energy_scale, money_scale, power_scale, price_scale
from dashboards.window import Window
from twin.facts import Floats
from twin.pricing import levels_j

HEIGHT_PX = 220
SERIES_TITLES = {
    "import_price": "import price",
    "export_price": "export price",
    "demand_w": "demand",
    "solar_w": "sun",
}


def used_panel(of: Window, tasks_j: Floats) -> Panel:
    """Energy used per tick, with the tasks and without; `tasks_j` is what tasks got in each row's tick."""
    used_j = -of.of("load_j")
    base_j = np.maximum(used_j - tasks_j, 0.0)
    figure, scale = _energy_figure(of, "used per tick", [used_j, of.of("unserved_j")])
    kept = kept_points([used_j, base_j])
    x = _step_places(of, kept)
    colour = COLOURS["load"]
    figure.add_scatter(x=x, y=scale.of(steps(base_j, kept)), name="without tasks", **_filled(colour, 0), **hover(scale))
    figure.add_scatter(x=x, y=scale.of(steps(used_j, kept)), name="with tasks", **stepped(colour, 2), **hover(scale))
    if of.of("unserved_j").any():
        missed_j = of.of("unserved_j")
        look = stepped(INK, 1.4, "dot")
        figure.add_scatter(x=x, y=scale.of(steps(missed_j, kept)), name="not served", **look, **hover(scale))
    return Panel("How much energy was used?", figure, "")


def produced_panel(of: Window) -> Panel:
    """Energy produced per tick, and what of the sun was left unused."""
    solar_j, unused_j = of.of("solar_j"), of.of("curtailed_j")
    figure, scale = _energy_figure(of, "produced per tick", [solar_j + unused_j])
    kept = kept_points([solar_j, unused_j])
    x = _step_places(of, kept)
    colour = COLOURS["solar"]
    figure.add_scatter(
        x=x, y=scale.of(steps(solar_j, kept)), name="used or sold", **_filled(colour, 1.6), **hover(scale)
    )
    if unused_j.any():
        look = stepped(INK, 1.4, "dot")
        figure.add_scatter(x=x, y=scale.of(steps(unused_j, kept)), name="left unused", **look, **hover(scale))
    return Panel("How much did the sun give?", figure, "")


def stored_level_panel(of: Window) -> Panel:
    """Each storage's level, and what each tick put into all of them or took out."""
    levels = {name: levels_j(of.columns, kept) for name, kept in of.about.storages.items()}
    change_j = np.diff(np.sum(list(levels.values()), axis=0))
    figure, scale = _energy_figure(of, "stored energy", [*levels.values(), change_j])
    changes, several = kept_points([change_j]), len(levels) > 1
    bar = {"marker": {"color": INK if several else COLOURS["storage"], "line_width": 0}, "opacity": 0.45, "offset": 0}
    bar |= {"width": _tick_length(of), "name": "change of all" if several else "change"}
    x = of.edges()
    figure.add_bar(x=x[changes], y=scale.of(change_j[changes]), **bar, **hover(scale))
    for name, level_j in levels.items():
        kept = kept_points([level_j])
        look = storage_line(name, levels) | {"name": plain(name) if several else "level"}
        figure.add_scatter(x=x[kept], y=scale.of(level_j[kept]), **look, **hover(scale))
    return Panel("How full are the storages?" if several else "How full is the storage?", figure, "")


def trade_panel(of: Window) -> Panel:
    """What was bought (up) and sold (down) in each tick, with the price of buying."""
    bought_j, sold_j = of.of("import_j"), of.of("export_j")
    figure, scale = _energy_figure(of, "traded per tick", [bought_j, -sold_j])
    kept = kept_points([bought_j, sold_j])
    x, width = of.edges()[kept], _tick_length(of)
    for name, values, key in (("bought", bought_j, "import"), ("sold", -sold_j, "export")):
        bar = {"marker": {"color": COLOURS[key], "line_width": 0}, "offset": 0, "width": width}
        figure.add_bar(x=x, y=scale.of(values[kept]), name=name, **bar, **hover(scale))
    figure.update_layout(barmode="overlay", bargap=0)
    return Panel("When did it buy, and when did it sell?", figure, "Up: bought. Down: sold.")


def ledger_panel(of: Window, ledger: Ledger) -> Panel:
    """The cost so far of the rule, of this policy, and of this policy with the worth of what it stores."""
    about = of.about
    lines = {name: line for name, line in ledger.lines(about.policy).items() if np.isfinite(line).any()}
    scale = money_scale(np.concatenate(list(lines.values())), about.currency)
    figure = _figure(of, f"cost so far [{scale.unit}]")
    looks = {"rule": stepped(COLOURS["rule"], 2), about.policy: stepped(policy_colour(about.policy), 2)}
    for name, line in lines.items():
        kept = kept_points([line])
        look = looks.get(name, stepped(COLOURS["storage"], 2, "dash"))
        x = of.places(ledger.ticks[kept] + 1)
        figure.add_scatter(x=x, y=scale.of(line[kept]), name=name, **look, **hover(scale))
    stored = "Dashed: less what the energy in store would earn."
    if "rule" not in lines or about.policy == "rule":
        return Panel("What has it cost so far?", figure, stored)
    return Panel("What has it cost so far, beside the rule?", figure, f"Rule: what it would have paid here. {stored}")


def planned_panel(of: Window) -> Panel:
    """What each tick's plan wanted of the storage and of the grid, and what was done."""
    pairs = {
        "storage": (of.of("planned_storage_j"), of.of("storage_j")),
        "grid": (of.of("planned_import_j") - of.of("planned_export_j"), of.of("import_j") - of.of("export_j")),
    }
    values = [value for pair in pairs.values() for value in pair]
    figure, scale = _energy_figure(of, "given per tick", values)
    kept = kept_points([np.nan_to_num(value) for value in values])
    x = _step_places(of, kept)
    for name, (planned_j, done_j) in pairs.items():
        colour = COLOURS["import" if name == "grid" else "storage"]
        planned = stepped(colour, 4) | {"opacity": 0.35}
        figure.add_scatter(x=x, y=scale.of(steps(planned_j, kept)), name=f"{name}, plan", **planned, **hover(scale))
        figure.add_scatter(
            x=x, y=scale.of(steps(done_j, kept)), name=f"{name}, done", **stepped(colour), **hover(scale)
        )
    return Panel("Was done what was planned?", figure, "Wide and pale: planned. Thin: done. Up: into the bus.")


def outlook_panel(of: Window, told: Told, came: tuple[Floats, Floats]) -> Panel:
    """What one tick's forecast said of a series, with its band, and what came; `came` is ticks and values."""
    said, low, high = told.mean[0], *(None if band is None else band[0] for band in (told.low, told.high))
    bands = [band for band in (low, high) if band is not None]
    scale = series_scale(told.series, np.concatenate([said, *bands, came[1]]), of.about.currency)
    title = SERIES_TITLES[told.series]
    first = float(told.ticks[0])
    ticks = first + np.arange(told.horizon)
    axis_of = Window(of.about, int(first), int(ticks[-1]) + 1, of.columns)
    figure = timed(axis_of.axis, f"{title} [{scale.unit}]", HEIGHT_PX)
    figure.update_layout(uirevision=told.series)
    figure.update_xaxes(range=axis_of.range)
    x = axis_of.places(ticks)
    if low is not None and high is not None:
        add_band(figure, x, scale.of(low), scale.of(high))
    told_any = bool(np.isfinite(said).any())
    if told_any:
        look = stepped(series_colour(told.series), 2, "dash")
        figure.add_scatter(x=x, y=scale.of(said), name="said", **look, **hover(scale))
    figure.add_scatter(x=axis_of.places(came[0]), y=scale.of(came[1]), name="came", **stepped(INK, 1.6), **hover(scale))
    note = "" if told_any else "Nothing was expected in this tick: only what came is drawn."
    return Panel(f"What was expected of the {title}?", figure, note)


def add_band(figure: Figure, x: Floats, low: Floats, high: Floats) -> None:
    """Where eight of ten sample paths lie."""
    edge = {"mode": "lines", "line": {"width": 0, "shape": "hv", "color": INK}, "hoverinfo": "skip"}
    figure.add_scatter(x=x, y=low, name="band, low", showlegend=False, **edge)
    fill = {"fill": "tonexty", "fillcolor": "rgba(127,132,140,0.25)"}
    figure.add_scatter(x=x, y=high, name="band, 10 to 90 %", **edge, **fill)


def series_scale(series: str, values: Floats, currency: str) -> Scale:
    return price_scale(values, currency) if series.endswith("price") else power_scale(values)


def series_colour(series: str) -> str:
    names = {"import_price": "price", "export_price": "export", "demand_w": "load", "solar_w": "solar"}
    return COLOURS[names[series]]


def mark(figure: Figure, place: float, length: float) -> None:
    """Marks the tick that is looked at."""
    look = {"fillcolor": "rgba(127,132,140,0.35)", "line_width": 0, "layer": "below"}
    figure.add_shape(type="rect", xref="x", yref="paper", x0=place, x1=place + length, y0=0, y1=1, **look)


def _tick_length(of: Window) -> float:
    """On the time axis."""
    return of.calendar.tick_s * 1000 if of.axis.is_date else 1.0


def _figure(of: Window, y_title: str) -> Figure:
    figure = timed(of.axis, y_title, HEIGHT_PX)
    figure.update_xaxes(range=of.range)
    # A zoom is kept while ticks arrive, and forgotten when another stretch is looked at.
    figure.update_layout(uirevision=f"{of.start}-{of.stop}")
    return figure


def _energy_figure(of: Window, y_title: str, values: list[Floats]) -> tuple[Figure, Scale]:
    joined = np.append(np.concatenate(values), 0.0)
    joined = joined[np.isfinite(joined)]
    scale = energy_scale(joined)
    figure = _figure(of, f"{y_title} [{scale.unit}]")
    figure.update_yaxes(range=padded(scale.of(joined)))
    return figure, scale


def _step_places(of: Window, kept: np.ndarray) -> Floats:
    edges = of.edges()
    return np.append(edges[kept], edges[-1])


def _filled(colour: str, width: float) -> dict[str, object]:
    return stepped(colour, width) | {"fill": "tozeroy"}

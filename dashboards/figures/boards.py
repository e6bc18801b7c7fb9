"""What hardware did: whose word each reading was, how its link fared, and how far it was from its model."""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboards.colours import COLOURS, INK, part_colours
from dashboards.comparison import kept_points
from dashboards.figures.drawing import Panel, hover, plain, timed
from dashboards.figures.figure import Figure
from dashboards.scales import Scale, brief_scale, energy_scale
from dashboards.window import Window
from twin.facts import Floats
from twin.runs import Row
from twin.runs.tables import TABLES

SOURCES = ("model", "hardware", "held", "fallback")
SOURCE_COLOURS: Mapping[str, str] = {
    "model": COLOURS["oracle"],
    "hardware": COLOURS["storage"],
    "held": COLOURS["solar"],
    "fallback": COLOURS["price"],
}
HEIGHT_PX = 220


def sources_panel(of: Window, sources: Mapping[str, Sequence[str]]) -> Panel:
    """A row per component, coloured by who answered for it in each tick."""
    axis = timed(of.axis, "", max(140, 60 + 34 * len(sources)))
    x = of.edges()
    for source in SOURCES:
        first = True
        for name, answers in sources.items():
            runs = stretches(np.asarray(answers, dtype=object) == source)
            if runs:
                places = {"base": [float(x[start]) for start, _ in runs], "y": [plain(name)] * len(runs)}
                lengths = [float(x[stop] - x[start]) for start, stop in runs]
                look = {"orientation": "h", "marker": {"color": SOURCE_COLOURS[source], "line_width": 0}, "width": 0.6}
                names = {"name": source, "legendgroup": source, "showlegend": first, "hovertemplate": "%{y}"}
                axis.add_bar(x=lengths, **places, **look, **names)
                first = False
    axis.update_layout(barmode="overlay", hovermode="closest", margin={"l": 84}, meta=_sources_table(of, sources))
    axis.update_xaxes(range=of.range, showspikes=False)
    axis.update_yaxes(title_text="component", autorange="reversed", gridcolor="rgba(0,0,0,0)", type="category")
    axis.update_yaxes(categoryorder="array", categoryarray=[plain(name) for name in sources])
    return Panel("Who answered for each component: its board, or its model?", axis, "")


def stretches(true: np.ndarray) -> list[tuple[int, int]]:
    """Where `true` holds without a break, as `start, stop`."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(changes[::2], changes[1::2], strict=True)]


def _sources_table(of: Window, sources: Mapping[str, Sequence[str]]) -> dict[str, object]:
    ticks = np.asarray(of.columns["tick"]).tolist()
    return {"columns": ["tick", *sources], "rows": [list(row) for row in zip(ticks, *sources.values(), strict=True)]}


def link_panel(of: Window, rows: Sequence[Row], column: str) -> Panel:
    """`latency_s` or `age_s` of each component's link, tick by tick."""
    values = _by_component(rows, column)
    scale = brief_scale(np.concatenate([found for _, found in values.values()]) if values else [])
    title, question = LINK_TITLES[column]
    figure = timed(of.axis, f"{title} [{scale.unit}]", HEIGHT_PX)
    _add_lines(figure, of, values, scale)
    figure.update_yaxes(rangemode="tozero")
    return Panel(question, figure, "")


LINK_TITLES = {
    "latency_s": ("time to an answer", "How fast do the boards answer?"),
    "age_s": ("age of the reading", "How fresh is what is known of them?"),
}


def residual_panel(of: Window, rows: Sequence[Row]) -> Panel:
    """What each component's model expected, less what its board measured."""
    values = _by_component(rows, "residual_j")
    known = np.concatenate([found for _, found in values.values()]) if values else np.zeros(1)
    scale = energy_scale(known[np.isfinite(known)])
    figure = timed(of.axis, f"model less board [{scale.unit}]", HEIGHT_PX)
    _add_lines(figure, of, values, scale)
    return Panel("How far is the hardware from its model?", figure, "")


def late_panel(of: Window) -> Panel:
    """How late each tick was."""
    late_s = of.of("late_s")
    scale = brief_scale(late_s)
    figure = timed(of.axis, f"lateness [{scale.unit}]", HEIGHT_PX)
    figure.update_xaxes(range=of.range)
    kept = kept_points([late_s])
    look = {"mode": "lines", "line": {"color": INK, "width": 1.6, "shape": "hv"}, "fill": "tozeroy"}
    figure.add_scatter(x=of.edges()[kept], y=scale.of(late_s[kept]), name="late", **hover(scale), **look)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(showlegend=False)
    return Panel("Did every tick begin on time?", figure, "")


def _by_component(rows: Sequence[Row], column: str) -> dict[str, tuple[Floats, Floats]]:
    """Ticks and values of a column of the table `link`, per component that has any."""
    place = list(TABLES["link"]).index(column)
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row[place] is not None:
            found.setdefault(row[1], []).append((float(row[0]), float(row[place])))
    return {name: (np.array(pairs)[:, 0], np.array(pairs)[:, 1]) for name, pairs in found.items()}


def _add_lines(figure: Figure, of: Window, values: Mapping[str, tuple[Floats, Floats]], scale: Scale) -> None:
    figure.update_xaxes(range=of.range)
    colours = part_colours(values, of.about.arrays, of.about.storages)
    for name, (ticks, numbers) in values.items():
        ticks, numbers = _broken(ticks, numbers)
        kept = kept_points([np.nan_to_num(numbers)])
        look = {"mode": "lines+markers", "marker_size": 4, "line": {"color": colours[name], "width": 1.6}}
        x, y = of.places(ticks[kept]), scale.of(numbers[kept])
        figure.add_scatter(x=x, y=y, name=plain(name), **hover(scale), **look)


def _broken(ticks: Floats, numbers: Floats) -> tuple[Floats, Floats]:
    """The same with a gap where a tick is missing, so that no line is drawn over a silence."""
    gaps = np.flatnonzero(np.diff(ticks) > 1) + 1
    return np.insert(ticks, gaps, ticks[gaps - 1] + 1), np.insert(numbers, gaps, np.nan)

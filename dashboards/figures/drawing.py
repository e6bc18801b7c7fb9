"""How all figures are drawn: one paper, one ink, axes with their unit, numbers that can be read off."""

from collections.abc import Collection
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboards.colours import COLOURS, GRID, INK, STORAGE_COLOURS, storage_colours
from dashboards.comparison import TimeAxis
from dashboards.figures.figure import Figure, Look
from dashboards.scales import Scale
from twin.facts import Floats

NO_LOOK: Look = {}
LEGEND: Look = {
    "orientation": "h",
    "x": 0,
    "y": 1.02,
    "yanchor": "bottom",
    "traceorder": "normal",
    "font": {"size": 11.5},
}
_DAY_MS = 86_400_000
DATE_STOPS = (
    {"dtickrange": [None, _DAY_MS - 1], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [_DAY_MS, None], "value": "%-d %b"},
)


class Panel(NamedTuple):
    """A figure and the question that it answers; `note` says how to read it."""

    question: str
    figure: Figure
    note: str


def blank(y_title: str, height_px: int, x_axis: Look = NO_LOOK) -> Figure:
    """An empty figure with a titled axis upwards."""
    return Figure(_paper(height_px) | {"xaxis": _across() | x_axis, "yaxis": _upwards(y_title)})


def timed(axis: TimeAxis, y_title: str, height_px: int) -> Figure:
    """An empty figure over time."""
    spike = {"showspikes": True, "spikemode": "across", "spikedash": "dot", "spikethickness": 1, "spikecolor": INK}
    when = "%{x|%a %-d %b, %H:%M}" if axis.is_date else "tick %{x:d}"
    kind: Look = {"type": "date" if axis.is_date else "linear", "unifiedhovertitle": {"text": when}}
    kind |= {"tickformatstops": DATE_STOPS} if axis.is_date else NO_LOOK
    figure = blank(y_title, height_px, spike | kind | {"title": _title(axis.title, 6)})
    if axis.is_date:
        # Below the times stands the date, and the axis' title below that.
        figure.update_layout(margin={"b": 60})
    return figure


def _paper(height_px: int) -> Look:
    return {
        "template": "none",
        "height": height_px,
        # The left margin is the same for all, so that their time axes lie under each other.
        "margin": {"l": 64, "r": 12, "t": 28, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": INK},
        "legend": LEGEND,
        "showlegend": True,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#22272E", "font": {"color": "#F2F4F7"}},
        "bargap": 0.25,
    }


def _across() -> Look:
    # A little apart, so that the axis' first number does not touch the lowest one of the axis upwards.
    place = {"ticklabelstandoff": 4}
    return place | {"title": _title("", 6), "gridcolor": GRID, "zeroline": False, "separatethousands": True}


def _upwards(title: str) -> Look:
    line = {"gridcolor": GRID, "zerolinecolor": INK, "separatethousands": True, "exponentformat": "none"}
    line |= {"fixedrange": True}
    return line | {"title": _title(title, 8)}


def _title(text: str, standoff: int) -> Look:
    return {"text": plain(text), "standoff": standoff, "font": {"size": 12}}


def plain(text: str) -> str:
    """For plotly, which reads texts as HTML but knows no quotes."""
    return escape(text, quote=False)


def steps(values: Floats, kept: NDArray[np.intp]) -> Floats:
    """Each kept tick's value, and the last one's again, so that its step has a length."""
    return np.append(values[kept], values[-1])


def padded(values: Floats) -> list[float]:
    """The range of an axis on which these values do not touch the frame."""
    low, high = float(values.min()), float(values.max())
    pad = 0.05 * (high - low) or 1.0
    return [low - (pad if low else 0.0), high + pad]


def hover(scale: Scale) -> Look:
    return {"hovertemplate": f"%{{y:,.{scale.decimals}f}} {plain(scale.unit)}"}


def stepped(colour: str, width: float = 1.6, dash: str = "solid") -> Look:
    """A line that holds each value until the next one."""
    return {"mode": "lines", "line": {"color": colour, "width": width, "dash": dash, "shape": "hv"}}


def storage_line(name: str, storages: Collection[str]) -> Look:
    """The level of one of several storages; where there are more of them than colours, dashes tell them apart."""
    turn = list(storages).index(name) // len(STORAGE_COLOURS)
    dash = ("solid", "dash", "dot", "dashdot", "longdash")[turn % 5]
    return {"mode": "lines", "line": {"color": storage_colours(storages)[name], "width": 2, "dash": dash}}


def area(name: str) -> Look:
    line = {"color": COLOURS[name], "width": 0, "shape": "hv"}
    return {"name": name, "legendgroup": name, "mode": "lines", "line": line, "fillcolor": COLOURS[name]}


def unseen() -> Look:
    """A trace that only speaks."""
    return {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hovertemplate": "%{text}<extra></extra>"}

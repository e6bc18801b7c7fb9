"""The power flow picture: who gives and who takes in one tick, with arrows as wide as the power."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dashboards.colours import COLOURS, INK
from dashboards.figures.drawing import Panel, blank, plain
from dashboards.figures.figure import Figure
from dashboards.scales import energy_text, power_scale, price_text
from dashboards.sentences import LEAST_SAID_J
from dashboards.window import About

Point = tuple[float, float]
WIDEST, HEAD, LEAST = 0.62, 0.42, 0.04
"""Of an arrow: its shaft at the run's highest power, its head's length, and the thinnest that is seen."""
BUS = "rgba(127,132,140,0.55)"


class Node(NamedTuple):
    """A thing on the bus: where it stands, where its arrow meets the bus, and what it is called."""

    title: str
    place: Point
    outer: Point
    inner: Point


NODES: Mapping[str, Node] = {
    "solar": Node("Sun", (0.0, 2.45), (0.0, 1.95), (0.0, 0.35)),
    "grid": Node("Grid", (-2.6, 1.0), (-3.9, 0.0), (-0.55, 0.0)),
    "load": Node("Loads", (2.6, 1.0), (3.9, 0.0), (0.55, 0.0)),
    "storage": Node("Storage", (0.0, -2.45), (0.0, -1.95), (0.0, -0.35)),
}


def power_panel(about: About, row: Mapping[str, Any], highest_w: float) -> Panel:
    """One tick's flows; `highest_w` is the power of the widest arrow, the same for all ticks of a run."""
    figure = _empty()
    powers_w = {name: energy_j / about.calendar.tick_s for name, energy_j in _energies_j(row).items()}
    scale = power_scale([highest_w])
    for name, power_w in powers_w.items():
        node, colour = NODES[name], COLOURS[_colour_name(name, power_w)]
        text = f"{node.title}: {scale.text(abs(power_w))}"
        if scale.rounded(power_w):
            x, y = arrow(node, power_w / highest_w if highest_w else 0.0)
            look = {"mode": "lines", "fill": "toself", "fillcolor": colour, "line": {"width": 0, "color": colour}}
            figure.add_scatter(x=x, y=y, name=node.title, text=text, hoverinfo="text", **look)
        _write(figure, node, scale.text(abs(power_w)), _detail(about, name, row, bool(scale.rounded(power_w))))
    figure.update_layout(
        meta={"columns": ["flow", f"power into the bus [{scale.unit}]"], "rows": _rows(powers_w, scale)}
    )
    return Panel("Where does the power flow?", figure, "An arrow is as wide as its power.")


def arrow(node: Node, share: float) -> tuple[list[float], list[float]]:
    """The outline of an arrow, pointing to the bus where the share of the highest power is positive."""
    start, end = (node.outer, node.inner) if share > 0 else (node.inner, node.outer)
    half = max(min(abs(share), 1.0) * WIDEST, LEAST) / 2
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    neck, wing = length - HEAD, half + 0.16
    outline = [(0.0, half), (neck, half), (neck, wing), (length, 0.0), (neck, -wing), (neck, -half), (0.0, -half)]
    points = [(start[0] + u * along[0] - v * along[1], start[1] + u * along[1] + v * along[0]) for u, v in outline]
    points.append(points[0])
    return [x for x, _ in points], [y for _, y in points]


def _energies_j(row: Mapping[str, Any]) -> dict[str, float]:
    """What each thing gave to the bus in the tick."""
    grid_j = float(row["import_j"]) - float(row["export_j"])
    return {"solar": row["solar_j"], "grid": grid_j, "load": row["load_j"], "storage": row["storage_j"]}


def _colour_name(name: str, power_w: float) -> str:
    if name == "grid":
        return "import" if power_w >= 0 else "export"
    return name


def _detail(about: About, name: str, row: Mapping[str, Any], flows: bool) -> str:
    """The line below a thing's power, which flows unless it is too little to be told."""
    if name == "storage":
        return f"holds {energy_text(row['stored_j'])}"
    if name == "grid":
        selling = row["export_j"] > row["import_j"]
        price = price_text(row["export_price" if selling else "import_price"], about.currency)
        return f"{'sells' if selling else 'buys'} at {price}" if flows else ""
    if name == "solar" and row["curtailed_j"] > LEAST_SAID_J:
        return f"{energy_text(row['curtailed_j'])} left unused"
    if name == "load" and row["unserved_j"] > LEAST_SAID_J:
        return f"{energy_text(row['unserved_j'])} not served"
    return ""


def _rows(powers_w: Mapping[str, float], scale: Any) -> list[list[object]]:
    return [[NODES[name].title, power_w / scale.size] for name, power_w in powers_w.items()]


def _empty() -> Figure:
    figure = blank("", 330)
    axis = {"visible": False, "fixedrange": True}
    figure.update_layout(showlegend=False, hovermode="closest", margin={"l": 4, "r": 4, "t": 4, "b": 4}, dragmode=False)
    figure.update_xaxes(range=[-4.4, 4.4], **axis)
    figure.update_yaxes(range=[-3.1, 3.1], **axis)
    figure.add_shape(type="circle", x0=-0.42, x1=0.42, y0=-0.28, y1=0.28, fillcolor=BUS, line_width=0, layer="below")
    figure.add_annotation(x=0, y=0, text="bus", showarrow=False, font_size=12)
    return figure


def _write(figure: Figure, node: Node, power: str, detail: str) -> None:
    small = f"<br><span style='font-size:11px'>{plain(detail)}</span>" if detail else ""
    x, y = node.place
    text = f"<b>{node.title}</b> {plain(power)}{small}"
    figure.add_annotation(x=x, y=y, text=text, showarrow=False, align="center", font={"color": INK, "size": 13})

"""The power flow picture: who gives and who takes in one tick, with arrows as wide as the power."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dashboards.colours import COLOURS, INK, array_colours, storage_colours
from dashboards.figures.drawing import Panel, blank, plain
from dashboards.figures.figure import Figure, Look
from dashboards.scales import Scale, energy_text, power_scale, price_text
from dashboards.sentences import LEAST_SAID_J
from dashboards.window import About

Point = tuple[float, float]
WIDEST, HEAD, LEAST = 0.62, 0.42, 0.04
"""Of an arrow: its shaft at the run's highest power, its head's length, and the thinnest that is seen."""
LEAST_PX, PX, ROW = 330, 53, 1.6
"""The figure's least height; of a bus with many parts, the pixels of a unit and the units of a row."""
MOST_BESIDE, MOST_LETTERS = 12, 20
"""Letters of a name that have room on a phone beside a power, and on a line of their own."""
BUS: Look = {"fillcolor": "rgba(127,132,140,0.55)", "line_width": 0, "layer": "below"}


class Node(NamedTuple):
    """Where a thing's name stands, and where its arrow begins and meets the bus."""

    place: Point
    outer: Point
    inner: Point


class Thing(NamedTuple):
    """What gives to the bus in a tick, or takes from it where `energy_j` is negative."""

    title: str
    energy_j: float
    colour: str
    detail: str


SUN, GRID = Node((0.0, 2.45), (0.0, 1.95), (0.0, 0.35)), Node((-2.6, 1.0), (-3.9, 0.0), (-0.55, 0.0))
LOADS, STORAGE = Node((2.6, 1.0), (3.9, 0.0), (0.55, 0.0)), Node((0.0, -2.45), (0.0, -1.95), (0.0, -0.35))
CROSS = (SUN, GRID, LOADS, STORAGE)
"""One array and one storage: the sun above, the storage below."""


def power_panel(about: About, row: Mapping[str, Any], highest_w: float) -> Panel:
    """One tick's flows; `highest_w` is the power of the widest arrow, the same for all ticks of a run."""
    scale = power_scale([highest_w])
    left, right = _sources(about, row, scale), _takers(about, row)
    things = [*left, *right]
    figure, nodes = _cross() if len(things) == len(CROSS) else _sides(len(left), len(right))
    powers_w = [thing.energy_j / about.calendar.tick_s for thing in things]
    for thing, node, power_w in zip(things, nodes, powers_w, strict=True):
        text = f"{plain(thing.title)}: {scale.text(abs(power_w))}"
        if scale.rounded(power_w):
            x, y = arrow(node, power_w / highest_w if highest_w else 0.0)
            look: Look = {"mode": "lines", "fill": "toself", "fillcolor": thing.colour}
            look |= {"line": {"width": 0, "color": thing.colour}}
            figure.add_scatter(x=x, y=y, name=plain(thing.title), text=text, hoverinfo="text", **look)
        _write(figure, node, thing, scale.text(abs(power_w)))
    rows = [[thing.title, power_w / scale.size] for thing, power_w in zip(things, powers_w, strict=True)]
    figure.update_layout(meta={"columns": ["flow", f"power into the bus [{scale.unit}]"], "rows": rows})
    return Panel("Where does the power flow?", figure, "An arrow is as wide as its power.")


def _sources(about: About, row: Mapping[str, Any], scale: Scale) -> list[Thing]:
    """Each solar array, and the grid."""
    arrays, colours = about.arrays, array_colours(about.arrays)
    if len(arrays) == 1:
        suns = [Thing("Sun", row["solar_j"], COLOURS["solar"], _unused(row))]
    else:
        suns = [Thing(name, row[column], colours[name], "") for name, column in arrays.items()]
    grid_j = float(row["import_j"]) - float(row["export_j"])
    selling = row["export_j"] > row["import_j"]
    price = price_text(row["export_price" if selling else "import_price"], about.currency)
    # What is too little to be told has no price.
    detail = f"{'sells' if selling else 'buys'} at {price}" if scale.rounded(grid_j / about.calendar.tick_s) else ""
    return [*suns, Thing("Grid", grid_j, COLOURS["export" if grid_j < 0 else "import"], detail)]


def _takers(about: About, row: Mapping[str, Any]) -> list[Thing]:
    """The loads together, and each storage."""
    storages, colours = about.storages, storage_colours(about.storages)
    missed_j = row["unserved_j"]
    loads = Thing(
        "Loads",
        row["load_j"],
        COLOURS["load"],
        f"{energy_text(missed_j)} not served" if missed_j > LEAST_SAID_J else "",
    )
    several = len(storages) > 1
    return [
        loads,
        *(
            Thing(name if several else "Storage", row[energy], colours[name], f"holds {energy_text(row[stored])}")
            for name, (energy, stored, _) in storages.items()
        ),
    ]


def _unused(row: Mapping[str, Any]) -> str:
    return f"{energy_text(row['curtailed_j'])} left unused" if row["curtailed_j"] > LEAST_SAID_J else ""


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


def _cross() -> tuple[Figure, Sequence[Node]]:
    figure = _empty(LEAST_PX, 3.1)
    figure.add_shape(type="circle", x0=-0.42, x1=0.42, y0=-0.28, y1=0.28, **BUS)
    figure.add_annotation(x=0, y=0, text="bus", showarrow=False, font_size=12)
    return figure, CROSS


def _sides(left: int, right: int) -> tuple[Figure, Sequence[Node]]:
    """A bar for the bus, sources to its left and takers to its right, one below the other: any number has room."""
    most = max(left, right)
    pitch = max(ROW, LEAST_PX / PX / most)
    half = most * pitch / 2
    figure = _empty(round(PX * 2 * half), half)
    figure.add_shape(type="rect", x0=-0.2, x1=0.2, y0=0.1 - half, y1=half - 0.1, **BUS)
    figure.add_annotation(x=0, y=0, text="bus", showarrow=False, font_size=12, textangle=-90)
    rows = [(side, pitch * ((count - 1) / 2 - row)) for side, count in ((-1, left), (1, right)) for row in range(count)]
    return figure, [Node((side * 2.3, y + 0.42), (side * 4.3, y - 0.36), (side * 0.28, y - 0.36)) for side, y in rows]


def _empty(height_px: int, half: float) -> Figure:
    figure = blank("", height_px)
    axis = {"visible": False, "fixedrange": True}
    figure.update_layout(showlegend=False, hovermode="closest", margin={"l": 4, "r": 4, "t": 4, "b": 4}, dragmode=False)
    figure.update_xaxes(range=[-4.4, 4.4], **axis)
    figure.update_yaxes(range=[-half, half], **axis)
    return figure


def _write(figure: Figure, node: Node, thing: Thing, power: str) -> None:
    x, y = node.place
    text = f"<b>{plain(_cut(thing.title))}</b> {plain(power)}"
    if len(thing.title) > MOST_BESIDE:
        below = f"{power}, {thing.detail}" if thing.detail else power
        text = f"<b>{plain(_cut(thing.title))}</b><br>{_small(below)}"
    elif thing.detail:
        text += f"<br>{_small(thing.detail)}"
    figure.add_annotation(x=x, y=y, text=text, showarrow=False, align="center", font={"color": INK, "size": 13})


def _small(text: str) -> str:
    return f"<span style='font-size:11px'>{plain(text)}</span>"


def _cut(name: str) -> str:
    """Names that are alike mostly differ in their ends."""
    half = MOST_LETTERS // 2
    return name if len(name) <= MOST_LETTERS else f"{name[:half]}…{name[1 - half :]}"

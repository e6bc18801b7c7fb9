"""One colour for one thing, wherever it is drawn."""

from collections.abc import Iterable, Sequence
from itertools import cycle
from types import MappingProxyType

from dashboards.comparison import is_bound, is_rule

COLOURS = MappingProxyType(
    {
        "solar": "#E69F00",
        "load": "#CC79A7",
        "storage": "#009E73",
        "import": "#0072B2",
        "export": "#56B4E9",
        "price": "#D55E00",
        "rule": "#C4602C",
        "oracle": "#66707C",
    }
)
"""Told apart by the colour-blind (after Okabe and Ito), on white and on black."""
FAMILY_COLOURS = MappingProxyType({"milp": "#3E70E0", "stochastic": "#A23FA6"})
FURTHER_COLOURS = ("#849C6C", "#1E9CD8", "#E0569C", "#22B2C4")
PLANNER_COLOURS = (*FAMILY_COLOURS.values(), *FURTHER_COLOURS)
ARRAY_COLOURS = (COLOURS["solar"], "#B3541E", "#F2CF63")
STORAGE_COLOURS = (COLOURS["storage"], "#7A5BD0", "#B5A100", "#45B8D8")
LOAD_COLOURS = (COLOURS["load"], "#8F4C78", "#E5AECB")
INK, GRID = "#7C828B", "rgba(127,132,140,0.22)"


def policy_colours(names: Iterable[str]) -> dict[str, str]:
    """Fixed for the first policy of each kind, wherever it stands; the others take in turn what is left."""
    wished = {name: _wished(name) for name in names}
    first_of = {colours[0]: name for name, colours in reversed(wished.items())}
    colours = {name: colour for colour, name in first_of.items()}
    for name, wishes in wished.items():
        colours.setdefault(name, next((one for one in wishes if one not in colours.values()), wishes[0]))
    return {name: colours[name] for name in wished}


def _wished(name: str) -> Sequence[str]:
    """What a policy may be drawn in, the best first."""
    if is_bound(name) or is_rule(name):
        return (COLOURS["oracle" if is_bound(name) else "rule"], *FURTHER_COLOURS, *FAMILY_COLOURS.values())
    kind = name.partition(" ")[0].partition(":")[0]
    own = (FAMILY_COLOURS[kind],) if kind in FAMILY_COLOURS else ()
    return (*own, *FURTHER_COLOURS, *FAMILY_COLOURS.values())


def policy_colour(name: str) -> str:
    """Of a policy that is drawn alone."""
    return policy_colours([name])[name]


def array_colours(arrays: Iterable[str]) -> dict[str, str]:
    """Of each solar array."""
    return dict(zip(arrays, cycle(ARRAY_COLOURS)))


def storage_colours(storages: Iterable[str]) -> dict[str, str]:
    """Of each storage."""
    return dict(zip(storages, cycle(STORAGE_COLOURS)))


def part_colours(
    names: Iterable[str], arrays: Iterable[str] = ("solar",), storages: Iterable[str] = ("storage",)
) -> dict[str, str]:
    """Of a grid's components: the market's is that of imports, each load has a shade of its own."""
    fixed = array_colours(arrays) | storage_colours(storages) | {"market": COLOURS["import"]}
    loads = cycle(LOAD_COLOURS)
    return {name: fixed[name] if name in fixed else next(loads) for name in names}

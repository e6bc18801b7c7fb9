"""One colour for one thing, wherever it is drawn."""

from collections.abc import Iterable
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
        "rule": "#B8604A",
        "oracle": "#8A8F98",
    }
)
"""Told apart by the colour-blind (after Okabe and Ito), on white and on black."""
PLANNER_COLOURS = ("#5B6FD6", "#1F9E9A", "#9A8B1F", "#A0528F", "#4F9A3D")
INK, GRID = "#7C828B", "rgba(127,132,140,0.22)"


def policy_colours(names: Iterable[str]) -> dict[str, str]:
    """Fixed for the rule and the oracle, one after the other for the planners."""
    colours: dict[str, str] = {}
    planners = 0
    for name in names:
        if is_bound(name) or is_rule(name):
            colours[name] = COLOURS["oracle" if is_bound(name) else "rule"]
        else:
            colours[name] = PLANNER_COLOURS[planners % len(PLANNER_COLOURS)]
            planners += 1
    return colours

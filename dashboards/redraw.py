"""How a page becomes another one: where both are built alike, only what they show is set, and all else stays.

A field keeps the focus, a figure is not made anew, and the browser has half of the work.
"""

import hashlib
import json
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

SHOWN = MappingProxyType(
    {
        "Graph": ("figure",),
        "Store": ("data",),
        "Select": ("value",),
        "MultiSelect": ("value",),
        "SegmentedControl": ("value",),
        "Slider": ("max", "value"),
        "Switch": ("checked",),
        "Interval": ("disabled",),
    }
)
"""What each kind of component shows, if it has an id; any other one shows its children, if none of them has an id."""
Change = tuple[Any, dict[str, Any]]
"""A component's id, and the props that it is given."""
Mark = list[str]
"""What tells a part from another: a digest of what it is, and one of what it is built of."""


class Part(NamedTuple):
    """A child of a page: what it is, what it is built of, what that shows, and all of it."""

    frame: str
    built: str
    changes: list[Change]
    whole: Change


def parts_of(page: Component) -> list[Part]:
    """The parts of a page; each has an id."""
    return [_part(child) for child in page.children]


def marks(parts: Sequence[Part]) -> list[Mark]:
    """What the browser keeps, to tell next time what it shows."""
    return [[part.frame, part.built] for part in parts]


def changes(parts: Sequence[Part], known: Sequence[Mark]) -> list[Change] | None:
    """What must be set so that the page of these marks becomes that of these parts; None where it must be made anew."""
    if [part.frame for part in parts] != [mark[0] for mark in known]:
        return None
    pairs = zip(parts, known, strict=True)
    return [change for part, mark in pairs for change in (part.changes if part.built == mark[1] else [part.whole])]


def _part(child: Component) -> Part:
    found: list[Change] = []
    made = _made(child, found)
    inside = made["props"].pop("children", None)
    return Part(_digest(made), _digest(inside), found, (child.id, {"children": getattr(child, "children", None)}))


def _made(component: Component, found: list[Change]) -> dict[str, Any]:
    """What a component is, without what it shows, which goes to `found`."""
    made: dict[str, Any] = component.to_plotly_json()
    props = made["props"]
    if "id" in props:
        names = (*SHOWN.get(made["type"], ()), *(() if _has_ids(props.get("children")) else ("children",)))
        if shown := {name: props.pop(name) for name in names if name in props}:
            found.append((props["id"], shown))
    if "children" in props:
        props["children"] = _inside(props["children"], found)
    return made


def _inside(children: Any, found: list[Change]) -> Any:
    if isinstance(children, Component):
        return _made(children, found)
    if isinstance(children, list | tuple):
        return [_inside(child, found) for child in children]
    return children


def _has_ids(children: Any) -> bool:
    if isinstance(children, Component):
        return hasattr(children, "id") or _has_ids(getattr(children, "children", None))
    return isinstance(children, list | tuple) and any(map(_has_ids, children))


def _digest(made: Any) -> str:
    text = json.dumps(made, cls=PlotlyJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""A figure as the browser gets it: traces and a layout, in plotly's words and in plain dictionaries."""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as Checked

Look = dict[str, object]
"""How a trace or an axis looks, in plotly's words."""
WHOLE = ("paper_bgcolor", "plot_bgcolor")
"""Words with an underscore in them; in all others it stands for a step inwards, `line_width` for `line: width`."""


class Figure:
    """Like plotly's own, which takes five times as long to make, as it checks each word; a page has up to nine."""

    def __init__(self, layout: Look) -> None:
        self._traces: list[Look] = []
        self._layout = layout

    def add(self, kind: str, **look: object) -> None:
        """A trace more."""
        self._traces.append(merged({"type": kind}, look))

    def add_scatter(self, **look: object) -> None:
        self.add("scatter", **look)

    def add_bar(self, **look: object) -> None:
        self.add("bar", **look)

    def update_traces(self, **look: object) -> None:
        self._traces = [merged(trace, look) for trace in self._traces]

    def add_shape(self, **look: object) -> None:
        self._layout["shapes"] = [*self._all("shapes"), merged({}, look)]

    def add_annotation(self, **look: object) -> None:
        self._layout["annotations"] = [*self._all("annotations"), merged({}, look)]

    def _all(self, name: str) -> list[object]:
        found = self._layout.get(name)
        return found if isinstance(found, list) else []

    def update_layout(self, **look: object) -> None:
        self._layout = merged(self._layout, look)

    def update_xaxes(self, **look: object) -> None:
        self.update_layout(xaxis=look)

    def update_yaxes(self, **look: object) -> None:
        self.update_layout(yaxis=look)

    @property
    def height_px(self) -> object:
        return self._layout["height"]

    @property
    def names(self) -> list[object]:
        """Of the traces."""
        return [trace.get("name") for trace in self._traces]

    def to_plotly_json(self) -> dict[str, Any]:
        """What Dash sends."""
        traces = [{name: _packed(value) for name, value in trace.items()} for trace in self._traces]
        return {"data": traces, "layout": self._layout}

    @property
    def data(self) -> Any:
        """The traces as plotly's own objects."""
        return self.checked().data

    @property
    def layout(self) -> Any:
        """The layout as plotly's own object."""
        return self.checked().layout

    def to_json(self) -> str:
        """As it may stand in a page of HTML."""
        return str(self.checked().to_json())

    def checked(self) -> "Checked":
        """The same as plotly's own; raises ValueError for a word that plotly does not know."""
        import plotly.graph_objects as go

        return go.Figure(self._traces, self._layout)


def merged(old: Mapping[str, object], news: Mapping[str, object]) -> Look:
    """A look with some words changed, step by step inwards; `meta` is ours and is taken as it is."""
    found = dict(old)
    for name, value in news.items():
        word, _, inner = (name, "", "") if name in WHOLE else name.partition("_")
        new = {inner: value} if inner else value
        if isinstance(new, Mapping) and word != "meta":
            before = found.get(word)
            new = merged(before if isinstance(before, Mapping) else {}, new)
        found[word] = new
    return found


def _packed(value: object) -> object:
    """Floats in plotly's binary form, which is short and need not be parsed."""
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype != np.float64:
        return value.tolist()
    return {"dtype": "f8", "bdata": base64.b64encode(value.astype("<f8").tobytes()).decode()}

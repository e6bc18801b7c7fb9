"""The page's address, which carries all that a link must reproduce."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from dash import Dash, Input

LONGEST = 2000  # characters of a query


def query_of(search: str | None) -> dict[str, str]:
    """`?run=3&tick=40` as a mapping; of a name given twice the last counts."""
    return dict(parse_qsl((search or "")[:LONGEST].removeprefix("?")))


def link(path: str, query: Mapping[str, object]) -> str:
    """`/live?run=3`; what is None is left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def remember(app: Dash, **inputs: Input) -> None:
    """Keeps these inputs in the page's address, each under its name, without a reload."""
    names = json.dumps(list(inputs))
    app.clientside_callback(f"(...values) => window.twin.remember({names}, values)", *inputs.values())

"""The page's address, which carries all that a link must reproduce."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from dash import Dash, Input

from twin.errors import TwinError

LONGEST = 2000  # characters of a query
MOST_DIGITS, MOST_SHOWN = 11, 40


def query_of(search: str | None) -> dict[str, str]:
    """`?run=3&tick=40` as a mapping; of a name given twice the last counts."""
    return dict(parse_qsl((search or "")[:LONGEST].removeprefix("?")))


class Asked:
    """What an address asks of a page, name by name; what cannot be had is told in `faults`, and the default taken."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self.faults: list[TwinError] = []

    def text(self, name: str) -> str | None:
        return self._query.get(name)

    def choice(self, name: str, choices: Sequence[str], otherwise: str) -> str:
        """One of a few."""
        came = self.text(name)
        if came is None or came in choices:
            return otherwise if came is None else came
        self.refuse(name, f"{', '.join(choices[:-1])} or {choices[-1]} is wanted, this shows {otherwise}")
        return otherwise

    def number(self, name: str, most: int, otherwise: int) -> int:
        """A whole number from 0 to `most`."""
        came = self.text(name)
        if came is None:
            return otherwise
        if came.isascii() and came.isdigit() and len(came) <= MOST_DIGITS and int(came) <= most:
            return int(came)
        self.refuse(name, f"a whole number from 0 to {most} is wanted, this shows {otherwise}")
        return otherwise

    def refuse(self, name: str, expected: str) -> None:
        """Keeps what came under this name as a fault."""
        came = self.text(name) or ""
        shown = came if len(came) <= MOST_SHOWN else f"{came[:MOST_SHOWN]}…"
        self.faults.append(TwinError("address", f"{name}={shown}", expected))


def link(path: str, query: Mapping[str, object]) -> str:
    """`/live?run=3`; what is None is left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def remember(app: Dash, **inputs: Input) -> None:
    """Keeps these inputs in the page's address, each under its name, without a reload."""
    names = json.dumps(list(inputs))
    app.clientside_callback(f"(...values) => window.twin.remember({names}, values)", *inputs.values())

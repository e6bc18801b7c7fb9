"""The seam for hardware: what stands in for components is passed in from outside, for `twin` knows no ports."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from twin.simulation import Parts

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows of side tables of the run store, by table."""


class Hardware(Protocol):
    """Boards that stand in for some components of one run."""

    def wrap(self, parts: Parts) -> Parts:
        """The same parts, with boards in the place of those that have one."""

    def rows(self) -> Rows:
        """What the boards did since this was last asked."""


class NoHardware:
    """Every component is its model."""

    def wrap(self, parts: Parts) -> Parts:
        return parts

    def rows(self) -> Rows:
        return {}

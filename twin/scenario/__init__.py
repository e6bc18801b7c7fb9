"""Scenarios: from YAML to a microgrid, and its runs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.scenario.launch import simulate as simulate


def __getattr__(name: str) -> Any:
    """`simulate` brings everything with it; reading a file does not need it."""
    if name == "simulate":
        from twin.scenario.launch import simulate

        return simulate
    raise AttributeError(name)

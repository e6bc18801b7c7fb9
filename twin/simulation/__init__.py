"""The microgrid and its conductor: the only room that knows the order of a tick."""

from twin.simulation.microgrid import Microgrid, Parts

__all__ = ["Microgrid", "Parts"]

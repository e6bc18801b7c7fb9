"""The things on the bus: SimPy processes over pure physics."""

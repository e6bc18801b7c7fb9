"""The policy that plans over sample paths."""

from twin.control.stochastic.policy import Solvers, Stochastic

__all__ = ["Solvers", "Stochastic"]

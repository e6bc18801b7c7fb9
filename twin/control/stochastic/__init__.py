"""The policy that plans over sample paths."""

from twin.control.stochastic.policy import Outlook, Solvers, Stochastic

__all__ = ["Outlook", "Solvers", "Stochastic"]

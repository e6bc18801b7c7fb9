"""Exponential decay under constant power: dx/dt = power - rate * x, solved exactly.

Being exact it does not depend on how the time is cut into ticks.
"""

import math


def retention(rate_per_s: float, length_s: float) -> float:
    """The part of x that is left after `length_s`."""
    return math.exp(-rate_per_s * length_s) if rate_per_s else 1.0


def reach_s(rate_per_s: float, length_s: float) -> float:
    """How much x one watt, held for `length_s`, leaves behind, in J per W; `length_s` itself without decay."""
    return -math.expm1(-rate_per_s * length_s) / rate_per_s if rate_per_s else length_s


def decay_loss_j(rate_per_s: float, stored_j: float, power_w: float, length_s: float) -> float:
    """The energy that decays while `power_w` is drawn from a store without other losses."""
    reach = reach_s(rate_per_s, length_s)
    return rate_per_s * stored_j * reach - power_w * (length_s - reach)

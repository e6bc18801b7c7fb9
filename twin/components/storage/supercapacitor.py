"""A supercapacitor behind a converter: series resistance, leakage, a current limit at the bus."""

import math

from twin.components.storage.component import Outcome
from twin.components.storage.decay import decay_loss_j, reach_s, retention
from twin.facts import Limits, LinearStorage

EXACT = 1e-12
"""Of a stretch of time: more precisely than that it is not solved."""
STEPS = 40
"""Of Newton's at most, so that it ends whatever it is given; two do mostly, and seven were the most ever seen."""


def stored_energy_j(capacitance_f: float, voltage_v: float) -> float:
    """Energy in a capacitor, E = C·V²/2."""
    return 0.5 * capacitance_f * voltage_v**2


def current_a(power_w: float, voltage_v: float, resistance_ohm: float) -> float:
    """The current inside while `power_w` leaves (> 0) or enters the terminals, behind a series resistance.

    It solves P = V·I - I²·R; the root of the smaller current is the one a converter works at.
    """
    under_root = voltage_v * voltage_v - 4.0 * resistance_ohm * power_w
    return 2.0 * power_w / (voltage_v + (math.sqrt(under_root) if under_root > 0.0 else 0.0))


class Supercapacitor:
    """A capacitor in series with `series_ohm`, leaking through `leakage_ohm`, kept within a band of voltages.

    The classical equivalent circuit (e.g. Zubieta and Bonert, IEEE Trans. Ind. Appl. 36(1), 2000, first branch).
    Its voltage follows dV/dt = -I/C - V/(C·R_leak) with P = V·I - I²·R, solved exactly.
    """

    def __init__(
        self,
        capacitance_f: float,
        voltage_band_v: tuple[float, float],
        max_power_w: float,
        resistances_ohm: tuple[float, float] = (0.0, math.inf),
        wear_price: float = 0.0,
    ) -> None:
        low_v, high_v = voltage_band_v
        self.capacitance_f = capacitance_f
        self.min_j = stored_energy_j(capacitance_f, low_v)
        self.max_j = stored_energy_j(capacitance_f, high_v)
        self.max_power_w = max_power_w
        self.series_ohm, leakage_ohm = resistances_ohm
        self.rate_per_s = 2.0 / (capacitance_f * leakage_ohm)
        self._settling_s = 0.5 * capacitance_f / (1.0 / self.series_ohm + 1.0 / leakage_ohm) if self.series_ohm else 0.0
        self.wear_price = wear_price

    def advance(self, stored_j: float, power_w: float, length_s: float) -> Outcome:
        """A power that the resistance leaves no way to give, as none within the limits, is taken as if without it."""
        unlost_j = stored_j - power_w * length_s
        lost_j = self._lost_j(stored_j, power_w, length_s) if power_w and self.series_ohm else None
        if lost_j is None:
            lost_j = decay_loss_j(self.rate_per_s, stored_j, power_w, length_s)
        return Outcome(unlost_j - lost_j, lost_j)

    def limits(self, stored_j: float, length_s: float) -> Limits:
        """On the safe side: losses are left out where it fills, and taken at the lowest voltage where it empties."""
        room_w = max(self.max_j - stored_j, 0.0) / length_s
        spare_w = self._discharge_w(stored_j, self.min_j, length_s)
        if spare_w < self.max_power_w and stored_j > 4.0 * self.min_j:
            # At the end of a deep band hardly any power can be had: by a part at a time it comes closer.
            spare_w = max(spare_w, self._discharge_w(stored_j, stored_j / 4.0, length_s))
        most_w = self.max_power_w
        return Limits(-(room_w if room_w < most_w else most_w), spare_w if spare_w < most_w else most_w)

    def linear(self, length_s: float) -> LinearStorage:
        """Series losses taken at half the power limit and half the stored energy."""
        power_w = self.max_power_w / 2.0
        middle_v = math.sqrt((self.min_j + self.max_j) / self.capacitance_f)
        charge_a, discharge_a = (current_a(p, middle_v, self.series_ohm) for p in (-power_w, power_w))
        charge_gain = 1.0 - charge_a**2 * self.series_ohm / power_w
        discharge_drain = 1.0 + discharge_a**2 * self.series_ohm / power_w
        return LinearStorage(
            min_j=self.min_j,
            max_j=self.max_j,
            retention=retention(self.rate_per_s, length_s),
            charge_gain=charge_gain,
            discharge_drain=discharge_drain,
            standing_j=0.0,
            max_charge_j=self.max_power_w * length_s,
            max_discharge_j=self.max_power_w * length_s,
            wear_price=self.wear_price,
            discharge_efficiency=1.0 / discharge_drain,
            exact=False,
        )

    def _lost_j(self, stored_j: float, power_w: float, length_s: float) -> float | None:
        """Heat and leakage; None where the voltage is, or falls, too low to give that power."""
        voltage_v = math.sqrt(max(2.0 * stored_j / self.capacitance_f, 0.0))
        root_v2 = voltage_v * voltage_v - 4.0 * self.series_ohm * power_w
        if root_v2 <= 0.0:
            return None
        amperes_per_w = 2.0 / (voltage_v + math.sqrt(root_v2))
        heat_part = self.series_ohm * power_w * amperes_per_w * amperes_per_w
        shrink = self._shrink(heat_part, length_s)
        if shrink is None:
            return None
        root = math.sqrt(shrink)
        after_v = (root + heat_part / root) / amperes_per_w
        return max(stored_j - power_w * length_s - stored_energy_j(self.capacitance_f, after_v), 0.0)

    def _shrink(self, heat_part: float, length_s: float) -> float | None:
        """By how much 1/I² shrinks, where `heat_part`, I²·R/P, is what heat takes of the power at first.

        With u = I² and g = 1/R_leak the circuit is du/dt = 2u·((1 + g·R)·u + g·P) / (C·(P - R·u)). Partial fractions
        solve it: u0/u = shrink(s), that of a capacitor without resistance, at the time s for which
        s + T·(s·2g/C + ln(shrink(s))) = t, where T = R·C / (2·(1 + g·R)). Newton's steps from s = t stay in its domain.
        """
        rate_per_s, settling_s = self.rate_per_s, self._settling_s
        fall_per_s = rate_per_s + heat_part / settling_s
        lowest = max(heat_part, 0.0)
        ideal_s = length_s
        shrink = 1.0
        for _ in range(STEPS):
            reach = reach_s(rate_per_s, ideal_s)
            shrink = 1.0 - fall_per_s * reach
            if shrink <= lowest:
                return None
            error_s = ideal_s + settling_s * (rate_per_s * ideal_s + math.log1p(-fall_per_s * reach)) - length_s
            if abs(error_s) <= EXACT * length_s:
                return shrink
            slowing = fall_per_s * (1.0 - rate_per_s * reach) / shrink
            ideal_s -= error_s / (1.0 + settling_s * (rate_per_s - slowing))
        return shrink

    def _discharge_w(self, stored_j: float, lowest_j: float, length_s: float) -> float:
        """A power that leaves at least `lowest_j`, its heat taken at that energy's voltage."""
        drain_w = (stored_j - lowest_j) / length_s - self.rate_per_s * stored_j
        if drain_w <= 0.0 or not self.series_ohm:
            return max(drain_w, 0.0)
        lowest_v2 = 2.0 * lowest_j / self.capacitance_f
        drain_w = min(drain_w, lowest_v2 / (2.0 * self.series_ohm))  # beyond it, more current gives less power
        return drain_w - drain_w * drain_w * self.series_ohm / lowest_v2 if lowest_v2 else 0.0

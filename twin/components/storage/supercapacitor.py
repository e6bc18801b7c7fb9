"""A supercapacitor behind a converter: series resistance, leakage, a current limit at the bus."""

import math

from twin.components.storage.component import Outcome
from twin.components.storage.decay import decay_loss_j, retention
from twin.facts import Limits, LinearStorage


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
    Its voltage follows dV/dt = -I/C - V/(C·R_leak), integrated with Runge-Kutta steps that each change it little.
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
        self.wear_price = wear_price

    def advance(self, stored_j: float, power_w: float, length_s: float) -> Outcome:
        if not power_w or not self.series_ohm:
            lost_j = decay_loss_j(self.rate_per_s, stored_j, power_w, length_s)
            return Outcome(stored_j - power_w * length_s - lost_j, lost_j)
        lost_j = 0.0
        left_s = length_s
        while left_s > 0.0:
            voltage_v = math.sqrt(max(2.0 * stored_j / self.capacitance_f, 0.0))
            step_s = min(left_s, self._calm_s(power_w, voltage_v))
            loss_j = self._step_loss_j(power_w, voltage_v, step_s)
            stored_j -= power_w * step_s + loss_j
            lost_j += loss_j
            left_s -= step_s
        return Outcome(stored_j, lost_j)

    def limits(self, stored_j: float, length_s: float) -> Limits:
        """On the safe side: losses are left out where it fills, and taken at the lowest voltage where it empties."""
        charge_w = min(self.max_power_w, max(self.max_j - stored_j, 0.0) / length_s)
        spare_w = (stored_j - self.min_j) / length_s - self.rate_per_s * stored_j
        return Limits(-charge_w, min(self.max_power_w, self._power_for_drain_w(spare_w)))

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

    def _calm_s(self, power_w: float, voltage_v: float) -> float:
        """How long a step may be: the voltage changes by a seventh, near empty, where most turns to heat, by less."""
        heat_v = math.sqrt(self.series_ohm * abs(power_w))
        part = 0.15 if voltage_v > 10.0 * heat_v else 0.03
        fall_v_per_s = abs(self._fall_v_per_s(power_w, voltage_v))
        return part * max(voltage_v, heat_v) / fall_v_per_s if fall_v_per_s else math.inf

    def _fall_v_per_s(self, power_w: float, voltage_v: float) -> float:
        return current_a(power_w, voltage_v, self.series_ohm) / self.capacitance_f + self.rate_per_s / 2.0 * voltage_v

    def _step_loss_j(self, power_w: float, voltage_v: float, step_s: float) -> float:
        """The loss of a step: Simpson's rule over voltages of the classical Runge-Kutta method, densely put out."""
        half_s = step_s / 2.0
        first = self._fall_v_per_s(power_w, voltage_v)
        second = self._fall_v_per_s(power_w, voltage_v - first * half_s)
        third = self._fall_v_per_s(power_w, voltage_v - second * half_s)
        fourth = self._fall_v_per_s(power_w, voltage_v - third * step_s)
        end_v = voltage_v - (first + 2.0 * (second + third) + fourth) * step_s / 6.0
        middle_v = voltage_v - (5.0 * first + 4.0 * (second + third) - fourth) * step_s / 24.0
        losses_w = (
            self._loss_w(power_w, voltage_v) + 4.0 * self._loss_w(power_w, middle_v) + self._loss_w(power_w, end_v)
        )
        return losses_w * step_s / 6.0

    def _loss_w(self, power_w: float, voltage_v: float) -> float:
        """Heat in the series resistance, and leakage."""
        current = current_a(power_w, voltage_v, self.series_ohm)
        return current * current * self.series_ohm + self.rate_per_s * self.capacitance_f / 2.0 * voltage_v * voltage_v

    def _power_for_drain_w(self, drain_w: float) -> float:
        """The bus power whose drain on the capacitor stays within `drain_w` down to the lowest voltage."""
        if drain_w <= 0.0:
            return 0.0
        lowest = 2.0 * self.min_j / self.capacitance_f
        if self.series_ohm:
            drain_w = min(drain_w, lowest / (2.0 * self.series_ohm))  # beyond it, more current gives less power
        return drain_w - drain_w * drain_w * self.series_ohm / lowest if lowest else drain_w

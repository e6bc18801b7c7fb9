"""A supercapacitor behind a converter: series resistance, leakage, a current limit at the bus."""

import math

from twin.components.storage.component import Outcome
from twin.components.storage.decay import retention
from twin.facts import Limits, LinearStorage


def stored_energy_j(capacitance_f: float, voltage_v: float) -> float:
    """Energy in a capacitor, E = C·V²/2."""
    return 0.5 * capacitance_f * voltage_v**2


def series_loss_w(power_w: float, voltage_squared: float, resistance_ohm: float) -> float:
    """Heat I²·R in a series resistance while `power_w` leaves (> 0) or enters the terminals.

    The current solves P = V·I - I²·R; the root of the smaller current is the one a converter works at.
    """
    if not power_w or not resistance_ohm:
        return 0.0
    under_root = voltage_squared - 4.0 * resistance_ohm * power_w
    root = math.sqrt(under_root) if under_root > 0.0 else 0.0
    current_a = 2.0 * power_w / (math.sqrt(voltage_squared) + root)
    return current_a * current_a * resistance_ohm


class Supercapacitor:
    """A capacitor in series with `series_ohm`, leaking through `leakage_ohm`, kept within a band of voltages.

    The classical equivalent circuit (e.g. Zubieta and Bonert, IEEE Trans. Ind. Appl. 36(1), 2000, first branch).
    Its energy follows dE/dt = -P - I²·R - 2E/(C·R_leak), integrated with Runge-Kutta steps of bounded relative change.
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
        if not power_w:
            kept_j = stored_j * retention(self.rate_per_s, length_s)
            return Outcome(kept_j, stored_j - kept_j)
        lost_j = 0.0
        left_s = length_s
        least_s = length_s / 100.0
        while left_s > 0.0:
            step_s = min(left_s, max(self._calm_s(stored_j, power_w), least_s))
            loss_j = self._step_loss_j(stored_j, power_w, step_s)
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
        middle = (self.min_j + self.max_j) / self.capacitance_f
        charge_gain = 1.0 - series_loss_w(-power_w, middle, self.series_ohm) / power_w
        discharge_drain = 1.0 + series_loss_w(power_w, middle, self.series_ohm) / power_w
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

    def _loss_w(self, stored_j: float, power_w: float) -> float:
        if stored_j < 0.0:
            stored_j = 0.0
        heat_w = series_loss_w(power_w, 2.0 * stored_j / self.capacitance_f, self.series_ohm)
        return heat_w + self.rate_per_s * stored_j

    def _calm_s(self, stored_j: float, power_w: float) -> float:
        """How long the losses stay nearly straight: until half of the energy has moved, or a tenth has leaked."""
        move_s = 0.5 * stored_j / abs(power_w)
        return min(move_s, 0.1 / self.rate_per_s if self.rate_per_s else math.inf)

    def _step_loss_j(self, stored_j: float, power_w: float, step_s: float) -> float:
        """The loss of one step of the classical fourth-order Runge-Kutta method."""
        half_s = step_s / 2.0
        first_w = self._loss_w(stored_j, power_w)
        second_w = self._loss_w(stored_j - (power_w + first_w) * half_s, power_w)
        third_w = self._loss_w(stored_j - (power_w + second_w) * half_s, power_w)
        fourth_w = self._loss_w(stored_j - (power_w + third_w) * step_s, power_w)
        return (first_w + 2.0 * (second_w + third_w) + fourth_w) * step_s / 6.0

    def _power_for_drain_w(self, drain_w: float) -> float:
        """The bus power whose drain on the capacitor stays within `drain_w` down to the lowest voltage."""
        if drain_w <= 0.0:
            return 0.0
        lowest = 2.0 * self.min_j / self.capacitance_f
        if self.series_ohm:
            drain_w = min(drain_w, lowest / (2.0 * self.series_ohm))  # beyond it, more current gives less power
        return drain_w - drain_w * drain_w * self.series_ohm / lowest if lowest else drain_w

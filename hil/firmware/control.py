"""The loops that hold current, power and voltage: pure, one number in, one number out, once per control period."""

CURRENT_SHARE = 0.995
"""Of a current limit that a loop aims at: while a capacitor fills, the current runs a third of a percent ahead."""


def clamp(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


class PI:
    """Proportional and integral action within `low` and `high`; the integral stops where the output does.

    `ki` is per step, not per second: a power stage settles within a step, so its length does not matter.
    """

    def __init__(self, kp: float, ki: float, low: float, high: float) -> None:
        self.kp = kp
        self.ki = ki
        self.low = low
        self.high = high
        self.integral = 0.0

    def update(self, error: float, forward: float = 0.0) -> float:
        """The output for an error, added to what is known beforehand (`forward`)."""
        there = forward + self.kp * error
        # Whatever the output cannot follow must not pile up in the integral.
        self.integral = clamp(self.integral + self.ki * error, self.low - there, self.high - there)
        return clamp(there + self.integral, self.low, self.high)

    def reset(self) -> None:
        self.integral = 0.0


class Climber:
    """Maximum power point tracking by perturb and observe; a step is halved at each turn and grows on a long way."""

    def __init__(self, start_v: float, low_v: float, high_v: float, step_v: float) -> None:
        self.voltage_v = start_v
        self.settled = False
        self._start_v = start_v
        self._low_v = low_v
        self._high_v = high_v
        self._greatest_v = step_v
        self._least_v = step_v / 16.0
        self._step_v = step_v
        self._same_way = 0
        self._last_w = 0.0

    def update(self, power_w: float) -> float:
        """The voltage to try next, after what the last one gave."""
        if power_w < 0.001:
            return self._park()
        # A change of more than a tenth is the sun's, or the top is far: search with large steps.
        if abs(power_w - self._last_w) > 0.1 * max(power_w, self._last_w):
            self.again()
        if power_w < self._last_w:
            self._turn()
        else:
            self._keep_on()
        self._last_w = power_w
        wish_v = self.voltage_v + self._step_v
        self.voltage_v = clamp(wish_v, self._low_v, self._high_v)
        if wish_v != self.voltage_v:
            self._turn()
        return self.voltage_v

    def again(self) -> None:
        """Search with large steps, the way the last one went."""
        self._step_v = self._greatest_v if self._step_v > 0.0 else -self._greatest_v
        self._same_way = 0
        self.settled = False

    def _park(self) -> float:
        """Dark, or beyond the voltage at which a weak sun gives any current: wait below, and go up from there."""
        self._step_v = self._greatest_v
        self._same_way = 0
        self.settled = True
        self._last_w = 0.0
        self.voltage_v = self._start_v
        return self.voltage_v

    def _turn(self) -> None:
        self._same_way = 0
        self._step_v = -self._step_v
        self.settled = abs(self._step_v) <= self._least_v
        if not self.settled:
            self._step_v /= 2.0

    def _keep_on(self) -> None:
        self._same_way += 1
        if self._same_way > 3 and abs(self._step_v) < self._greatest_v:
            self._step_v *= 2.0
            self._same_way = 0
            self.settled = False


def load_power_w(out_v: float, return_v: float, sense_ohm: float = 1.02) -> float:
    """What the lamp takes: the current through the sense resistor in its return, times the converter's output."""
    return out_v * return_v / sense_ohm


def charge_share(voltage_v: float, max_v: float) -> float:
    """How much of the charging current a capacitor may take: all, over its last 50 mV less, nothing from 5 mV below."""
    return clamp((max_v - 0.005 - voltage_v) / 0.05, 0.0, 1.0)


def discharge_share(voltage_v: float, min_v: float) -> float:
    """The same for the discharging current, over the lowest 150 mV: near empty, the voltage falls fast."""
    return clamp((voltage_v - min_v) / 0.15, 0.0, 1.0)


def storage_reference_a(
    wanted_w: float, bus_v: float, max_a: float, voltage_v: float, band_v: tuple[float, float]
) -> float:
    """The current into the bus that gives `wanted_w`, within `max_a` and the capacitor's band of voltages."""
    wanted_a = clamp(wanted_w / max(bus_v, 1.0), -CURRENT_SHARE * max_a, CURRENT_SHARE * max_a)
    low_v, high_v = band_v
    if wanted_a < 0.0:
        return wanted_a * charge_share(voltage_v, high_v)
    return wanted_a * discharge_share(voltage_v, low_v)


class Meter:
    """Energy from power and time, with the rounding error carried along: 32-bit floats would lose long ticks."""

    def __init__(self) -> None:
        self.energy_j = 0.0
        self._lost_j = 0.0

    def add(self, energy_j: float) -> None:
        energy_j -= self._lost_j
        total_j = self.energy_j + energy_j
        self._lost_j = (total_j - self.energy_j) - energy_j
        self.energy_j = total_j

    def take(self) -> float:
        """What was counted since it was last taken."""
        energy_j = self.energy_j
        self.energy_j = self._lost_j = 0.0
        return energy_j

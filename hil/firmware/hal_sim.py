"""Simulated power stages: averaged models of converter, lamp, panel, capacitor and bus.

The fast currents have settled at every step, so a model is exact at any step length but for the capacitor,
whose voltage moves: it is stepped finely while the loop settles, and in one go where the loop holds its power.
"""

from math import exp, log, sqrt

from hil.firmware.control import clamp, load_power_w
from hil.firmware.stage import Measured, Stage


class Simulated(Stage):
    """Steps of 5 ms are fine enough for every loop."""

    sim = True
    step_s = 0.005


class Lamp(Simulated):
    """An LED with its series resistance behind a buck converter."""

    def __init__(self, sim: dict[str, float]) -> None:
        self._bus_v = sim["bus_v"]
        self._lamp_v = sim["lamp_v"]
        self._lamp_ohm = sim["lamp_ohm"]
        self._out_v = 0.0

    def drive(self, ratio: float | None) -> None:
        self._out_v = clamp(ratio or 0.0, 0.0, 1.0) * self._bus_v

    def measure(self) -> Measured:
        current_a = max(self._out_v - self._lamp_v, 0.0) / (self._lamp_ohm + 1.02)
        return Measured(self._bus_v, -load_power_w(self._out_v, current_a * 1.02), self._out_v)

    def step(self, length_s: float) -> float:
        """The energy into the bus."""
        return self.measure().power_w * length_s


class Panel(Simulated):
    """A panel of which a diode takes its share (single-diode model without resistances), behind a boost converter.

    `sun` is the power the panel could give, as a fraction of `rated_w`; the curve is scaled so that this is its top.
    """

    def __init__(self, sim: dict[str, float]) -> None:
        self._bus_v = sim["bus_v"]
        self._rated_w = sim["rated_w"]
        self._open_v = sim["open_v"]
        self._thermal_v = self._open_v / 16.0
        self._sun = self._scale_a = 0.0
        self._voltage_v: float | None = None

    def world(self, told: dict[str, float]) -> None:
        self._sun = clamp(told.get("sun", self._sun), 0.0, 1.2)
        self._scale_a = self._rated_w * self._sun / self._top_w(self._sun) if self._sun > 0.001 else 0.0

    def drive(self, ratio: float | None) -> None:
        self._voltage_v = None if ratio is None else ratio * self._bus_v

    def measure(self) -> Measured:
        voltage_v = self._voltage_v
        if voltage_v is None:
            return Measured(self._bus_v, 0.0, self._open_v if self._sun > 0.001 else 0.0)
        power_w = max(self._scale_a * self._current(voltage_v, self._sun) * voltage_v, 0.0)
        return Measured(self._bus_v, power_w, voltage_v)

    def step(self, length_s: float) -> float:
        return self.measure().power_w * length_s

    def _current(self, voltage_v: float, sun: float) -> float:
        """Per ampere of short-circuit current under full sun."""
        return sun - exp(clamp((voltage_v - self._open_v) / self._thermal_v, -40.0, 10.0))

    def _top_w(self, sun: float) -> float:
        """The greatest power of the unscaled curve, where d(V·I)/dV = 0: a fixed point for V."""
        ratio = 13.0
        for _ in range(8):
            ratio = max(self._open_v / self._thermal_v + log(sun / (1.0 + ratio)), 0.1)
        voltage_v = ratio * self._thermal_v
        return voltage_v * self._current(voltage_v, sun)


class Capacitor(Simulated):
    """A capacitor with its leakage, behind a shunt and a bidirectional converter without losses of its own."""

    def __init__(self, sim: dict[str, float]) -> None:
        self._bus_v = sim["bus_v"]
        self._capacitance_f = sim["capacitance_f"]
        self._ohm = sim["series_ohm"]
        self._leak_ohm = sim["leak_ohm"]
        self._band_v = (sim["min_v"], sim["max_v"])
        self.voltage_v = sqrt(2.0 * sim["stored_j"] / self._capacitance_f)
        self._terminal_v: float | None = None
        self._taken_w = 0.0

    def drive(self, ratio: float | None) -> None:
        self._terminal_v = None if ratio is None else clamp(ratio, 0.0, 3.0) * self._bus_v
        if ratio is None:
            self._taken_w = 0.0

    def measure(self) -> Measured:
        return Measured(self._bus_v, -self._taken_w, self.voltage_v)

    def step(self, length_s: float) -> float:
        if self._terminal_v is None:
            self._fill(0.0, length_s)
            return 0.0
        # The current falls as the voltage rises; a sensor, and the loop, see its mean.
        fall = 1.0 + length_s / (2.0 * self._ohm * self._capacitance_f)
        charge_a = (self._terminal_v - self.voltage_v) / self._ohm / fall
        self._taken_w = charge_a * self._terminal_v
        self._fill(charge_a, length_s)
        return -self._taken_w * length_s

    def coast(self, length_s: float) -> tuple[float, float]:
        """Hold the present power, but no longer than the voltage takes to move by a little."""
        charge_a = self._charge_a()
        low_v, high_v = self._band_v
        near = min(abs(high_v - self.voltage_v), abs(self.voltage_v - low_v)) < 0.15
        move_v = 0.005 if near else 0.005 * self.voltage_v
        calm_s = move_v * self._capacitance_f / max(abs(charge_a), 1e-6)
        # However long the time, it takes no more than a few hundred steps.
        length_s = min(length_s, max(calm_s, length_s / 50.0))
        heat_w = charge_a * charge_a * self._ohm + self.voltage_v * self.voltage_v / self._leak_ohm
        # By energy, not by charge: no more is stored than was taken.
        square = self.voltage_v * self.voltage_v + 2.0 * (self._taken_w - heat_w) * length_s / self._capacitance_f
        self.voltage_v = sqrt(max(square, 0.0))
        return -self._taken_w * length_s, length_s

    def _charge_a(self) -> float:
        """What flows into the capacitor as `_taken_w` is taken: P = V·I + I²·R, the smaller root."""
        under_root = max(self.voltage_v * self.voltage_v + 4.0 * self._ohm * self._taken_w, 0.0)
        return 2.0 * self._taken_w / max(self.voltage_v + sqrt(under_root), 1e-6)

    def _fill(self, charge_a: float, length_s: float) -> None:
        leak_a = self.voltage_v / self._leak_ohm
        self.voltage_v = max(self.voltage_v + (charge_a - leak_a) * length_s / self._capacitance_f, 0.0)


class Bus(Simulated):
    """The bus as the grid's converter sees it: `bus_w` comes from all others; what it cannot take stays on the bus.

    With the gates open the bus discharges through its bleeder, as a real one does.
    """

    def __init__(self, sim: dict[str, float]) -> None:
        self._supply_v = sim["supply_v"]
        self._ohm = sim["out_ohm"]
        self._max_a = sim["max_a"]
        self._capacitance_f = sim["bus_f"]
        self._bleed_ohm = sim["bleed_ohm"]
        self._others_w = 0.0
        self._converter_v: float | None = None
        self._voltage_v = sim["bus_v"]

    def world(self, told: dict[str, float]) -> None:
        self._others_w = told.get("bus_w", self._others_w)

    def drive(self, ratio: float | None) -> None:
        self._converter_v = None if ratio is None else ratio * self._supply_v

    def measure(self) -> Measured:
        return Measured(self._voltage_v, self._power_w(), self._supply_v)

    def step(self, length_s: float) -> float:
        power_w = self._power_w()
        others_a = self._others_w / max(self._voltage_v, 1.0)
        if self._converter_v is None:
            self._drift(others_a, length_s)
            return 0.0
        taken_a = clamp(others_a, -self._max_a, self._max_a)
        held_v = self._converter_v + taken_a * self._ohm
        self._voltage_v = clamp(held_v + (others_a - taken_a) * length_s / self._capacitance_f, 0.0, 20.0)
        return power_w * length_s

    def _drift(self, others_a: float, length_s: float) -> None:
        """Nobody holds the bus: towards where the bleeder takes what the others give, exact at any length."""
        end_v = others_a * self._bleed_ohm
        left = exp(-length_s / (self._bleed_ohm * self._capacitance_f))
        self._voltage_v = clamp(end_v + (self._voltage_v - end_v) * left, 0.0, 20.0)

    def _power_w(self) -> float:
        if self._converter_v is None:
            return 0.0
        most_w = self._max_a * self._voltage_v
        return -clamp(self._others_w, -most_w, most_w)


STAGES: dict[str, type[Lamp] | type[Panel] | type[Capacitor] | type[Bus]] = {
    "load": Lamp,
    "solar": Panel,
    "storage": Capacitor,
    "grid": Bus,
}

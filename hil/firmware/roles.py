"""What each role does in one control period: from what is measured and wanted to the converter's ratio."""

from hil.firmware.control import PI, Climber, clamp, storage_reference_a
from hil.firmware.stage import Measured


class Role:
    """One control loop; `settled` tells whether it holds what is wanted."""

    settled = False

    def step(self, seen: Measured, wanted_w: float) -> float | None:
        """The converter's ratio of voltages for the next control period; None opens the gates for it."""
        raise NotImplementedError

    def flags(self, seen: Measured) -> list[str]:
        return []

    def reset(self) -> None:
        """Forget what was learnt with the gates shut."""
        raise NotImplementedError


class Load(Role):
    """A lamp behind a buck converter; the ratio is lamp voltage to bus voltage. Closes the loop on measured power."""

    def __init__(self, limits: dict[str, float], calibration: dict[str, float]) -> None:
        self._lamp_v = calibration["lamp_v"]
        self._loop = PI(0.0, 0.05, 0.0, 1.0)

    def step(self, seen: Measured, wanted_w: float) -> float:
        error_w = seen.power_w - wanted_w
        self.settled = abs(error_w) < 0.005 * abs(wanted_w) + 0.0005
        # Below its forward voltage a lamp takes nothing: begin there.
        return self._loop.update(error_w, self._lamp_v / max(seen.bus_v, 1.0))

    def reset(self) -> None:
        self._loop.reset()


class Solar(Role):
    """A panel behind a boost converter; the ratio is panel voltage to bus voltage.

    It climbs to the panel's maximum power, or holds what is wanted at a voltage above that point.
    """

    def __init__(self, limits: dict[str, float], calibration: dict[str, float]) -> None:
        open_v = calibration["open_v"]
        self._climber = Climber(0.6 * open_v, 0.3 * open_v, open_v, 0.02 * open_v)
        # The panel's power falls by some 10 W per volt where it is held back.
        self._back_off = PI(0.0, 0.03, 0.0, 0.7 * open_v)
        self._open_v = open_v

    def step(self, seen: Measured, wanted_w: float) -> float:
        over_w = seen.power_w - wanted_w
        offset_v = self._back_off.update(over_w)
        if offset_v > 0.0:
            self.settled = abs(over_w) < 0.005 * wanted_w + 0.0005
            voltage_v = self._climber.voltage_v + offset_v
        else:
            voltage_v = self._climber.update(seen.power_w)
            self.settled = self._climber.settled
        return clamp(voltage_v, 0.0, self._open_v) / max(seen.bus_v, 1.0)

    def reset(self) -> None:
        self._back_off.reset()
        self._climber.again()


class Storage(Role):
    """A capacitor behind a bidirectional converter; the ratio is its voltage at the capacitor to the bus's."""

    def __init__(self, limits: dict[str, float], calibration: dict[str, float]) -> None:
        self._max_a = limits["max_a"]
        self._band_v = (limits["min_v"], limits["max_v"])
        self._ohm = calibration["series_ohm"]
        self._loop = PI(0.0, 0.0, -0.5, 3.0)

    def step(self, seen: Measured, wanted_w: float) -> float | None:
        reference_a = storage_reference_a(wanted_w, seen.bus_v, self._max_a, seen.inner_v, self._band_v)
        if reference_a == 0.0:
            # At a limit of voltage nothing is to be held: a current sensor that is off must not creep over it.
            self.settled = True
            self._loop.reset()
            return None
        error_a = seen.current_a - reference_a
        self.settled = abs(error_a) < 0.005 * abs(reference_a) + 0.0002
        # The same ratio drives the more current the higher the voltage: the loop's gain is kept where it was.
        inner_v, bus_v = max(seen.inner_v, 1.0), max(seen.bus_v, 1.0)
        self._loop.kp, self._loop.ki = 0.1 * self._ohm / inner_v, 0.3 * self._ohm / inner_v
        # A part of the shunt's voltage beforehand: with all of it a wrong calibration would cross the limit.
        shunt_v = self._ohm * reference_a * bus_v / inner_v
        return self._loop.update(error_a, (seen.inner_v - 0.3 * shunt_v) / bus_v)

    def flags(self, seen: Measured) -> list[str]:
        low_v, high_v = self._band_v
        if seen.inner_v > high_v - 0.05:
            return ["full"]
        return ["empty"] if seen.inner_v < low_v + 0.05 else []

    def reset(self) -> None:
        self._loop.reset()


class Grid(Role):
    """A supply behind a bidirectional converter that holds the bus; the ratio is its voltage to the supply's."""

    def __init__(self, limits: dict[str, float], calibration: dict[str, float]) -> None:
        self._bus_v = calibration["bus_v"]
        self._supply_v = calibration["supply_v"]
        self._loop = PI(0.0, 0.4 / self._supply_v, 0.0, 1.0)

    def step(self, seen: Measured, wanted_w: float) -> float:
        # A dead bus comes up on what is known beforehand; the integral must not push it over the top.
        error_v = clamp(self._bus_v - seen.bus_v, -0.05 * self._bus_v, 0.05 * self._bus_v)
        self.settled = abs(error_v) < 0.001 * self._bus_v
        return self._loop.update(error_v, self._bus_v / self._supply_v)

    def reset(self) -> None:
        self._loop.reset()

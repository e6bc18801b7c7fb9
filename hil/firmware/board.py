"""A board: holds the power it was set, measures what it did, and goes to 0 W by itself when left alone."""

from hil.firmware.clock import Clock
from hil.firmware.config import Config
from hil.firmware.control import Meter, clamp
from hil.firmware.protocol import ProtocolError
from hil.firmware.roles import Grid, Load, Role, Solar, Storage
from hil.firmware.stage import Measured, Stage

FIRMWARE = "smart-grid-twin 1.0"
MAKERS: dict[str, type[Load] | type[Solar] | type[Storage] | type[Grid]] = {
    "load": Load,
    "solar": Solar,
    "storage": Storage,
    "grid": Grid,
}
FINE_STEPS = 40
"""Of the control loop in one go, before a simulated power stage is taken as settled."""

STOPPED, HELD, SILENT, TRIP, SENSOR = "stopped", "held", "silent", "trip", "sensor"


class Board:
    """One role on one power stage. `advance` is to be called often; everything else happens at that instant."""

    def __init__(self, config: Config, stage: Stage, clock: Clock) -> None:
        self.config = config
        self.stage = stage
        self.clock = clock
        self.role: Role = MAKERS[config.role](config.limits, config.calibration)
        self.meter = Meter()
        self.state = STOPPED
        self.wanted_w = 0.0
        self.clipped = False
        self.ticks = Ticks(clock.us())
        self.tick_s = 5.0
        self._now_us = self._heard_us = clock.us()
        stage.drive(None)

    @property
    def open(self) -> bool:
        """Whether the gates are: a grid board alone goes on without being told to."""
        if self.state == SILENT:
            return self.config.role != "grid"
        return self.state != HELD or (self.wanted_w == 0.0 and self.config.role != "grid")

    def take(self, tick_s: float, factor: float) -> None:
        """A controller takes the board: ticks begin anew, and a trip is forgiven."""
        self.advance()
        self.tick_s = tick_s
        self.clock.factor = factor
        self.ticks = Ticks(self._now_us)
        self.meter.take()
        self._heard_us = self._now_us
        if self.state == TRIP:
            self.state = STOPPED

    def advance(self) -> None:
        """Live up to now; the gates open in time even if nobody called for long."""
        now_us = self.clock.us()
        silent_us = self._heard_us + int(2000000 * self.tick_s)
        if self.state == HELD and now_us > silent_us:
            self._live(max(silent_us, self._now_us))
            self._rest(SILENT)
        self._live(now_us)

    def begin(self, tick: int, world: dict[str, float]) -> dict[str, object]:
        """Begin a tick and say what the one before was; the same again if it has begun."""
        if tick != self.ticks.number:
            self._refuse_past(tick)
            self.ticks.begin(tick, self._now_us, self.meter.take())
            self.ticks.reading.update(self._present())
        self.stage.world(world)
        return self.ticks.reading

    def set(self, tick: int, power_w: float, world: dict[str, float]) -> dict[str, object]:
        """Hold a power from now on, and say which."""
        if self.config.role == "grid" and "bus_w" not in world:
            world = world | {"bus_w": -power_w}
        self.begin(tick, world)
        if self.state != TRIP:
            self.state = HELD
        self._heard_us = self._now_us
        limits = self.config.limits
        held_w = clamp(power_w, limits["min_w"], limits["max_w"])
        self.clipped = abs(held_w - power_w) > 0.0005
        self.wanted_w = held_w
        self._open_or_shut()
        delay_ms = self.ticks.delay(self._now_us)
        power_w = 0.0 if self.open else held_w
        return {"tick": tick, "power_w": power_w, "delay_ms": delay_ms, "clock_ms": self.clock_ms()}

    def stop(self) -> None:
        if self.state != TRIP:
            self.clipped = False
            self._rest(STOPPED)

    def clock_ms(self) -> int:
        return self._now_us // 1000

    def facts(self) -> dict[str, object]:
        config = self.config
        limits: dict[str, object] = dict(config.limits)
        return {"name": config.name, "role": config.role, "firmware": FIRMWARE, "limits": limits, "sim": self.stage.sim}

    def flags(self, seen: Measured | None) -> list[str]:
        """What a reading has to say beside its numbers."""
        words = [] if seen is None else self.role.flags(seen)
        if self.state != HELD:
            words.append(self.state)
        if self.clipped:
            words.append("clipped")
        if self.ticks.partial:
            words.append("partial")
        return words

    def _refuse_past(self, tick: int) -> None:
        if self.ticks.number is not None and tick < self.ticks.number:
            raise ProtocolError("late", f"tick {tick} is over, this is {self.ticks.number}")

    def _present(self) -> dict[str, object]:
        """The end of a tick as the sensors see it, and what could be held through the next."""
        seen = self._guarded()
        present: dict[str, object] = {"clock_ms": self.clock_ms(), "flags": self.flags(seen)}
        if seen is not None:
            present.update({"voltage_v": seen.bus_v, "current_a": seen.current_a})
            present.update(self.config.room(seen.inner_v, self.tick_s))
        return present

    def _live(self, until_us: int) -> None:
        """Control and count, in steps that the power stage can bear."""
        left_s = (until_us - self._now_us) / 1000000
        self._now_us = max(until_us, self._now_us)
        steps = 0
        while left_s > 0.0:
            length_s = min(left_s, self.stage.step_s)
            self._control()
            self.meter.add(self.stage.step(length_s))
            left_s -= length_s
            steps += 1
            if left_s > 0.0 and (self.open or self.role.settled or steps > FINE_STEPS):
                energy_j, lived_s = self.stage.coast(left_s)
                self.meter.add(energy_j)
                left_s -= lived_s

    def _control(self) -> None:
        seen = self._guarded()
        if seen is not None and not self.open:
            self.stage.drive(self.role.step(seen, self.wanted_w))

    def _guarded(self) -> Measured | None:
        """What the sensors say, unless it is reason to open the gates."""
        try:
            seen = self.stage.measure()
        except OSError:
            self._rest(SENSOR)
            return None
        limits = self.config.limits
        if seen.bus_v > limits["trip_v"] or abs(seen.current_a) > 1.5 * limits["max_a"]:
            self._rest(TRIP)
        return seen

    def _rest(self, why: str) -> None:
        self.state = why
        if why != SILENT:
            self.wanted_w = 0.0
        self._open_or_shut()

    def _open_or_shut(self) -> None:
        if self.open:
            self.stage.drive(None)
            self.role.reset()


class Ticks:
    """Which tick it is, since when, and the reading of the one before."""

    def __init__(self, now_us: int) -> None:
        self.number: int | None = None
        self.partial = True
        self.reading: dict[str, object] = {}
        self._began_us = now_us
        self._delay_ms: int | None = None

    def begin(self, tick: int, now_us: int, energy_j: float) -> None:
        length_ms = (now_us - self._began_us) // 1000
        self.partial = self.number is None or tick != self.number + 1
        self.reading = {
            "tick": tick - 1,
            "power_w": 1000.0 * energy_j / length_ms if length_ms else 0.0,
            "energy_j": energy_j,
            "length_ms": length_ms,
            "delay_ms": self._delay_ms,
        }
        self.number = tick
        self._began_us = now_us
        self._delay_ms = None

    def delay(self, now_us: int) -> int:
        """Time from the boundary to this set; that of the first one is kept."""
        delay_ms = (now_us - self._began_us) // 1000
        if self._delay_ms is None:
            self._delay_ms = delay_ms
        return delay_ms

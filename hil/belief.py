"""Which readings are believed; pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hil.bench import BoardLimits

TOLERANCE = 0.02
"""Of an energy; a board's numbers have six digits and its times whole milliseconds."""
SMALL_J = 1e-3
STORED_TOLERANCE = 0.003
"""Of the energy limit: what a 12-bit converter cannot tell."""
SHORTEST, LONGEST = 0.05, 3.0
"""Ticks that a reading may cover: a controller that was late catches up, but a clock that runs wrong is none."""
SHUT = ("trip", "sensor")
"""The flags of a board that protects itself."""


class Measured(NamedTuple):
    """A reading's numbers; None for what this board does not measure."""

    power_w: float
    energy_j: float
    length_s: float
    delay_s: float
    clock_ms: int
    flags: tuple[str, ...]
    voltage_v: float | None = None
    current_a: float | None = None
    stored_j: float | None = None


def measured(body: Mapping[str, Any]) -> Measured:
    """A reading as it came in a frame, whose fields have been checked."""
    optional = {name: body.get(name) for name in ("voltage_v", "current_a", "stored_j")}
    length_s = body["length_ms"] / 1e3
    delay_s = length_s if body.get("delay_ms") is None else body["delay_ms"] / 1e3
    return Measured(
        body["power_w"], body["energy_j"], length_s, delay_s, body["clock_ms"], tuple(body["flags"]), **optional
    )


class Judge:
    """Remembers what a board said before, to tell what cannot be."""

    def __init__(self, limits: BoardLimits, tick_s: float, stuck_ticks: int) -> None:
        self._limits = limits
        self._tick_s = tick_s
        self._stuck_ticks = stuck_ticks
        self._last: Measured | None = None
        self._moved_j: list[float] = []

    def forget(self) -> None:
        """The board is another one now, or was away."""
        self._last = None

    def doubt(self, reading: Measured, model_j: float, stores: bool) -> str | None:
        """Why a reading is not believed, as `kind: detail`; None if it is."""
        found = next(self._doubts(reading, model_j, stores), None)
        self._last = reading
        return found

    def _doubts(self, reading: Measured, model_j: float, stores: bool) -> Iterator[str]:
        yield from self._shut(reading)
        yield from self._out_of_limits(reading)
        yield from self._impossible(reading)
        if stores:
            yield from self._conjured(reading)
        yield from self._stuck(reading, self._gone_j(reading) if stores else model_j)

    def _shut(self, reading: Measured) -> Iterator[str]:
        for flag in SHUT:
            if flag in reading.flags:
                yield f"{flag}: the board protects itself"
        if "partial" in reading.flags:
            yield "partial: the reading does not cover the tick"
        if self._last is not None and reading.clock_ms < self._last.clock_ms:
            yield f"clock: it went back from {self._last.clock_ms} to {reading.clock_ms} ms"

    def _out_of_limits(self, reading: Measured) -> Iterator[str]:
        limits = self._limits
        for name, value, limit in (
            ("power", reading.power_w, limits.power),
            ("voltage", reading.voltage_v, limits.voltage),
            ("current", reading.current_a, limits.current),
            ("energy", reading.stored_j, limits.energy),
        ):
            if value is not None and limit is not None and abs(value) > limit * (1.0 + TOLERANCE):
                yield f"limit: {name} is {value:g}, beyond {limit:g}"

    def _impossible(self, reading: Measured) -> Iterator[str]:
        if not SHORTEST <= reading.length_s / self._tick_s <= LONGEST:
            yield f"length: {reading.length_s:g} s, for a tick of {self._tick_s:g} s"
        expected_j = reading.power_w * reading.length_s
        if abs(reading.energy_j - expected_j) > TOLERANCE * abs(expected_j) + SMALL_J:
            yield f"energy: {reading.energy_j:g} J is not {reading.power_w:g} W × {reading.length_s:g} s"

    def _conjured(self, reading: Measured) -> Iterator[str]:
        if reading.stored_j is None:
            yield "stored: it does not say what it stores"
            return
        if reading.stored_j < 0.0:
            yield f"stored: {reading.stored_j:g} J is less than nothing"
        if self._last is None or self._last.stored_j is None:
            return
        most_j = self._last.stored_j - reading.energy_j
        slack_j = STORED_TOLERANCE * (self._limits.energy or most_j) + TOLERANCE * abs(reading.energy_j)
        if reading.stored_j > most_j + slack_j:
            yield f"stored: {reading.stored_j:g} J, but no more than {most_j:g} J was put in"

    def _stuck(self, reading: Measured, moved_j: float) -> Iterator[str]:
        """To the last digit the same, while something happened: `moved_j` of a tick are other than those before."""
        last = self._last
        same = last is not None and _values(last) == _values(reading)
        # Only the last ticks count: a panel that was away at noon may rightly give nothing all night.
        self._moved_j = [*self._moved_j[-self._stuck_ticks :], moved_j] if same else [moved_j]
        span_j = max(self._moved_j) - min(self._moved_j)
        if len(self._moved_j) > self._stuck_ticks and span_j > TOLERANCE * self._limits.power * self._tick_s:
            yield f"stuck: the same reading {len(self._moved_j)} times or more"
        elif last is not None and reading.clock_ms == last.clock_ms:
            yield f"clock: it stays at {reading.clock_ms} ms"

    def _gone_j(self, reading: Measured) -> float:
        """All that a storage has said to have given while what it holds stayed the same."""
        return reading.energy_j + (self._moved_j[-1] if self._moved_j else 0.0)


def _values(of: Measured) -> tuple[object, ...]:
    return of.power_w, of.voltage_v, of.current_a, of.stored_j

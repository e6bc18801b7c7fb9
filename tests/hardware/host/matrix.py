"""The fault matrix: what can happen to a board, done to all four roles at once in one run, and what came of it."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from wires import KEY, ROLES, Wire, changed

from hil.bench import Bench, load_bench
from hil.frames import Conversation, decode, encode
from hil.hardware import Bridge
from hil.link import SerialPort
from hil.remote import Pace
from hil.replay import Recording
from twin.clock import WallClock
from twin.facts import COLUMNS
from twin.runs import open_store
from twin.scenario.launch import Start, new_book, prepare
from twin.scenario.schema import load_text
from twin.scenario.session import Progress

TICK_S, FACTOR = 5.0, 50.0
FIRST, FROM, UNTIL = 26, 30, 36
"""The first tick, when the fault begins and when it ends; the sun shines all the while."""
HOUSE = """
currency: EUR
tick: 5 s
ticks_per_day: 60
start_day: 5727101
days: 1
unserved_price: 3 EUR/J
policy: rule
solar: {kind: lab, rated_power: 4.6 W}
loads: [{name: house, rated_power: 1 W, share: 20 %}, {name: rest, rated_power: 4 W, share: 80 %}]
demand: {kind: lab}
storage: {kind: supercapacitor, capacitance: 0.5 F, min_voltage: 1 V, max_voltage: 14 V, bus_voltage: 7 V,
          max_current: 0.2 A, series_resistance: 0.1 ohm, leakage_resistance: 100 kohm}
market: {prices: {kind: lab}}
"""
BOARD = """
  - component: {component}
    port: "{port}"
    limits: {{power: {power} W, voltage: 20 V, current: 5 A, energy: 60 J}}
    deadline: 60 ms
    stuck_ticks: 2
{key}"""
POWER_W = {"solar": 5, "house": 1.1, "storage": 1.5, "market": 14}
Act = Callable[[list[Wire]], None]


def nothing(wires: list[Wire]) -> None:
    """Leaves the wires alone."""


@dataclass(frozen=True)
class Fault:
    """Something that happens, and how it ends; `harmless` faults are noted, and no reading is lost to them."""

    begin: Act
    end: Act = nothing
    networked: bool = False
    kinds: tuple[str, ...] = ()
    harmless: bool = False


@dataclass
class Outcome:
    """What a run with a fault left behind: rows by tick, kinds of faults by component."""

    rows: dict[int, dict[str, object]] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)
    leaked: tuple[int, int] = (0, 0)

    def sources(self, component: str, first: int, last: int) -> list[object]:
        return [self.rows[tick][f"{component}_source"] for tick in self.rows if first <= tick < last]


def spoiling(spoil: Callable[[Wire], Callable[[bytes], list[bytes]]]) -> Act:
    def begin(wires: list[Wire]) -> None:
        for wire in wires:
            wire.spoil = spoil(wire)

    return begin


def healed(wires: list[Wire]) -> None:
    for wire in wires:
        wire.spoil = None


def each(method: str) -> Act:
    def act(wires: list[Wire]) -> None:
        for wire in wires:
            getattr(wire, method)()

    return act


def half(line: bytes) -> list[bytes]:
    return [line[: len(line) // 2] + b"\n"]


def wrong_crc(line: bytes) -> list[bytes]:
    return [line[:-1] + (b"0" if line[-1:] != b"0" else b"1") + b"\n"]


def late(wire: Wire) -> Callable[[bytes], list[bytes]]:
    """Each answer comes a tick and a half late."""

    def spoil(line: bytes) -> list[bytes]:
        threading.Timer(1.5 * TICK_S / FACTOR, wire.say, (line + b"\n",)).start()
        return []

    return spoil


def reordered(wire: Wire) -> Callable[[bytes], list[bytes]]:
    """Each answer comes behind the next two."""
    waiting: list[bytes] = []

    def spoil(line: bytes) -> list[bytes]:
        waiting.append(line + b"\n")
        return [waiting.pop(0), waiting.pop(0), waiting.pop(0)][::-1] if len(waiting) == 3 else []

    return spoil


def stuck(wire: Wire) -> Callable[[bytes], list[bytes]]:
    """The first reading again and again, with a clock that goes on."""
    first: dict[str, object] = {}

    def spoil(line: bytes) -> list[bytes]:
        frame = decode(line)
        if frame.verb != "reading":
            return [line + b"\n"]
        first.update({} if first else frame.body)
        now = {name: frame.body[name] for name in ("tick", "clock_ms", "delay_ms")}
        return [encode("reading", frame.seq, first | now)]

    return spoil


def out_of_limits(wire: Wire) -> Callable[[bytes], list[bytes]]:
    return changed("reading", power_w=1000.0, energy_j=5000.0)


def not_a_number(wire: Wire) -> Callable[[bytes], list[bytes]]:
    def spoil(line: bytes) -> list[bytes]:
        from hil.firmware.protocol import crc

        text = line[:-9].replace(b'"energy_j":', b'"energy_j":NaN,"was":')
        return [text + crc(text) + b"\n"]

    return spoil


def impossible(wire: Wire) -> Callable[[bytes], list[bytes]]:
    return changed("reading", energy_j=9.0, power_w=0.1)


def clock_reset(wire: Wire) -> Callable[[bytes], list[bytes]]:
    """Each reading's clock is behind that of the one before."""
    clock = iter(range(10**6, 0, -1000))

    def spoil(line: bytes) -> list[bytes]:
        return changed("reading", clock_ms=next(clock))(line)

    return spoil


def flooded(wires: list[Wire]) -> None:
    """A megabyte each of nothing with a line end now and then, in which what the board says goes under."""

    def pour(wire: Wire) -> None:
        for _ in range(256):
            wire.do(lambda: wire.say((b"x" * 100 + b"\n") * 40))
            time.sleep(0.0005)

    for wire in wires:
        wire.spoil = lambda line: [b"x" * 100 + line + b"\n"]
        threading.Thread(target=pour, args=(wire,)).start()


def replaced(**facts: object) -> Act:
    """Another board at the same plug."""

    def begin(wires: list[Wire]) -> None:
        for wire in wires:
            wire.unplug()
            wire.spoil = changed("board", **facts)
            wire.plug()

    return begin


def intruded(wires: list[Wire]) -> None:
    """Somebody else with the key wants to set the boards."""
    for wire in wires:
        with wire.intrude() as intruder:
            intruder.settimeout(2.0)
            talk = Conversation(KEY.encode(), "0123456789abcdef")
            intruder.sendall(talk.hello(TICK_S, FACTOR, 0.0))
            talk.hear(intruder.recv(4096).strip())
            intruder.sendall(talk.ask("set", {"tick": 1, "power_w": 0.0}, 0.0))
            told = talk.hear(intruder.recv(4096).strip())
            if getattr(told, "body", {}).get("code") != "busy":
                raise RuntimeError(f"an intruder was answered {told}")


def opened_twice(wires: list[Wire]) -> None:
    """Somebody else wants the port."""
    for wire in wires:
        with contextlib.suppress(OSError):
            SerialPort(wire.port, 115200, 0.1)
            raise RuntimeError(f"{wire.port} was opened twice")


def rekeyed(wires: list[Wire]) -> None:
    """The boards come back with another key."""
    for wire in wires:
        text = wire.config.read_text(encoding="utf-8")
        wire.config.write_text(text.replace(KEY, "quite another key 1"), encoding="utf-8")
        wire.restart()


def keyed_again(wires: list[Wire]) -> None:
    for wire in wires:
        text = wire.config.read_text(encoding="utf-8")
        wire.config.write_text(text.replace("quite another key 1", KEY), encoding="utf-8")
        wire.restart()


def half_open(wires: list[Wire]) -> None:
    for wire in wires:
        wire.cut = True


def open_again(wires: list[Wire]) -> None:
    for wire in wires:
        wire.cut = False


def simple(spoil: Callable[[bytes], list[bytes]]) -> Act:
    return spoiling(lambda wire: spoil)


FAULTS = {
    "unplug and replug": Fault(each("unplug"), each("plug"), kinds=("lost",)),
    "hang": Fault(each("freeze"), each("thaw"), kinds=("silent",)),
    "kill and restart": Fault(each("kill"), each("start"), kinds=("silent",)),
    "garbage": Fault(simple(lambda line: [bytes(byte ^ 0x55 for byte in line) + b"\n"]), healed, kinds=("garbage",)),
    "half a frame": Fault(simple(half), healed, kinds=("crc", "garbage")),
    "wrong CRC": Fault(simple(wrong_crc), healed, kinds=("crc",)),
    "duplicate": Fault(simple(lambda line: [line + b"\n"] * 2), healed, kinds=("duplicate",), harmless=True),
    "late": Fault(spoiling(late), healed, kinds=("late",)),
    "reordered": Fault(spoiling(reordered), healed, kinds=("late", "silent")),
    "wrong name": Fault(replaced(name="nobody"), healed, kinds=("unfit",)),
    "wrong version": Fault(replaced(protocol=99), healed, kinds=("unfit",)),
    "out of limits": Fault(spoiling(out_of_limits), healed, kinds=("limit",)),
    "NaN": Fault(spoiling(not_a_number), healed, kinds=("garbage",)),
    "stuck value": Fault(spoiling(stuck), healed, kinds=("stuck", "stored")),
    "energy is not power × time": Fault(spoiling(impossible), healed, kinds=("energy",)),
    "board clock reset": Fault(spoiling(clock_reset), healed, kinds=("clock",)),
    "byte flood": Fault(flooded, healed, kinds=("garbage", "crc")),
    "second opener": Fault(opened_twice, harmless=True),
    "TCP reset": Fault(each("reset"), networked=True, kinds=("lost",)),
    "TCP half-open": Fault(half_open, open_again, networked=True, kinds=("silent",)),
    "second controller": Fault(intruded, networked=True, harmless=True),
    "wrong key": Fault(rekeyed, keyed_again, networked=True, kinds=("lost", "silent")),
}


def to_the_bus(act: Act) -> Act:
    """Done to the board alone that holds the bus."""

    def done(wires: list[Wire]) -> None:
        act([wire for wire in wires if wire.component == "market"])

    return done


BUS_FAULTS = {
    "tripped": Fault(to_the_bus(spoiling(lambda wire: changed("reading", flags=["trip"]))), healed, kinds=("trip",)),
    "missing": Fault(to_the_bus(each("unplug")), to_the_bus(each("plug")), kinds=("lost",)),
    "hung": Fault(to_the_bus(each("freeze")), to_the_bus(each("thaw")), kinds=("silent",)),
    "not believed": Fault(to_the_bus(spoiling(out_of_limits)), healed, kinds=("limit",)),
}
"""What can happen to the board that holds the bus, while all others are well."""


@cache
def outcome(name: str) -> Outcome:
    """What becomes of a run in which this happens to every board, or to the one that holds the bus."""
    with TemporaryDirectory() as folder:
        before = leaks()
        found = lived((FAULTS | BUS_FAULTS)[name], Path(folder))
        after = leaks()
    found.leaked = after[0] - before[0], after[1] - before[1]
    return found


def leaks() -> tuple[int, int]:
    """Threads and descriptors; timers of a test's own are waited for."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    return threading.active_count(), len(os.listdir("/proc/self/fd"))


def lived(fault: Fault, folder: Path) -> Outcome:
    wires = [Wire(folder, component, fault.networked) for component in ROLES]
    try:
        bench, start = bench_of(folder, wires), start_of(folder)
        with Bridge(bench, Pace(TICK_S, FACTOR), no_recording) as bridge:
            bridge.require()
            equipped = start.equipped(bridge, WallClock(TICK_S, FACTOR))
            return recorded(equipped, folder, driver(fault, wires))
    finally:
        for wire in wires:
            wire.close()


def driver(fault: Fault, wires: list[Wire]) -> Callable[[Progress], None]:
    """Begins and ends the fault at its ticks."""

    def watch(progress: Progress) -> None:
        tick = FIRST + progress.done_here
        if tick == FROM:
            fault.begin(wires)
        if tick == UNTIL:
            fault.end(wires)

    return watch


def recorded(start: Start, folder: Path, watch: Callable[[Progress], None]) -> Outcome:
    found = Outcome()
    policy = start.policy("rule")
    with open_store(str(folder / "runs.sqlite")) as store:
        book = new_book(store, start, policy)
        session = start.session(policy, book)
        session.skip_to(FIRST)
        session.run(watch)
        names = tuple(dict.fromkeys((*COLUMNS, *(f"{name}_{what}" for name in ROLES for what in ("j", "source")))))
        for chunk in store.columns(book.run, names):
            for index, tick in enumerate(chunk["tick"].tolist()):
                found.rows[tick] = {name: chunk[name][index] for name in names}
        for _, component, kind, _ in store.table(book.run, "fault"):
            found.kinds.setdefault(component, set()).add(kind)
    return found


def bench_of(folder: Path, wires: list[Wire]) -> Bench:
    keys = [f"    key: {KEY}\n" if wire.networked else "" for wire in wires]
    boards = [
        BOARD.format(component=wire.component, port=wire.port, key=key, power=POWER_W[wire.component])
        for wire, key in zip(wires, keys, strict=True)
    ]
    path = folder / "bench.yaml"
    path.write_text("boards:" + "".join(boards), encoding="utf-8")
    return load_bench(str(path))[0]


def start_of(folder: Path) -> Start:
    return prepare(load_text(HOUSE, "house.yaml", folder))


def no_recording(run: str, component: str) -> Recording:
    raise RuntimeError(f"nobody recorded {component}")


def laws(rows: dict[int, dict[str, object]]) -> Iterator[float]:
    """By how much each row misses the balance of the bus."""
    for row in rows.values():
        of = {name: float(row[name]) for name in COLUMNS if name.endswith("_j")}  # type: ignore[arg-type]
        yield of["solar_j"] + of["load_j"] + of["storage_j"] + of["import_j"] - of["export_j"] + of["mismatch_j"]

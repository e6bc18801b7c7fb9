"""A long run on boards to which random things happen: `python -m soaking TICKS SEED`; memory flat, nothing lost."""

import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from matrix import FACTOR, FAULTS, HOUSE, TICK_S, Fault, bench_of, no_recording
from wires import ROLES, Wire

from hil.hardware import Bridge
from hil.remote import Pace
from twin.clock import WallClock
from twin.runs import open_store
from twin.scenario.launch import Start, new_book, prepare
from twin.scenario.schema import load_text
from twin.scenario.session import Progress

SPEED_UP = 2.0
CALM_TICKS, LASTING_TICKS = (4, 30), (1, 8)
SETTLED = 0.25
"""The part of a run after which its memory is what it will be."""
SERIAL = tuple(name for name, fault in FAULTS.items() if not fault.networked and name not in ("second opener",))


@dataclass
class Chance:
    """Things that happen to one wire after the other, as a seed has them."""

    wires: list[Wire]
    random: random.Random
    happened: list[str] = field(default_factory=list)
    memory_kb: list[int] = field(default_factory=list)
    _next: int = 3
    _present: tuple[Fault, list[Wire]] | None = None

    def watch(self, progress: Progress) -> None:
        self.memory_kb.append(resident_kb())
        if progress.done < self._next:
            return
        if self._present is not None:
            fault, wires = self._present
            fault.end(wires)
            self._present = None
            self._next = progress.done + self.random.randint(*CALM_TICKS)
            return
        name, wire = self.random.choice(SERIAL), self.random.choice(self.wires)
        self._present = FAULTS[name], [wire]
        FAULTS[name].begin([wire])
        self.happened.append(f"{progress.done}: {name} of {wire.component}")
        self._next = progress.done + self.random.randint(*LASTING_TICKS)

    @property
    def growth(self) -> float:
        """By how much memory grew after the run had settled."""
        settled = self.memory_kb[int(SETTLED * len(self.memory_kb)) :]
        return max(settled[-len(settled) // 4 :]) / max(settled[: len(settled) // 4]) - 1.0


@dataclass(frozen=True)
class Soaked:
    """What a soak came to."""

    ticks: int
    faults: int
    fallbacks: dict[str, int]
    growth: float
    worst_balance_j: float


def soak(ticks: int, seed: int) -> Soaked:
    """Run so many ticks on four boards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wires = [Wire(folder, component) for component in ROLES]
        try:
            factor = FACTOR * SPEED_UP
            with Bridge(bench_of(folder, wires), Pace(TICK_S, factor), no_recording) as bridge:
                bridge.require()
                start = start_of(folder, ticks).equipped(bridge, WallClock(TICK_S, factor))
                return soaked(start, folder, Chance(wires, random.Random(seed)))
        finally:
            for wire in wires:
                wire.close()


def start_of(folder: Path, ticks: int) -> Start:
    days = -(-ticks // 60)
    return prepare(load_text(HOUSE, "house.yaml", folder, [f"days={days}"]))


def soaked(start: Start, folder: Path, chance: Chance) -> Soaked:
    policy = start.policy("rule")
    with open_store(str(folder / "soak.sqlite")) as store:
        book = new_book(store, start, policy)
        outcome = start.session(policy, book).run(chance.watch)
        rows = [tick for chunk in store.columns(book.run, ["tick"]) for tick in chunk["tick"].tolist()]
    if rows != list(range(start.blueprint.ticks)):
        raise RuntimeError(f"{start.blueprint.ticks - len(rows)} ticks were lost")
    of = outcome.summary
    return Soaked(len(rows), len(chance.happened), of["link_fallbacks"], chance.growth, of["max_balance_error_j"])


def resident_kb() -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0])


def main() -> int:
    ticks, seed = (int(argument) for argument in sys.argv[1:3])
    found = soak(ticks, seed)
    fallbacks = ", ".join(f"{name} {count}" for name, count in found.fallbacks.items())
    print(f"{found.ticks} ticks, {found.faults} faults (seed {seed}); answered by the models: {fallbacks}")
    print(
        f"memory grew by {100 * found.growth:.1f} %, the worst row misses its balance by {found.worst_balance_j:.1g} J"
    )
    return int(found.growth > 0.05 or found.worst_balance_j > 1e-9)


if __name__ == "__main__":
    sys.exit(main())

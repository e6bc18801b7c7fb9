"""All boards of a bench in one run: found, greeted, put in the place of components, and stopped in a safe order."""

import time
from collections.abc import Callable, Sequence
from math import inf
from types import TracebackType
from typing import Any, Self, TypeVar

from hil.bench import Bench, Board
from hil.board import HardwareComponent, HardwareMarket, HardwareStorage
from hil.interlock import STOP_ORDER, Interlock
from hil.link import Port, SerialPort
from hil.listener import Listener, address
from hil.places import device
from hil.remote import Open, Pace, Remote
from hil.replay import Recording, ReplayPort
from twin.errors import Errors, LinkError, ScenarioError, TwinError
from twin.facts import Component
from twin.scenario.hardware import Rows
from twin.simulation import Parts

Part = TypeVar("Part", bound=Component)
Wrapped = TypeVar("Wrapped", bound=HardwareComponent[Any])
Recordings = Callable[[str, str], Recording]
"""What was recorded in a run, of a component."""
GREETING_S = 4.0
"""How long boards may take to answer the first hello."""
STOPPING_S = 1.0
NARROW = 0.5
WRITE_S = 0.5
CALL_S = 0.2


class Bridge:
    """The boards of a bench while they are in use; leaving it stops them."""

    def __init__(self, bench: Bench, pace: Pace, recordings: Recordings) -> None:
        self.bench = bench
        self._pace = pace
        self._recordings = recordings
        self._listeners = listeners(bench, pace)
        self.remotes = [Remote(board, pace, self._opener(board)) for board in bench.boards]
        for remote in self.remotes:
            self._expect(remote)
        self._by_component = {remote.board.component: remote for remote in self.remotes}
        self.wrapped: list[HardwareComponent[Any]] = []
        self._interlock = Interlock()
        self._stopped = False

    def __enter__(self) -> Self:
        for listener in self._listeners.values():
            listener.start()
        for remote in self.remotes:
            remote.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if not self._stopped:
                self.stop()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of all ports."""
        for remote in self.remotes:
            remote.close()
        for listener in self._listeners.values():
            listener.close()

    def greet(self, within_s: float = GREETING_S) -> list[TwinError]:
        """Meet all boards at once; an error for each that is missing or another than the bench says."""
        until_s = time.monotonic() + within_s
        absent = [remote for remote in self.remotes if not remote.greeted(until_s)]
        return [LinkError(remote.where, remote.trouble, expected(remote.board)) for remote in absent]

    def require(self) -> None:
        """Raises one error that names every board that cannot be used."""
        raise_all(self.greet())

    def refuse_speed(self) -> None:
        """Raises ScenarioError where a board that has been met cannot keep the pace: its power stage is real."""
        if real := [remote.where for remote in self.remotes if remote.refusal == "factor"]:
            got = f"{self._pace.factor:g}, but {', '.join(real)} {'keep' if len(real) > 1 else 'keeps'} real time"
            raise ScenarioError("--speed", got, "leave it out; a board that says 'sim' of itself may be sped up")

    def leave(self) -> None:
        """Let go of the boards at the end as they are, instead of stopping them."""
        self._stopped = True

    def narrow(self) -> list[str]:
        """A line for each board that can do but a part of what its bench lets it: the rest is not asked of it."""
        return [
            f"{remote.where}: can do {can_w:g} W of the {remote.board.limits.power:g} W that the bench says"
            for remote in self.remotes
            if (can_w := most_w(remote)) < NARROW * remote.board.limits.power
        ]

    def stop(self) -> list[str]:
        """Safe stop of all boards, waiting for the answers; returns the names of those that did not answer."""
        self._stopped = True
        deaf = []
        for roles in STOP_ORDER:
            group = [remote for remote in self.remotes if remote.board.role in roles]
            for remote in group:
                remote.stop()
            until_s = time.monotonic() + STOPPING_S
            deaf += [remote.board.called for remote in group if not (remote.stopped(until_s) or remote.board.is_replay)]
        return deaf

    def wrap(self, parts: Parts) -> Parts:
        """The parts with boards in the place of those that have one."""
        refuse_strangers(self.bench, [part.name for part in parts.all()])
        refuse_other_kinds(self.bench, parts)
        self.wrapped = []
        self._interlock = Interlock()
        return Parts(
            tuple(self._board(HardwareComponent, array) for array in parts.solar),
            tuple(self._board(HardwareComponent, load) for load in parts.loads),
            tuple(self._board(HardwareStorage, storage) for storage in parts.storage),
            self._board(HardwareMarket, parts.market),
        )

    def rows(self) -> Rows:
        """What the boards did since this was last asked, for the run store."""
        links = [row for part in self.wrapped for row in part.drain()]
        drained = [remote.logbook.drain() for remote in self.remotes]
        return {
            "link": links,
            "frame": [line for lines, _ in drained for line in lines],
            "fault": [fault for _, faults in drained for fault in faults],
        }

    def _board(self, kind: Callable[[Part, Remote, float, float, Interlock], Wrapped], part: Part) -> Part | Wrapped:
        remote = self._by_component.get(part.name)
        if remote is None:
            return part
        tick_s = self._pace.tick_s
        deadline_s = remote.board.deadline_s(self._pace.wall_s)
        wrapped = kind(part, remote, tick_s, deadline_s, self._interlock)
        self.wrapped.append(wrapped)
        return wrapped

    def _expect(self, remote: Remote) -> None:
        """Let a board dial in, if that is its way."""
        if remote.board.port.startswith("listen:"):
            host, number, name = address(remote.board.port)
            self._listeners[host, number].expect(name, remote.board.key or "", remote.logbook)

    def _opener(self, board: Board) -> Open:
        """How the port of a board is opened."""
        if board.is_replay:
            recording = self._recordings(board.port.removeprefix("replay:"), board.component)
            return lambda: ReplayPort(recording)
        if board.port.startswith("listen:"):
            host, number, name = address(board.port)
            listener = self._listeners[host, number]
            return lambda: listener.open(name, CALL_S)
        path = device(self.bench.name, board.port)

        def opened() -> Port:
            return SerialPort(path, board.baud, WRITE_S)

        return opened


def raise_all(faults: list[TwinError]) -> None:
    """Raises one error for all faults, if there are any."""
    if faults:
        raise Errors(faults) if len(faults) > 1 else faults[0]


def refuse_strangers(bench: Bench, components: Sequence[str]) -> None:
    """Raises ScenarioError for a board that stands for nothing."""
    if unknown := [board.component for board in bench.boards if board.component not in components]:
        got = f"has boards for {', '.join(unknown)}"
        raise ScenarioError(f"bench {bench.name}", got, f"the scenario's components are {', '.join(components)}")


def refuse_other_kinds(bench: Bench, parts: Parts) -> None:
    """Raises ScenarioError for a board that stands for a component of another kind."""
    groups = {"solar": parts.solar, "load": parts.loads, "storage": parts.storage, "grid": (parts.market,)}
    kinds = {part.name: kind for kind, group in groups.items() for part in group}
    for board in bench.boards:
        if board.role != kinds[board.component]:
            got = f"has a {board.role} board for {board.component}"
            raise ScenarioError(f"bench {bench.name}", got, f"write 'role: {kinds[board.component]}' for that board")


def refuse_late_deadlines(bench: Bench, pace: Pace) -> None:
    """Raises ScenarioError for a board that may answer when the tick is over."""
    for board in bench.boards:
        if board.deadline is not None and board.deadline >= pace.wall_s:
            got = f"{board.component} may answer {board.deadline:g} s after a boundary"
            raise ScenarioError(f"bench {bench.name}", got, f"less than a tick of {pace.wall_s:g} s is wanted")


def listeners(bench: Bench, pace: Pace) -> dict[tuple[str, int], Listener]:
    """A listener for each port at which boards dial in; raises LinkError where one is taken."""
    places = [address(board.port)[:2] for board in bench.boards if board.port.startswith("listen:")]
    return {place: Listener(*place, pace) for place in dict.fromkeys(places)}


def most_w(remote: Remote) -> float:
    """What a board says that it can do at the most, either way; infinite where it does not say."""
    limits: dict[str, float] = (remote.facts or {}).get("limits", {})
    return max(abs(limits.get("min_w", -inf)), abs(limits.get("max_w", inf)))


def expected(board: Board) -> str:
    firmware = f" with firmware {board.firmware}" if board.firmware else ""
    return f"a {board.role} board named {board.called}{firmware} is wanted"

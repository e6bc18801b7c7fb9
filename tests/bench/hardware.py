"""Six virtual boards: does a lab day on them come to what the models say, how late are ticks, how fast are answers."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hil import virtual
from hil.bench import load_bench
from hil.hardware import Bridge
from hil.remote import Pace
from hil.replay import Recording
from tests.bench.measuring import folder, started, verdict
from twin.cli.explaining import Explained, explain
from twin.clock import WallClock
from twin.facts import COLUMNS
from twin.runs import open_store
from twin.scenario.launch import Start, new_book
from twin.scenario.launch import recorded as recorded_run

TICK_S = 5.0
DAY_SPEED = float(os.environ.get("HIL_SPEED", "1"))
"""The lab's day takes five minutes; HIL_SPEED=20 makes it 15 s, at a price in lateness."""
FAST_TICKS, FAST_WALL_S = 1000, 0.1
COST_WITHIN, LATE_P99_S, ANSWER_S = 0.05, 0.010, 0.020
UNEXPLAINED_WITHIN = 0.001
"""Of the run's cost: what is left of the difference to the models' cost when the recorded residuals are counted."""


@dataclass(frozen=True)
class Lived:
    """A run on boards: its columns, its link rows by name, its summary's parts."""

    columns: dict[str, np.ndarray]
    latency_s: np.ndarray
    residual_j: dict[str, float]
    hardware: float
    cost: float
    explained: Explained
    late_ticks: int


def lines() -> Iterator[str]:
    day = lived(started("lab_day"), "milp", DAY_SPEED)
    of = day.explained
    off = day.cost / of.model_cost - 1.0
    yield verdict(
        abs(off) <= COST_WITHIN, f"lab day on six boards: {day.cost:.2f} EUR, {100 * off:+.1f} % of the models'"
    )
    yield verdict(
        abs(of.unexplained) <= UNEXPLAINED_WITHIN * day.cost,
        f"of that, {of.delay_cost:+.2f} EUR by late set-points, {of.residual_cost:+.2f} EUR by the boards' residuals, "
        f"{of.unexplained:+.2f} EUR unexplained",
    )
    yield verdict(day.hardware == 1.0, f"{100 * day.hardware:.1f} % of its readings are the boards'")
    yield verdict(day.late_ticks == 0, f"{day.late_ticks} of its ticks are late, {lateness(day)}")
    yield verdict(True, f"residuals, model less board: {residuals(day)}")
    fast = lived(started("lab_day", 17), "rule", TICK_S / FAST_WALL_S)
    late_s, answer_s = np.quantile(fast.columns["late_s"], 0.99), np.median(fast.latency_s)
    ticks = len(fast.columns["tick"])
    yield verdict(late_s < LATE_P99_S, f"{ticks} ticks of 100 ms: {lateness(fast)}")
    yield verdict(ticks == 1020 and (np.diff(fast.columns["tick"]) == 1).all(), f"{ticks} of 1020 ticks lived")
    yield verdict(answer_s < ANSWER_S, f"set-points answered in {1e3 * answer_s:.1f} ms (median), {spread(fast)}")
    yield verdict(True, f"{100 * fast.hardware:.2f} % of its readings are the boards'")


def lateness(run: Lived) -> str:
    late_ms = 1e3 * run.columns["late_s"]
    median, p99 = np.quantile(late_ms, (0.5, 0.99))
    return f"lateness {median:.2f} ms (median), {p99:.1f} ms (p99), {late_ms.max():.1f} ms (worst)"


def spread(run: Lived) -> str:
    return f"{1e3 * np.quantile(run.latency_s, 0.99):.1f} ms (p99)"


def residuals(run: Lived) -> str:
    return ", ".join(f"{name} {energy_j:+.2f} J" for name, energy_j in sorted(run.residual_j.items()))


def lived(start: Start, policy: str, speed: float) -> Lived:
    """A run on the shipped bench of virtual boards."""
    bench, _ = load_bench("virtual")
    with folder() as path:
        os.environ["TWIN_RUNTIME"] = str(path)
        virtual.start(bench)
        try:
            with Bridge(bench, Pace(TICK_S, speed), no_recording) as bridge:
                bridge.require()
                ready = start.equipped(bridge, WallClock(TICK_S, speed))
                return recorded(ready, policy, f"{path}/runs.sqlite")
        finally:
            virtual.order(bench, "stop")
            del os.environ["TWIN_RUNTIME"]


def recorded(start: Start, name: str, where: str) -> Lived:
    policy = start.policy(name)
    with open_store(where) as store:
        book = new_book(store, start, policy, hardware="virtual")
        outcome = recorded_run(start.session(policy, book), book)
        names = (*COLUMNS, *(f"{part}_source" for part in start.blueprint.names))
        chunks = list(store.columns(book.run, names))
        links = list(store.table(book.run, "link"))
        explained = explain(store, store.run(book.run))
    columns = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}
    sources = np.concatenate([columns[f"{part}_source"] for part in start.blueprint.names])
    residual_j = {part: sum(row[5] or 0.0 for row in links if row[1] == part) for part in start.blueprint.names}
    return Lived(
        columns,
        np.array([row[2] for row in links if row[2] is not None]),
        residual_j,
        float(np.mean(sources == "hardware")),
        outcome.summary["cost"],
        explained,
        outcome.summary["late_ticks"],
    )


def no_recording(run: str, component: str) -> Recording:
    raise RuntimeError(f"nobody recorded {component}")

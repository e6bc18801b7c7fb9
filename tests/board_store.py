"""A run in which boards took part and a forecaster drew sample paths and learned: a planned day, retold."""

import dataclasses
from pathlib import Path

import numpy as np

from twin.facts import Forecast, Reading, Reason, Record, Violation, replace
from twin.runs import RunStore, open_store
from twin.runs.rows import Row
from twin.runs.tables import TABLES
from twin.scenario import simulate

LOST = range(30, 36)
"""The ticks in which the storage's board is silent."""


def write_board_run(path: Path) -> int:
    """Adds the run to a store, and the planned day that it is made of before it; returns its number."""
    with open_store(str(path)) as store:
        plain = simulate("lab_day", "milp:mean5", store=store).run
        header = dataclasses.replace(store.run(plain or 0).header, policy="stochastic:evolved", hardware="virtual")
        run = store.create(header)
        records = [_with_board(record) for record in _records(store, plain or 0)]
        baseline = [(tick, cost, stored_j) for tick, cost, stored_j in store.table(plain or 0, "baseline")]
        store.append(run, records, baseline, {}, {"link": _links(), "fault": _faults(), "training": _training()})
        store.finish(run, "done", dict(store.run(plain or 0).summary or {}))
    return run


def _records(store: RunStore, run: int) -> list[Record]:
    names = [name for name in Record.__struct_fields__ if name not in ("readings", "violations", "tasks", "forecast")]
    components = store.run(run).header.components
    wanted = [*names, *(f"{name}_j" for name in components if f"{name}_j" not in names)]
    (columns,) = store.columns(run, wanted)
    forecasts: dict[int, dict[str, np.ndarray]] = {}
    for tick, series, mean, *_ in store.table(run, "forecast"):
        forecasts.setdefault(tick, {})[series] = mean
    return [_record(columns, place, names, components, forecasts[place]) for place in range(len(columns["tick"]))]


def _record(columns, place, names, components, forecast) -> Record:  # type: ignore[no-untyped-def]
    values = {name: columns[name][place] for name in names}
    values = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    values["shadow_price"] = None if np.isnan(values["shadow_price"]) else values["shadow_price"]
    values["plan_s"] = None if np.isnan(values["plan_s"]) else values["plan_s"]
    readings = {name: Reading(float(columns[f"{name}_j"][place])) for name in components}
    return Record(**values, readings=readings, forecast=_paths(forecast))


def _paths(mean: dict[str, np.ndarray]) -> Forecast:
    """Nine paths around a mean; the present is exact in each."""
    spread = np.linspace(-1, 1, 9)[:, None] * np.minimum(np.arange(len(mean["solar_w"])) / 12, 1.0)
    return Forecast(**{name: np.maximum(values * (1 + 0.4 * spread), 0.0) for name, values in mean.items()})


def _with_board(record: Record) -> Record:
    """The storage and a lamp have boards; the storage's is silent for a while, and one tick is late."""
    source = "fallback" if record.tick in LOST else "held" if record.tick in (36, 37) else "hardware"
    sources = {"load1": "hardware", "storage": source}
    readings = {name: replace(reading, source=sources.get(name, "model")) for name, reading in record.readings.items()}
    record = replace(record, readings=readings, late_s=0.12 if record.tick == 50 else 0.0)
    if record.tick in (30, 31):
        return replace(record, reason=Reason.FALLBACK_TIME_LIMIT, decision="rule")
    violations = (Violation("deadline", "task 1", 4.5),) if record.tick in (44, 45) else ()
    return replace(record, violations=violations)


def _links() -> list[Row]:
    """A row per board and tick in which it spoke."""
    noise = np.abs(np.random.default_rng(1).normal(size=(60, 2, 3)))
    return [
        _link(tick, name, noise[tick, place])
        for tick in range(60)
        for place, name in enumerate(("storage", "load1"))
        if not (name == "storage" and tick in LOST)
    ]


def _link(tick: int, name: str, noise: np.ndarray) -> Row:
    values = {"tick": tick, "component": name, "quality": "good", "residual_j": 0.2 * float(noise[2])}
    values |= {"latency_s": 0.012 + 0.002 * float(noise[0]), "age_s": 0.05 + 0.03 * float(noise[1])}
    return tuple(values.get(column) for column in TABLES["link"])


def _faults() -> list[Row]:
    return [(tick, "storage", "silent", "no reading in time") for tick in LOST]


def _training() -> list[Row]:
    return [
        (0, series, generation, (0.2 + 0.8 * 0.9**generation) ** -2, (0.25 + 0.8 * 0.9**generation) ** -2)
        for series in ("import_price", "demand_w")
        for generation in range(1, 41)
    ]

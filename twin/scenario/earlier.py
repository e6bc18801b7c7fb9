"""Runs of before: their scenarios, and as history what they recorded of the server that a live run follows."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from twin.errors import StoreError, TwinError
from twin.facts import SERIES, Floats
from twin.forecast.history import Told
from twin.runs import Columns, RunRow, RunStore
from twin.scenario.schema import Loaded, Scenario, load_text

_LOG = logging.getLogger(__name__)
_DEMAND, _SOLAR = SERIES.index("demand_w"), SERIES.index("solar_w")
_NEEDED = ("tick", "import_price", "export_price", "solar_j", "curtailed_j", "load_j", "unserved_j")


def loaded_again(row: RunRow) -> Loaded:
    """The scenario of a run, as its header keeps it."""
    header = row.header
    where = str(Path(header.base) / f"{header.scenario}.yaml")
    sets = [f"{path}={value}" for path, value in header.overrides.items()]
    return load_text(header.text, where, Path(header.base), sets)


def recorded_days(store: RunStore, scenario: Scenario, start_day: int, stop: int) -> Told:
    """What the store knows of the history and of the first `stop` ticks of a run; NaN where it knows nothing.

    The newest run that knows a value tells it. A run that cannot be read any more tells nothing.
    """
    first = -scenario.history_days * scenario.ticks_per_day
    told = Told(first, np.full((stop - first, len(SERIES)), np.nan))
    try:
        rows = store.runs()
    except StoreError as error:
        _LOG.warning("no day recorded earlier counts as history: %s", error)
        return told
    for row in rows:
        begin = (row.header.start_day - start_day) * scenario.ticks_per_day
        if begin < stop and begin + row.progress > first and _is_live(row):
            try:
                _add(told, begin, _values(store, row, scenario))
            except TwinError as error:
                _LOG.warning("run %d does not count as history: %s", row.id, error)
    return told


def _is_live(row: RunRow) -> bool:
    """Whether a run may have followed a server: to load its scenario takes longer than to look at its text."""
    return "http" in row.header.text or any("http" in value for value in row.header.overrides.values())


def _add(told: Told, begin: int, values: Floats) -> None:
    """Put values that begin with tick `begin` where nothing is known yet."""
    start, stop = max(begin, told.first), min(begin + len(values), told.first + len(told.values))
    if start < stop:
        held = told.values[start - told.first : stop - told.first]
        held[:] = np.where(np.isfinite(held), held, values[start - begin : stop - begin])


def _values(store: RunStore, row: RunRow, scenario: Scenario) -> Floats:
    """What a run saw in each of its ticks, `(ticks, 4)`, NaN where it did not, or not of this server."""
    earlier = loaded_again(row).model
    seen = np.full((row.progress, len(SERIES)), np.nan)
    if _server(earlier) != _server(scenario):
        return seen
    tasks = _tasks_j(store, row)
    sources = [f"{name}_source" for name in row.header.components]
    for chunk in store.columns(row.id, [*_NEEDED, *sources]):
        ticks = chunk["tick"]
        seen[ticks] = np.column_stack(
            [
                chunk["import_price"],
                chunk["export_price"],
                np.maximum(chunk["unserved_j"] - chunk["load_j"] - tasks[ticks], 0.0) / scenario.tick,
                (chunk["solar_j"] + chunk["curtailed_j"]) / scenario.tick,
            ]
        )
        _forget_unseen(seen, chunk, row, earlier)
    if earlier.solar != scenario.solar:
        seen[:, _SOLAR] = np.nan
    seen[_held(store, row)] = np.nan
    return seen


def _server(scenario: Scenario) -> tuple[str | None, float, int]:
    """Where a live scenario asks, and its calendar."""
    return scenario.server.url if scenario.server else None, scenario.tick, scenario.ticks_per_day


def _forget_unseen(seen: Floats, chunk: Columns, row: RunRow, scenario: Scenario) -> None:
    """What a board measured, or stood in for another one's fault, is not what the server said."""
    names: Mapping[int, list[str]] = {
        _SOLAR: [array.name for array in scenario.solar],
        _DEMAND: [load.name for load in scenario.loads],
    }
    for column, parts in names.items():
        for name in parts:
            seen[chunk["tick"][chunk[f"{name}_source"] != "model"], column] = np.nan


def _tasks_j(store: RunStore, row: RunRow) -> Floats:
    """What tasks got in each tick of a run, and what of them came too late in it: neither is base demand."""
    energy_j = np.zeros(row.progress)
    for tick, _, _, end, served_j, remaining_j in store.table(row.id, "task"):
        if tick < row.progress:
            energy_j[tick] += served_j + (remaining_j if end <= tick + 1 else 0.0)
    return energy_j


def _held(store: RunStore, row: RunRow) -> list[int]:
    """The ticks in which the feed gave no new answer."""
    faults = store.table(row.id, "fault")
    return [fault[0] for fault in faults if fault[1:3] == ("feed", "held") and fault[0] < row.progress]

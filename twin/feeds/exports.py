"""Exports of other programs as tables of times and columns: Home Assistant's energy and history, InfluxDB's CSV."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Floats
from twin.feeds.cells import number_of
from twin.feeds.grid import common_step_us
from twin.feeds.offline import MICROSECONDS
from twin.feeds.steps import Ints, tick_means
from twin.units import unit_scale

_QUARTER_US = 900 * MICROSECONDS
_ENERGY = {
    "solar_production": "solar",
    "grid_consumption": "grid_import",
    "grid_return": "grid_export",
    "battery_in": "battery_in",
    "battery_out": "battery_out",
}
"""The types of Home Assistant's energy export, and what we call them."""
Columns = Mapping[str, Floats]


def converted(path: str) -> str | None:
    """The text of a trace made of an export; None of a file that is none. Raises ScenarioError for a broken one."""
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return None  # who reads it as a trace says what is wrong
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    head = next(csv.reader(lines[:1]), [])
    try:
        if head[:3] == ["entity_id", "type", "unit"]:
            return _text(*_energy(list(csv.reader(lines))))
        if {"entity_id", "state", "last_changed"} <= set(head):
            return _text(*_wide(_samples(csv.DictReader(lines), "last_changed", "state")))
        if {"_time", "_value"} <= set(head):
            return _text(*_wide(_samples(_without_heads(csv.DictReader(lines)), "_time", "_value")))
    except (csv.Error, LookupError, TypeError, ValueError) as error:
        raise ScenarioError(path, f"is not the export that it begins like ({error})", "a whole file") from error
    return None


def _energy(rows: list[list[str]]) -> tuple[Ints, Columns]:
    """Home Assistant's energy dashboard: a row for each counter, a column for each hour; and what the house used."""
    times_us = np.array([_us(text) for text in rows[0][3:]], dtype=np.int64)
    if common_step_us(times_us) >= 86_400 * MICROSECONDS:
        raise ValueError("its values are those of days; ask for a shorter period, of which hours are kept")
    found: dict[str, Floats] = {name: np.zeros(len(times_us)) for name in _ENERGY.values()}
    seen: set[str] = set()
    for row in rows[1:]:
        if row[1] in _ENERGY:
            seen.add(_ENERGY[row[1]])
            scale = unit_scale(row[2].strip())[1] / unit_scale("kWh")[1]
            cells = [number_of(text, comma=False) for text in row[3:]]
            found[_ENERGY[row[1]]] += np.nan_to_num(np.array(cells) * scale, nan=0.0)
    used = found["grid_import"] + found["solar"] + found["battery_out"] - found["grid_export"] - found["battery_in"]
    columns = {"load [kWh]": np.maximum(used, 0.0)}
    columns |= {f"{name} [kWh]": found[name] for name in ("solar", "grid_import", "grid_export") if name in seen}
    return times_us, columns


def _without_heads(rows: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
    """InfluxDB writes the head again before each of its tables."""
    return (row for row in rows if row["_value"] != "_value")


def _samples(rows: Iterable[dict[str, str]], time: str, value: str) -> dict[str, list[tuple[int, float]]]:
    """What was seen when, by column; texts and missing values are left out."""
    found: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        try:
            number = float(row[value])
        except (TypeError, ValueError):
            continue
        if math.isfinite(number):
            found.setdefault(_head(row), []).append((_us(row[time]), number))
    return found


def _head(row: Mapping[str, str]) -> str:
    """A column's name and unit: Home Assistant's measurements in InfluxDB are named by their unit."""
    name = row.get("entity_id") or row.get("_field") or row.get("_measurement") or "value"
    name = name.rpartition(".")[2].replace("[", "(").replace("]", ")")
    candidates = (row.get("_measurement") or "", *name.replace("-", "_").split("_")[::-1])
    unit = next((_unit(text) for text in candidates if _unit(text)), "")
    if not unit and "energy" in name:
        unit = "kWh"
    if not unit and "power" in name:
        unit = "W"
    return f"{name} [{unit}]" if unit else name


def _unit(text: str) -> str:
    """A unit of energy or power that a word is, whatever its case."""
    return {"w": "W", "kw": "kW", "wh": "Wh", "kwh": "kWh", "mwh": "MWh"}.get(text.lower(), "")


def _wide(samples: Mapping[str, list[tuple[int, float]]]) -> tuple[Ints, Columns]:
    """All columns at the same times: their own step if they have one, else quarters of an hour."""
    series = {head: _sorted(values) for head, values in samples.items() if len(values) > 1}
    if not series:
        raise ValueError("no column holds two numbers")
    steps = {_regular_us(times_us) for times_us, _ in series.values()}
    step_us = steps.pop() if len(steps) == 1 else 0
    step_us = step_us or _QUARTER_US
    start = min(int(times_us[0]) for times_us, _ in series.values()) // step_us
    stop = max(int(times_us[-1]) for times_us, _ in series.values()) // step_us + 1
    if stop - start > 1_000_000:
        raise ValueError("its times are too far apart")
    edges_us = np.arange(start, stop + 1, dtype=np.int64) * step_us
    return edges_us[:-1], {head: _at(head, *values, edges_us) for head, values in series.items()}


def _sorted(values: Sequence[tuple[int, float]]) -> tuple[Ints, Floats]:
    rising = dict(sorted(values))
    return np.array(list(rising), dtype=np.int64), np.array(list(rising.values()))


def _regular_us(times_us: Ints) -> int:
    """The step of times that nearly all follow each other in it, at whole steps; 0 if there is none."""
    step_us = common_step_us(times_us)
    share = np.mean(np.diff(times_us) == step_us)
    return step_us if step_us and share > 0.9 and not (times_us % step_us).any() else 0


def _at(head: str, times_us: Ints, values: Floats, edges_us: Ints) -> Floats:
    """A counter's last reading at each time; of all else the mean over the step, a value holding until the next."""
    if head.endswith("h]"):
        held = np.concatenate([[np.nan], values])
        readings: Floats = held[np.searchsorted(times_us, edges_us[:-1], side="right")]
        return readings
    padded = np.concatenate([[np.nan], values])
    return tick_means(padded, times_us, edges_us)


def _us(text: str) -> int:
    time = datetime.fromisoformat(text)
    return (time.replace(tzinfo=time.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _text(times_us: Ints, columns: Columns) -> str:
    """A trace's text."""
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    lines = [",".join(["time", *columns])]
    for index, time_us in enumerate(times_us.tolist()):
        cells = ("" if math.isnan(values[index]) else f"{values[index]:.9g}" for values in columns.values())
        lines.append(",".join([(zero + timedelta(microseconds=time_us)).isoformat(), *cells]))
    return "\n".join(lines) + "\n"

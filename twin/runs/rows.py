"""Records to rows and rows to arrays; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from twin.facts import BAND, COLUMNS, SERIES, Floats, Forecast, OpenTask, Record, Source
from twin.runs.header import RunHeader
from twin.runs.tables import TABLES

Row = tuple[Any, ...]
Columns = dict[str, NDArray[Any]]


def record_rows(run: int, records: Sequence[Record], header: RunHeader) -> dict[str, list[Row]]:
    """The rows of a batch of records, by table."""
    return {
        "tick": _tick_rows(run, records, kept_apart(header)),
        "violation": [(run, record.tick, *astuple(row)) for record in records for row in record.violations],
        "task": [(run, record.tick, *_task_row(task)) for record in records for task in record.tasks],
        "forecast": [
            (run, record.tick, *row) for record in records if record.forecast for row in _forecast_rows(record.forecast)
        ],
    }


def kept_apart(header: RunHeader) -> tuple[str, ...]:
    """The storages that have columns of their own for what they hold; of a single one the sums tell it."""
    return header.storages if len(header.storages) > 1 else ()


def _tick_rows(run: int, records: Sequence[Record], storages: Sequence[str]) -> list[Row]:
    reason, end = COLUMNS.index("reason"), len(COLUMNS)
    # A reason may be an enum, which databases would each store in their own way: `str` makes it plain text.
    return [
        (run, *row[:reason], str(row[reason]), *row[reason + 1 : end], readings, _sources_json(record.sources))
        for record, row, readings in zip(records, map(astuple, records), _readings_json(records, storages), strict=True)
    ]


def _readings_json(records: Sequence[Record], storages: Sequence[str]) -> list[str]:
    """Each record's readings as a JSON array; encoded at once and cut apart, which is three times as fast."""
    text = json.dumps([_readings(record, storages) for record in records], allow_nan=False)
    return [f"[{readings}]" for readings in text[2:-2].split("], [")] if records else []


def _readings(record: Record, storages: Sequence[str]) -> list[float]:
    """The components' energies; where there are several storages, then what each holds and has lost."""
    readings = record.readings
    energies_j = [reading.energy_j for reading in readings.values()]
    return energies_j + [value for name in storages for value in (readings[name].stored_j, readings[name].loss_j)]


def _sources_json(sources: Sequence[Source]) -> str | None:
    return None if sources.count("model") == len(sources) else json.dumps(sources)


def _task_row(of: OpenTask) -> Row:
    return of.task.name, of.task.start, of.task.end, of.served_j, of.remaining_j


def _forecast_rows(forecast: Forecast) -> Iterator[Row]:
    for column, series in enumerate(SERIES):
        values: Floats = getattr(forecast, series)
        if values.ndim > 1:
            low, high = np.quantile(values, BAND, axis=0)
            yield series, _packed(values.mean(axis=0)), _packed(low), _packed(high)
        elif forecast.band is not None:
            yield series, _packed(values), *map(_packed, forecast.band[:, :, column])
        else:
            yield series, _packed(values), None, None


def _packed(values: Floats) -> bytes:
    return values.astype("<f8").tobytes()


def unpacked(row: Row) -> Row:
    """A row of the forecast table with its arrays, each of shape `(horizon,)` or None."""
    tick, series, *packed = row
    return tick, series, *(None if values is None else np.frombuffer(values, "<f8") for values in packed)


def component_columns(header: RunHeader) -> tuple[str, ...]:
    """`NAME_j` and `NAME_source` per component, and of several storages `NAME_stored_j` and `NAME_loss_j`.

    Where `NAME_j` is a public column already, only the source.
    """
    apart = kept_apart(header)
    names = []
    for name in header.components:
        names += [f"{name}_j", f"{name}_source"]
        names += [f"{name}_stored_j", f"{name}_loss_j"] if name in apart else []
    return tuple(name for name in names if name not in COLUMNS)


def number_places(header: RunHeader) -> dict[str, int]:
    """Where a component's numbers stand in a row's readings."""
    names = [f"{name}_j" for name in header.components]
    names += [column for name in kept_apart(header) for column in (f"{name}_stored_j", f"{name}_loss_j")]
    return {name: place for place, name in enumerate(names)}


def stored_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of the tick table that hold what is named."""
    of_components = ("readings", "sources") if any(name not in COLUMNS for name in names) else ()
    return tuple(dict.fromkeys(name for name in names if name in COLUMNS)) + of_components


def arrays(rows: Sequence[Row], names: Sequence[str], header: RunHeader) -> Columns:
    """The named columns of rows that hold `stored_columns(names)`: whole numbers, floats (NULL is NaN) or objects."""
    stored: Mapping[str, Row] = dict(zip(stored_columns(names), zip(*rows, strict=True), strict=True))
    found = _component_arrays(stored["readings"], stored["sources"], header) if "readings" in stored else {}
    return {name: _array(name, stored[name]) if name in stored else found[name] for name in names}


def _array(name: str, values: Row) -> NDArray[Any]:
    types = {"int": np.int64, "float": np.float64, "text": object}
    return np.array(values, dtype=types[TABLES["tick"][name]])


def _component_arrays(readings: Sequence[str], sources: Sequence[str | None], header: RunHeader) -> Columns:
    numbers = np.array(json.loads(f"[{','.join(readings)}]"), dtype=np.float64)
    modelled = ["model"] * len(header.components)
    spoken = np.array([json.loads(text) if text else modelled for text in sources], dtype=object)
    return {name: numbers[:, place] for name, place in number_places(header).items()} | {
        f"{name}_source": spoken[:, column] for column, name in enumerate(header.components)
    }

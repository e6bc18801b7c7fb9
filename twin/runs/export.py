"""A run's rows as a CSV or Parquet file, streamed: never a whole table in memory."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twin.errors import StoreError, StoreRequestError
from twin.facts import COLUMNS
from twin.runs.rows import Columns, Row, component_columns
from twin.runs.store import RunStore
from twin.runs.tables import TABLES, Kinds

if TYPE_CHECKING:
    from pyarrow import Schema

Chunk = Sequence[Sequence[Any]]
"""A piece of a table, column by column, with None for what is missing."""

CHUNK = 10_000
FORECAST: Kinds = MappingProxyType(
    {"tick": "int", "series": "text", "ahead": "int", "mean": "float", "low": "float", "high": "float"}
)


def export(store: RunStore, run: int | str, path: Path | str, table: str | None = None) -> None:
    """Writes a run's ticks, or one of its side tables, as CSV or Parquet by suffix; all of the file or none of it.

    Forecasts have a row per tick, series and `ahead`, counted from 0, the tick itself. Raises StoreError.
    """
    path = Path(path)
    write = _writer(path)
    number = store.run(run).id
    kinds, chunks = _ticks(store, number) if table is None else _side_table(store, number, table)
    with _replacing(path) as part:
        write(part, kinds, chunks)


def _writer(path: Path) -> Any:
    if path.suffix.lower() == ".csv":
        return _write_csv
    if path.suffix.lower() == ".parquet":
        return _write_parquet
    raise StoreRequestError(str(path), f"no format goes by the suffix '{path.suffix}'", "write .csv or .parquet")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place at the end, so that a failure leaves no half of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise StoreError(str(path), error.strerror or str(error), "name a file that can be written") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _ticks(store: RunStore, run: int) -> tuple[Kinds, Iterator[Chunk]]:
    names = (*COLUMNS, *component_columns(store.run(run).header))
    kinds: Kinds = {name: "text" if name.endswith("_source") else "float" for name in names}
    kinds = {name: TABLES["tick"].get(name, kind) for name, kind in kinds.items()}
    return kinds, (_without_nan(columns) for columns in store.columns(run, names, chunk=CHUNK))


def _without_nan(columns: Columns) -> Chunk:
    # Only NaN differs from itself.
    return [[value if value == value else None for value in column.tolist()] for column in columns.values()]


def _side_table(store: RunStore, run: int, table: str) -> tuple[Kinds, Iterator[Chunk]]:
    rows = store.table(run, table)
    if table == "forecast":
        return FORECAST, _in_chunks(ahead for row in rows for ahead in _by_ahead(row))
    return TABLES[table], _in_chunks(rows)


def _by_ahead(row: Row) -> Iterator[Row]:
    tick, series, *values = row
    nothing = [None] * len(values[0])
    listed = (nothing if array is None else array.tolist() for array in values)
    return ((tick, series, ahead, *point) for ahead, point in enumerate(zip(*listed, strict=True)))


def _in_chunks(rows: Iterable[Row]) -> Iterator[Chunk]:
    rows = iter(rows)
    while batch := list(islice(rows, CHUNK)):
        yield list(zip(*batch, strict=True))


def _write_csv(path: Path, kinds: Kinds, chunks: Iterator[Chunk]) -> None:
    """Floats are written by `repr`, so that they are read back exactly."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(kinds)
        for chunk in chunks:
            lines.writerows(zip(*chunk, strict=True))


def _write_parquet(path: Path, kinds: Kinds, chunks: Iterator[Chunk]) -> None:
    try:
        from pyarrow import record_batch
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        expected = ".venv/bin/pip install -e '.[parquet]', or write .csv"
        raise StoreError(str(path), "Parquet needs pyarrow", expected) from error
    schema = _schema(kinds)
    with ParquetWriter(path, schema) as file:
        for chunk in chunks:
            file.write_batch(record_batch(list(map(list, chunk)), schema=schema))


def _schema(kinds: Mapping[str, str]) -> "Schema":
    import pyarrow

    types = {"int": pyarrow.int64(), "float": pyarrow.float64(), "text": pyarrow.string()}
    return pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])

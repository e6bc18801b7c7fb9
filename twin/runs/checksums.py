"""Checksums of a run's rows, kept beside them: `verify` finds what was changed by anything but the store."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

from twin.runs.header import RunHeader, RunRow, header_values
from twin.runs.rows import Row
from twin.runs.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

BLOCK = 1024
"""Ticks whose rows of one table are summed up together."""
HEADER, SUMMARY = WHOLE = ("run", "summary")
"""Names of the sums of a run's header and of its summary; all other sums are named as their tables."""


Part = Callable[[Row], tuple[Any, ...]]


class Sum(NamedTuple):
    """How many rows there are, and the sum of their checksums, in whatever order they come."""

    row_count: int
    total: int


Kept = dict[str, dict[int, Sum]]
"""A run's sums by name and block."""


class Checksums:
    """The sums of a database, written in the transactions of their rows.

    A run that an earlier version began has none, and gets none.
    """

    def __init__(self, tables: Mapping[str, "Table"], engine: "Engine") -> None:
        self._table = tables["checksum"]
        self._engine = engine
        self._known: dict[int, bool] = {}

    @cached_property
    def _addition(self) -> str:
        more = ", ".join(f"{name} = checksum.{name} + excluded.{name}" for name in Sum._fields)
        return f"{self._table.insert().compile(self._engine)} ON CONFLICT (run, name, block) DO UPDATE SET {more}"

    def begin(self, connection: "Connection", run: int, header: RunHeader) -> None:
        """From now on a new run has sums."""
        self._known[run] = True
        self._put(connection, run, HEADER, text_sum(header_values(header)))

    def put_summary(self, connection: "Connection", run: int, summary: object) -> None:
        """What a run came to; None takes that back."""
        self.drop(connection, run, SUMMARY)
        if summary is not None and self._has(connection, run):
            self._put(connection, run, SUMMARY, text_sum(summary))

    def add(self, connection: "Connection", run: int, rows: Mapping[str, Sequence[Row]], times: int = 1) -> None:
        """Rows by table that are written; with -1 rows that are deleted."""
        if not self._has(connection, run):
            return
        for name, some in rows.items():
            for block, found in sums(name, some).items():
                self._put(connection, run, name, Sum(times * found.row_count, times * found.total), block)

    def _put(self, connection: "Connection", run: int, name: str, more: Sum, block: int = 0) -> None:
        connection.exec_driver_sql(self._addition, (run, name, block, *more))

    def drop(self, connection: "Connection", run: int, name: str) -> None:
        """All sums of one name."""
        table = self._table
        connection.execute(table.delete().where(table.c.run == run, table.c.name == name))

    def forget(self, connection: "Connection", run: int) -> None:
        """All sums of a run."""
        connection.execute(self._table.delete().where(self._table.c.run == run))

    def _has(self, connection: "Connection", run: int) -> bool:
        if run not in self._known:
            self._known[run] = bool(self.of(connection, [run], WHOLE))
        return self._known[run]

    def of(self, connection: "Connection", runs: Collection[int], names: Collection[str]) -> dict[int, Kept]:
        """The sums of these names, by run."""
        table = self._table
        query = table.select().where(table.c.name.in_(names))
        query = query.where(table.c.run.in_(runs)) if len(runs) == 1 else query
        found: dict[int, Kept] = defaultdict(lambda: defaultdict(dict))
        for row in connection.execute(query):
            found[row.run][row.name][row.block] = Sum(row.row_count, row.total)
        return found


def header_faults(row: RunRow, kept: Kept) -> list[str]:
    """What of a run as a whole is not as it was written; nothing, where it has no sums."""
    given = {HEADER: header_values(row.header), SUMMARY: row.summary}
    wrong = [name for name in WHOLE if name in kept and kept[name] != {0: text_sum(given[name])}]
    if kept and row.summary is not None and SUMMARY not in kept:
        wrong.append(SUMMARY)
    return [f"its {'header' if name == HEADER else name} is not as it was written" for name in wrong]


def text_sum(value: object) -> Sum:
    """The sum of what is kept as JSON."""
    return Sum(1, crc32(json.dumps(value, sort_keys=True).encode()))


def sums(name: str, rows: Sequence[Row]) -> dict[int, Sum]:
    """The sum of each block of a table's rows, each of which begins with its run and its tick."""
    found: dict[int, Sum] = {}
    for row, value in zip(rows, _checksums(name, rows), strict=True):
        block = row[1] // BLOCK
        known = found.get(block, Sum(0, 0))
        found[block] = Sum(known.row_count + 1, known.total + value)
    return found


def _checksums(name: str, rows: Sequence[Row]) -> list[int]:
    """A number for each row: one for all that a database may give back, as NULL for NaN, 0.0 for -0.0 and 1.0 for 1."""
    if not rows:
        return []
    numbers_of, texts_of, blobs_of = _parts(name)
    numbers = np.array([numbers_of(row) for row in rows], dtype="<f8") + 0.0
    numbers[np.isnan(numbers)] = np.nan
    texts = ["\0".join(map(str, texts_of(row))).encode() for row in rows]
    known = [crc32(text, crc32(number)) for text, number in zip(texts, numbers, strict=True)]
    if "bytes" in TABLES[name].values():
        return [
            crc32(b"\0".join(blob or b"" for blob in blobs_of(row)), start)
            for row, start in zip(rows, known, strict=True)
        ]
    return known


@cache
def _parts(name: str) -> tuple[Part, ...]:
    """What picks a row's numbers, its texts and its bytes."""
    kinds = ["int", *TABLES[name].values()]
    wanted = (("int", "float"), ("text",), ("bytes",))
    return tuple(_part([index for index, kind in enumerate(kinds) if kind in some]) for some in wanted)


def _part(indices: list[int]) -> Part:
    return itemgetter(*indices) if len(indices) > 1 else lambda row: tuple(row[index] for index in indices)

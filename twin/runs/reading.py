"""What is read of a run store: runs, their rows and their checksums; what is damaged is told, and what is not."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from twin.errors import DamagedStoreError, StoreError, StoreRequestError
from twin.facts import COLUMNS, State
from twin.runs.checksums import WHOLE, Checksums, Kept, header_faults
from twin.runs.database import Database
from twin.runs.header import RunRow, run_row
from twin.runs.rows import Columns, Row, arrays, component_columns, stored_columns, unpacked
from twin.runs.tables import SIDE_TABLES, TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Decoded = TypeVar("Decoded")
FAILED = ("run", "failed")
"""Component and kind of what a run failed of: a `fault` at the tick to go on with, which a resumed run drops."""


class Reader(Database):
    """All runs of one database, to be read."""

    def __init__(self, name: str, engine: "Engine") -> None:
        super().__init__(name, engine)
        self.checksums = Checksums(self.tables, engine)
        self._is_looking = False

    def told(self, error: DamagedStoreError) -> DamagedStoreError:
        """The same error, with the runs that can still be read; they are looked at for this."""
        from twin.runs.verification import readable

        if error.expected or self._is_looking:
            return error
        with self.looking():
            return DamagedStoreError(self.name, error.got, readable(self))

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Meanwhile an error says what is damaged, and not what else is not."""
        self._is_looking = True
        try:
            yield
        finally:
            self._is_looking = False

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, newest first."""
        table = self.tables["run"]
        with self.reading() as connection:
            rows = self._run_rows(connection.execute(table.select().order_by(table.c.id.desc())).mappings().all())
            return self._as_written(connection, rows)

    def stamps(self) -> dict[int, Row]:
        """For each run, newest first, what is another whenever anything in its row is."""
        table = self.tables["run"]
        columns = (table.c.id, table.c.state, table.c.heartbeat_s, table.c.progress)
        return {
            row[0]: row for row in self.fetch(table.select().with_only_columns(*columns).order_by(table.c.id.desc()))
        }

    def listing(self, runs: Collection[int]) -> tuple[RunRow, ...]:
        """These runs, newest first, without the scenarios' texts, which are most of what a run's row holds."""
        table = self.tables["run"]
        light = [column for column in table.c if column.name != "text"]
        query = table.select().with_only_columns(*light).where(table.c.id.in_(runs)).order_by(table.c.id.desc())
        with self.reading() as connection:
            rows = connection.execute(query).mappings()
            return self._run_rows([{**row, "text": ""} for row in rows])

    def run(self, which: int | str) -> RunRow:
        """The run of that number; `last` is the newest."""
        table = self.tables["run"]
        query = table.select().order_by(table.c.id.desc()).limit(1)
        if which != "last":
            if not re.fullmatch("[1-9][0-9]{0,8}", str(which)):
                raise self._unknown(which)
            query = query.where(table.c.id == int(which))
        with self.reading() as connection:
            if found := connection.execute(query).mappings().first():
                return self._as_written(connection, self._run_rows([found]))[0]
        raise self._unknown(which)

    def _run_rows(self, found: Sequence[Mapping[Any, Any]]) -> tuple[RunRow, ...]:
        failed = [row["id"] for row in found if row["state"] == "failed"]
        failures = self._failures(failed) if failed else {}
        return tuple(run_row(row, failures.get(row["id"])) for row in found)

    def _as_written(self, connection: "Connection", rows: tuple[RunRow, ...]) -> tuple[RunRow, ...]:
        """The same rows; raises DamagedStoreError where one is not as it was written."""
        if self.has_checksums:
            kept = self.checksums.of(connection, [row.id for row in rows], WHOLE)
            for row in rows:
                if faults := header_faults(row, kept.get(row.id, {})):
                    raise DamagedStoreError(self.name, f"run {row.id} is damaged ({', '.join(faults)})")
        return rows

    def kept_sums(self, run: int) -> Kept:
        """The checksums of a run; none, where an earlier version began it."""
        if not self.has_checksums:
            return {}
        with self.reading() as connection:
            return self.checksums.of(connection, [run], (*WHOLE, *TABLES)).get(run, {})

    def _failures(self, runs: Collection[int]) -> dict[int, str]:
        """What these runs failed of."""
        table = self.tables["fault"]
        query = table.select().with_only_columns(table.c.run, table.c.detail).where(table.c.run.in_(runs))
        return dict(self.fetch(query.where(table.c.component == FAILED[0], table.c.kind == FAILED[1])))

    def _unknown(self, which: int | str) -> StoreError:
        table = self.tables["run"]
        numbers = [str(row[0]) for row in self.fetch(table.select().with_only_columns(table.c.id))[::-1]]
        shown = ", ".join(numbers[:10]) + (", …" if len(numbers) > 10 else "")
        return StoreRequestError(
            self.name, f"there is no run {which}", f"its runs are {shown}" if shown else "it holds no runs"
        )

    def checkpoint(self, run: int) -> tuple[int, State] | None:
        """The tick to go on with and the state to go on from."""
        table = self.tables["checkpoint"]
        with self.reading() as connection:
            found = connection.execute(table.select().where(table.c.run == run)).first()
            return found and (found.tick, json.loads(found.state))

    def columns(
        self, run: int, names: Sequence[str], start: int = 0, stop: int | None = None, chunk: int = 10_000
    ) -> Iterator[Columns]:
        """Chunks of named columns (public ones, `NAME_j`, `NAME_source`) of ticks `start <= t < stop`.

        Whole numbers come as int64, floats as float64 with NaN for NULL, texts as objects.
        """
        header = self.run(run).header
        known = (*COLUMNS, *component_columns(header))
        if unknown := [name for name in names if name not in known]:
            raise StoreRequestError(
                self.name, f"run {run} has no column {', '.join(unknown)}", f"it has {', '.join(known)}"
            )
        table = self.tables["tick"]
        query = table.select().with_only_columns(*(table.c[name] for name in stored_columns(names)))
        query = query.where(table.c.run == run, table.c.tick >= start).order_by(table.c.tick)
        query = query if stop is None else query.where(table.c.tick < stop)
        return self._decoded(self.chunks(query, chunk), lambda rows: arrays(rows, names, header))

    def _decoded(self, chunks: Iterator[list[Row]], decode: Callable[[list[Row]], Decoded]) -> Iterator[Decoded]:
        for rows in chunks:
            with self.decoding():
                found = decode(rows)
            yield found

    def table(self, run: int, name: str) -> Iterator[Row]:
        """The rows of a side table, without `run`; forecasts come as arrays of shape `(horizon,)`."""
        if name not in SIDE_TABLES:
            raise StoreRequestError(self.name, f"there is no table {name}", f"there are {', '.join(SIDE_TABLES)}")
        table = self.tables[name]
        columns = [table.c[column] for column in TABLES[name]]
        query = table.select().with_only_columns(*columns).where(table.c.run == run).order_by(*columns[:2])
        chunks = self.chunks(query, 10_000)
        if name == "forecast":
            chunks = self._decoded(chunks, lambda rows: list(map(unpacked, rows)))
        return chain.from_iterable(chunks)

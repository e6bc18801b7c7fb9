"""The run store: every run's header and rows in one database."""

import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twin.errors import OtherWriterError, StoreError, StoreRequestError
from twin.facts import COLUMNS, Record, State
from twin.runs import engine as engines
from twin.runs.behind import Behind
from twin.runs.database import Database
from twin.runs.header import RunHeader, RunRow, RunState
from twin.runs.rows import Columns, Row, arrays, component_columns, record_rows, stored_columns, unpacked
from twin.runs.tables import HEADER, SIDE_TABLES, TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

NOTHING: Mapping[str, Sequence[Row]] = MappingProxyType({})
FAILED = ("run", "failed")
"""Component and kind of what a run failed of: a `fault` at the tick to go on with, which a resumed run drops."""


def open_store(where: str | None = None, read_only: bool = False) -> "RunStore":
    """The store at a path or URL, else at `$TWIN_STORE`, else in the user's data folder; made if there is none.

    Raises StoreError if it cannot be opened.
    """
    name, url = engines.address(where or engines.default_store(), read_only)
    store = RunStore(name, engines.connect(name, url))
    try:
        store.check(read_only)
    except StoreError:
        store.close()
        raise
    return store


class RunStore(Database):
    """All runs of one database; many processes may read and write it at once. Its errors are StoreErrors."""

    def __init__(self, name: str, engine: "Engine") -> None:
        super().__init__(name, engine)
        self._behind: Behind | None = None

    @cached_property
    def _inserts(self) -> Mapping[str, str]:
        """Compiled once: what SQLAlchemy adds to a statement would cost more than the database does."""
        return {table: str(self.tables[table].insert().compile(self._engine)) for table in TABLES}

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Meanwhile `append` does not wait for the disk; at the end all is written."""
        try:
            with Behind() as self._behind:
                yield
        finally:
            self._behind = None

    @property
    def waiting(self) -> int:
        """How many batches are not written yet; without `behind` none."""
        return self._behind.waiting if self._behind else 0

    def create(self, header: RunHeader) -> int:
        """A new run, without any rows; returns its number."""
        now_s = time.time()
        table = self.tables["run"]
        new = table.insert().values(_header_values(header)).returning(table.c.id)
        new = new.values(started_s=now_s, state="running", heartbeat_s=now_s, progress=0)
        with self.writing() as connection:
            return int(connection.execute(new).scalar_one())

    def append(
        self,
        run: int,
        records: Sequence[Record],
        baseline: Sequence[tuple[int, float, float]],
        checkpoint: State,
        others: Mapping[str, Sequence[Row]] = NOTHING,
    ) -> None:
        """A batch in one transaction: records, rows of the baseline, and the state to go on from after them.

        `others` holds rows of `link`, `fault`, `frame` and `training`, each as in the table without `run`.
        """
        # As text the state is what it is now, whenever it is written.
        state = json.dumps(checkpoint)

        def write() -> None:
            rows = record_rows(run, records)
            for table, more in (("baseline", baseline), *others.items()):
                rows[table] = [(run, *row) for row in more]
            self._append(run, records, rows, state)

        if self._behind is None:
            write()
        else:
            self._behind.put(write)

    def _append(self, run: int, records: Sequence[Record], rows: dict[str, list[Row]], state: str) -> None:
        with self._alone(run), self.writing() as connection:
            progress = records[-1].tick + 1 if records else self._progress(connection, run)
            self._update(connection, run, {"state": "running", "heartbeat_s": time.time(), "progress": progress})
            old = self.tables["checkpoint"]
            connection.execute(old.delete().where(old.c.run == run))
            rows["checkpoint"] = [(run, progress, state)]
            for table, batch in rows.items():
                if batch:
                    connection.exec_driver_sql(self._inserts[table], batch)

    @contextmanager
    def _alone(self, run: int) -> Iterator[None]:
        """What the database says of a tick that is there already, in other words: another process wrote it."""
        from sqlalchemy.exc import IntegrityError

        try:
            yield
        except StoreError as error:
            said = error.got.lower()
            if isinstance(error.__cause__, IntegrityError) and ("unique" in said or "duplicate" in said):
                advice = "let one of the two go on; what it records is whole"
                raise OtherWriterError(self.name, f"another process is writing run {run}", advice) from error
            raise

    def note(self, run: int, others: Mapping[str, Sequence[Row]]) -> None:
        """Rows of side tables that belong to no batch, as those of a run's end."""
        with self.writing() as connection:
            for table, rows in others.items():
                if rows:
                    connection.exec_driver_sql(self._inserts[table], [(run, *row) for row in rows])

    def _progress(self, connection: "Connection", run: int) -> int:
        table = self.tables["run"]
        query = table.select().with_only_columns(table.c.progress).where(table.c.id == run)
        return int(connection.scalar(query) or 0)

    def _update(self, connection: "Connection", run: int, values: Mapping[str, object]) -> None:
        table = self.tables["run"]
        if not connection.execute(table.update().where(table.c.id == run).values(**values)).rowcount:
            raise self._unknown(run)

    def finish(
        self, run: int, state: RunState, summary: Mapping[str, object] | None, failure: str | None = None
    ) -> None:
        """Says how a run ended, and of what if it failed."""
        with self.writing() as connection:
            self._update(connection, run, {"state": state, "heartbeat_s": time.time(), "summary": summary})
            if failure is not None:
                row = (run, self._progress(connection, run), *FAILED, failure)
                connection.exec_driver_sql(self._inserts["fault"], [row])

    def truncate(self, run: int, from_tick: int) -> None:
        """Drops what was recorded at or after a tick, and a checkpoint taken later."""
        with self.writing() as connection:
            self._update(connection, run, {"progress": min(from_tick, self._progress(connection, run))})
            for name in TABLES:
                table = self.tables[name]
                # A checkpoint bears the number of the tick that comes after it, so the one at from_tick is right.
                late = table.c.tick > from_tick if name == "checkpoint" else table.c.tick >= from_tick
                connection.execute(table.delete().where(table.c.run == run, late))

    def delete(self, run: int) -> None:
        """Deletes a run with all of its rows."""
        runs = self.tables["run"]
        with self.writing() as connection:
            if not connection.execute(runs.delete().where(runs.c.id == run)).rowcount:
                raise self._unknown(run)
            for name in TABLES:
                table = self.tables[name]
                connection.execute(table.delete().where(table.c.run == run))

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, newest first."""
        table = self.tables["run"]
        with self.reading() as connection:
            found = connection.execute(table.select().order_by(table.c.id.desc())).mappings().all()
        return self._run_rows(found)

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
        rows = self.fetch(query)
        names = [column.name for column in light]
        return self._run_rows([dict(zip(names, row, strict=True), text="") for row in rows])

    def run(self, which: int | str) -> RunRow:
        """The run of that number; `last` is the newest."""
        table = self.tables["run"]
        query = table.select().order_by(table.c.id.desc()).limit(1)
        if which != "last":
            if not re.fullmatch("[1-9][0-9]{0,8}", str(which)):
                raise self._unknown(which)
            query = query.where(table.c.id == int(which))
        with self.reading() as connection:
            found = connection.execute(query).mappings().first()
        if found is None:
            raise self._unknown(which)
        return self._run_rows([found])[0]

    def _run_rows(self, found: Sequence[Mapping[Any, Any]]) -> tuple[RunRow, ...]:
        failed = [row["id"] for row in found if row["state"] == "failed"]
        failures = self._failures(failed) if failed else {}
        return tuple(_run_row(row, failures.get(row["id"])) for row in found)

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
        components = self.run(run).header.components
        known = (*COLUMNS, *component_columns(components))
        if unknown := [name for name in names if name not in known]:
            raise StoreRequestError(
                self.name, f"run {run} has no column {', '.join(unknown)}", f"it has {', '.join(known)}"
            )
        table = self.tables["tick"]
        query = table.select().with_only_columns(*(table.c[name] for name in stored_columns(names)))
        query = query.where(table.c.run == run, table.c.tick >= start).order_by(table.c.tick)
        query = query if stop is None else query.where(table.c.tick < stop)
        return (arrays(rows, names, components) for rows in self.chunks(query, chunk))

    def table(self, run: int, name: str) -> Iterator[Row]:
        """The rows of a side table, without `run`; forecasts come as arrays of shape `(horizon,)`."""
        if name not in SIDE_TABLES:
            raise StoreRequestError(self.name, f"there is no table {name}", f"there are {', '.join(SIDE_TABLES)}")
        table = self.tables[name]
        columns = [table.c[column] for column in TABLES[name]]
        query = table.select().with_only_columns(*columns).where(table.c.run == run).order_by(*columns[:2])
        rows = chain.from_iterable(self.chunks(query, 10_000))
        return map(unpacked, rows) if name == "forecast" else rows


def _header_values(header: RunHeader) -> dict[str, object]:
    values = {name: getattr(header, name) for name in HEADER}
    plain = {"overrides": dict(header.overrides), "versions": dict(header.versions)}
    return values | {"components": list(header.components)} | plain


def _run_row(row: Mapping[Any, Any], failure: str | None) -> RunRow:
    header = {name: row[name] for name in HEADER} | {"components": tuple(row["components"])}
    rest = {name: row[name] for name in ("started_s", "state", "heartbeat_s", "progress", "summary")}
    return RunRow(row["id"], RunHeader(**header), **rest, failure=failure)

"""The run store: every run's header and rows in one database."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from twin.errors import OtherWriterError, StoreError
from twin.facts import Record, State
from twin.runs import engine as engines
from twin.runs.behind import Behind
from twin.runs.header import RunHeader, RunState, header_values
from twin.runs.reading import FAILED, Reader
from twin.runs.rows import Row, record_rows
from twin.runs.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

NOTHING: Mapping[str, Sequence[Row]] = MappingProxyType({})


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


class RunStore(Reader):
    """All runs of one database; many processes may read and write it at once. Its errors are StoreErrors."""

    def __init__(self, name: str, engine: "Engine") -> None:
        super().__init__(name, engine)
        self._behind: Behind | None = None
        self._headers: dict[int, RunHeader] = {}

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
        new = table.insert().values(header_values(header)).returning(table.c.id)
        new = new.values(started_s=now_s, state="running", heartbeat_s=now_s, progress=0)
        with self.writing() as connection:
            run = int(connection.execute(new).scalar_one())
            self.checksums.begin(connection, run, header)
        return run

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
            rows = record_rows(run, records, self._header(run))
            for table, more in (("baseline", baseline), *others.items()):
                rows[table] = [(run, *row) for row in more]
            self._append(run, records, rows, state)

        if self._behind is None:
            write()
        else:
            self._behind.put(write)

    def _header(self, run: int) -> RunHeader:
        """A run's header, which never changes."""
        if run not in self._headers:
            self._headers[run] = self.run(run).header
        return self._headers[run]

    def _append(self, run: int, records: Sequence[Record], rows: dict[str, list[Row]], state: str) -> None:
        with self._alone(run), self.writing() as connection:
            progress = records[-1].tick + 1 if records else self._progress(connection, run)
            self._update(connection, run, {"state": "running", "heartbeat_s": time.time(), "progress": progress})
            old = self.tables["checkpoint"]
            connection.execute(old.delete().where(old.c.run == run))
            self.checksums.drop(connection, run, "checkpoint")
            self._insert(connection, run, rows | {"checkpoint": [(run, progress, state)]})

    def _insert(self, connection: "Connection", run: int, rows: Mapping[str, Sequence[Row]]) -> None:
        for table, batch in rows.items():
            if batch:
                connection.exec_driver_sql(self._inserts[table], list(batch))
        self.checksums.add(connection, run, rows)

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
            self._insert(connection, run, {table: [(run, *row) for row in rows] for table, rows in others.items()})

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
            self.checksums.put_summary(connection, run, summary)
            if failure is not None:
                row = (run, self._progress(connection, run), *FAILED, failure)
                self._insert(connection, run, {"fault": [row]})

    def truncate(self, run: int, from_tick: int) -> None:
        """Drops what was recorded at or after a tick, and a checkpoint taken later."""
        with self.writing() as connection:
            self._update(connection, run, {"progress": min(from_tick, self._progress(connection, run))})
            for name in TABLES:
                table = self.tables[name]
                # A checkpoint bears the number of the tick that comes after it, so the one at from_tick is right.
                late = table.c.tick > from_tick if name == "checkpoint" else table.c.tick >= from_tick
                gone = [tuple(row) for row in connection.execute(table.select().where(table.c.run == run, late))]
                if gone:
                    self.checksums.add(connection, run, {name: gone}, -1)
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
            self.checksums.forget(connection, run)

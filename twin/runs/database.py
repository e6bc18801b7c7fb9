"""A database of ours: its version, how it is read and written, and queries of its tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from twin.errors import DamagedStoreError, NoStoreError, StoreError
from twin.runs import engine as engines
from twin.runs.rows import Row
from twin.runs.tables import READABLE, VERSION, metadata

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine, Select

AT_ONCE = 100
"""Queries in one."""


class Database:
    """Transactions and queries; all that goes wrong is a StoreError with the database's `name`."""

    def __init__(self, name: str, engine: "Engine") -> None:
        self.name = name
        self._engine = engine
        self._writer = engines.writer(engine)
        self._file: engines.File | None = None
        self.has_checksums = True
        self._metadata = metadata()
        self.tables = self._metadata.tables

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with engines.explained(self.name):
            self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator["Connection"]:
        """A connection to read with."""
        with self.decoding(), engines.explained(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """What is damaged may be of any type and hold any text: what cannot be decoded is told as damage."""
        try:
            yield
        except DamagedStoreError as error:
            raise self.told(error) from error
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            cause = " ".join(str(error).split())[:100] or type(error).__name__
            raise self.told(DamagedStoreError(self.name, f"is damaged ({cause})")) from error

    def told(self, error: DamagedStoreError) -> DamagedStoreError:
        """The same error, with what can still be read."""
        return error

    @contextmanager
    def writing(self) -> Iterator["Connection"]:
        """A connection to write with, in one transaction that no Ctrl-C tears.

        Raises StoreError where the file is no longer there: SQLite goes on writing to one that nobody can open.
        """
        try:
            with engines.uninterrupted(), engines.explained(self.name), self._writer.begin() as connection:
                yield connection
        except StoreError as error:
            self._refuse_another_file(error)
            if isinstance(error, DamagedStoreError):
                raise self.told(error) from error
            raise
        self._refuse_another_file()

    def _refuse_another_file(self, cause: StoreError | None = None) -> None:
        if self._file and (fault := self._file.fault()):
            said, advice = f"{fault} while a run was written to it", "what was written is lost; start the run again"
            raise StoreError(self.name, said, advice) from cause

    def check(self, read_only: bool) -> None:
        """Raises unless this is a store of our version, which an empty database becomes if it may be written."""
        with self.reading() as connection:
            found = self._version(connection)
        if found not in (*READABLE, None):
            raise StoreError(self.name, f"is of version {found}", f"version {VERSION} is needed; name another store")
        if not read_only:
            self._prepare()
        elif found is None:
            raise NoStoreError(self.name, "is empty", "run a scenario first, or name another store")

    def _prepare(self) -> None:
        """Makes the tables where there are none, and writes anyway: what cannot be written fails here, not later."""
        version = self.tables["store"]
        with engines.explained(self.name):
            engines.let_readers_in(self._engine)
        with self.writing() as connection:
            self._file = engines.file_of(connection)
            known = self._version(connection)
            # A store from before a side table was thought of gets it now.
            self._metadata.create_all(connection)
            self.has_checksums = True
            if known is None:
                connection.execute(version.insert().values(version=VERSION))
            else:
                connection.execute(version.update().values(version=VERSION))

    def _version(self, connection: "Connection") -> int | None:
        from sqlalchemy import inspect

        names = inspect(connection).get_table_names()
        if names and "store" not in names:
            raise StoreError(self.name, "holds tables of something else", "give the run store a database of its own")
        self.has_checksums = "checksum" in names
        version: int | None = connection.scalar(self.tables["store"].select()) if names else None
        return version

    def fetch(self, query: "Select[Any]") -> list[Row]:
        """All rows of a query of our `tables`."""
        with self.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def fetch_each(self, query: "Select[Any]", given: Sequence[Row]) -> list[Row]:
        """The rows of a query, in any order, for each of these values of its parameters, named in the same order.

        Compiled once and asked many at once: alone, each look would cost more than the database has to do for it.
        """
        text = str(query.compile(self._engine))
        rows: list[Row] = []
        with self.reading() as connection:
            for start in range(0, len(given), AT_ONCE):
                some = given[start : start + AT_ONCE]
                many = " UNION ALL ".join([text] * len(some))
                rows += (tuple(row) for row in connection.exec_driver_sql(many, tuple(chain.from_iterable(some))))
        return rows

    def integrity(self) -> list[str]:
        """What SQLite says of its file: `ok`, or what is wrong with it; of another database nothing."""
        if self._engine.dialect.name != "sqlite":
            return []
        with self.reading() as connection:
            return [" ".join(str(row[0]).split()) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]

    def item(self, texts: "ColumnElement[str]", index: int) -> "ColumnElement[float]":
        """The number at an index of a column of JSON arrays, for a query."""
        from sqlalchemy import JSON, Double, cast, func, literal_column

        # The index is part of the text: `fetch_each` gives values to the parameters of a query's conditions only.
        if self._engine.dialect.name == "sqlite":
            return func.json_extract(texts, literal_column(f"'$[{index:d}]'"))
        return cast(func.json_extract_path_text(cast(texts, JSON), literal_column(f"'{index:d}'")), Double)

    def chunks(self, query: "Select[Row]", chunk: int) -> Iterator[list[Row]]:
        """The rows of a query, so many at a time."""
        with self.reading() as connection:
            found = connection.execution_options(yield_per=chunk).execute(query)
            yield from ([tuple(row) for row in rows] for rows in found.partitions())

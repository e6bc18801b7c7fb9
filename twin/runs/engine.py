"""The way into a database: where the store is, how to speak to it, and what its failures mean."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import DamagedStoreError, NoStoreError, StoreError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_S, LOOK_S = 30, 2
"""How long a writer waits for another one, and a reader for a writer; `?timeout=5` in a URL says otherwise."""

EMPTY_S = 5.0
"""How old an empty file may be to be one that another process is about to fill."""

STOPPING = (signal.SIGINT, signal.SIGTERM)
FORMS = "write a path, sqlite:///PATH or postgresql://HOST/DATABASE"
ADVICE = (
    ("locked", "another process is writing there; try again, or give this run a store of its own"),
    ("readonly", "it can only be read; name a store that can be written"),
    ("full", "free some space, or name a store elsewhere; what was recorded is kept"),
    (
        "not a database",
        "name a file that `twin run --store` wrote, or a new one; no run can be read where its beginning is damaged",
    ),
    ("unable to open", "name a file in a folder that exists and can be written"),
)
DAMAGE = ("malformed", "Could not decode")


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turns the database's errors into a StoreError that says what to do."""
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        if any(sign in cause for sign in DAMAGE):
            raise DamagedStoreError(where, f"is damaged ({cause})") from error
        advice = [what for sign, what in ADVICE if sign in cause]
        otherwise = "" if isinstance(error, IntegrityError) else "check the store's address and that it can be reached"
        raise StoreError(where, cause, advice[0] if advice else otherwise) from error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Lets a signal wait until a transaction is over: broken off half-way it would keep its lock."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {number: signal.signal(number, lambda number, _: waiting.append(number)) for number in STOPPING}
    try:
        yield
    finally:
        for stopping, handler in before.items():
            signal.signal(stopping, handler)
        for number in waiting:
            signal.raise_signal(signal.Signals(number))


def default_store() -> str:
    """`$TWIN_STORE`, else a file in the user's data folder, which is made."""
    from platformdirs import user_data_path

    if named := os.environ.get("TWIN_STORE"):
        return named
    folder = user_data_path("smart-grid-twin", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(str(folder), error.strerror or str(error), "name a store with --store") from error
    return str(folder / "runs.sqlite")


def address(where: str, read_only: bool) -> tuple[str, "URL"]:
    """What to call a store that is given as a path or URL, and its URL for SQLAlchemy."""
    from sqlalchemy import make_url

    if "://" not in where:
        return where, _sqlite_url(Path(where), {}, read_only)
    try:
        with explained(_without_password(where)):
            url = make_url(where)
    except ValueError as error:
        raise StoreError(_without_password(where), str(error), FORMS) from error
    name = url.render_as_string()
    if url.get_backend_name() == "sqlite" and url.database:
        query = {key: str(value) for key, value in url.query.items()}
        return name, _sqlite_url(Path(url.database), query, read_only)
    if url.get_backend_name() in ("postgresql", "postgres"):
        return name, url.set(drivername="postgresql+psycopg")
    raise StoreError(name, "is no store", FORMS)


def _without_password(url: str) -> str:
    """A URL that cannot be parsed, cut down to what can be shown."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _sqlite_url(path: Path, query: dict[str, str], read_only: bool) -> "URL":
    from sqlalchemy import URL

    _check_file(path, read_only)
    mode = {"mode": "ro"} if read_only else {"mode": "rwc"}
    if (mode | query)["mode"] == "rwc":
        _make_file(path)
    # A file kept in WAL mode needs a writable folder even to be read, unless SQLite is told that nobody writes.
    if read_only and not os.access(path.absolute().parent, os.W_OK) and not Path(f"{path}-wal").exists():
        mode["immutable"] = "1"
    options = {"uri": "true", "timeout": str(LOOK_S if read_only else BUSY_S)} | mode | query
    return URL.create("sqlite", database=path.absolute().as_uri(), query=options)


def _check_file(path: Path, read_only: bool) -> None:
    if path.is_dir():
        raise StoreError(str(path), "is a folder", "name a file in it, for example runs.sqlite")
    if not path.parent.is_dir():
        raise StoreError(str(path), f"there is no folder {path.parent}", "make it, or name a store elsewhere")
    if read_only and not path.exists():
        raise NoStoreError(str(path), "there is no run store yet", "run a scenario first, or name another store")
    while (empty_s := _empty_for_s(path)) is not None:
        if empty_s > EMPTY_S:
            said = "is empty: it was cut short, or what began to make it was stopped"
            raise StoreError(str(path), said, "delete the file, or name another store")
        if read_only:
            raise NoStoreError(str(path), "is empty", "run a scenario first, or name another store")
        time.sleep(0.01)


def _empty_for_s(path: Path) -> float | None:
    """How long a file has been without a byte; None where it has some, as a store has from the moment it is made."""
    try:
        found = path.stat()
    except OSError:  # it is not there, or not to be looked at: SQLite says so
        return None
    return abs(time.time() - found.st_mtime) if path.is_file() and found.st_size == 0 else None


def _make_file(path: Path) -> None:
    """A new file is its owner's alone, as are those that SQLite puts beside it; one that is there stays as it is."""
    # What cannot be made is told by SQLite when it opens the file.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def connect(name: str, url: "URL") -> "Engine":
    """An engine whose transactions are real ones: a writer's lock is taken when it begins, never half-way."""
    from sqlalchemy import create_engine, event

    sqlite = url.get_backend_name() == "sqlite"
    try:
        with explained(name):
            engine = create_engine(url) if sqlite else create_engine(url, paramstyle="format")
    except ImportError as error:
        raise StoreError(name, f"needs {error.name}", ".venv/bin/pip install -e '.[postgres]'") from error
    except ValueError as error:  # an option of the URL
        raise StoreError(name, str(error), FORMS) from error
    if sqlite:
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def file_of(connection: "Connection") -> "File | None":
    """The file that SQLite has open; None for a database that is none."""
    if connection.dialect.name != "sqlite":
        return None
    row = connection.exec_driver_sql("PRAGMA database_list").first()
    return File(Path(row[2])) if row and row[2] else None


class File:
    """A file as it was found; it notices when it is no longer the one that bears its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found = _identity(path)

    def fault(self) -> str | None:
        """What has happened to it, if anything has."""
        now = _identity(self._path)
        if now == self._found:
            return None
        return "was removed" if now is None else "was replaced by another file"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def writer(engine: "Engine") -> "Engine":
    """The same engine for transactions that write."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def let_readers_in(engine: "Engine") -> None:
    """Has SQLite keep a write-ahead log, so that a run can be read while it is written; the file remembers it."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode = WAL")


def _set_up(connection: "DBAPIConnection", _: object) -> None:
    # The driver would begin transactions on its own, too late to wait for a lock; `_begin` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: "Connection") -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

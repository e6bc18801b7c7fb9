"""The tables of the run store, column by column; a column of its own, `run`, stands first in each."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from twin.facts import COLUMNS, Violation
from twin.runs.header import HEADER

if TYPE_CHECKING:
    import sqlalchemy as sa

Kind = Literal["int", "float", "text", "bytes"]
Kinds = Mapping[str, Kind]

VERSION = 3
"""Of the schema; a store of another version is refused."""
READABLE = (2, 3)
"""What can be read; it becomes a store of `VERSION` when it is written."""

INTS = frozenset({"tick", "day", "tick_of_day", "start", "end", "generation", "ahead"})
TEXTS = frozenset(
    {"decision", "reason", "solver_status", "readings", "sources", "kind", "subject", "series", "name", "state"}
    | {"component", "quality", "detail", "way", "line"}
)
BYTES = frozenset({"mean", "low", "high"})
OPTIONAL = frozenset(
    {"shadow_price", "solver_status", "plan_s", "sources", "low", "high", "latency_s", "age_s", "residual_j"}
    | {"held_back", "delay_s"}
)


def _kind(column: str) -> Kind:
    if column in INTS:
        return "int"
    if column in TEXTS:
        return "text"
    return "bytes" if column in BYTES else "float"


def _kinds(*columns: str) -> Kinds:
    return MappingProxyType({column: _kind(column) for column in columns})


TABLES: Mapping[str, Kinds] = MappingProxyType(
    {
        "tick": _kinds(*COLUMNS, "readings", "sources"),
        "violation": _kinds("tick", *Violation.__struct_fields__),
        "forecast": _kinds("tick", "series", "mean", "low", "high"),
        "task": _kinds("tick", "name", "start", "end", "served_j", "remaining_j"),
        "baseline": _kinds("tick", "cost", "stored_j"),
        "link": _kinds("tick", "component", "latency_s", "age_s", "quality", "residual_j", "delay_s"),
        "fault": _kinds("tick", "component", "kind", "detail"),
        "frame": _kinds("tick", "component", "at_s", "way", "line"),
        "training": _kinds("tick", "series", "generation", "fitness", "held_back"),
        "checkpoint": _kinds("tick", "state"),
    }
)
SIDE_TABLES = tuple(name for name in TABLES if name not in ("tick", "checkpoint"))
"""What `table` reads and `export --table` writes."""


@cache
def metadata() -> "sa.MetaData":
    """The tables for SQLAlchemy, made once: a reader that opens a store for each look would notice."""
    import sqlalchemy as sa

    found = sa.MetaData()
    sa.Table("store", found, sa.Column("version", sa.Integer, nullable=False))
    _run_table(found)
    _checksum_table(found)
    for name, kinds in TABLES.items():
        _tick_table(found, name, kinds)
    return found


def _checksum_table(found: "sa.MetaData") -> None:
    import sqlalchemy as sa

    found_by = [sa.Column(name, sa.Integer, primary_key=True, autoincrement=False) for name in ("run", "block")]
    sums = [sa.Column(name, sa.BigInteger, nullable=False) for name in ("row_count", "total")]
    sa.Table("checksum", found, found_by[0], sa.Column("name", sa.Text, primary_key=True), found_by[1], *sums)


def _run_table(found: "sa.MetaData") -> None:
    import sqlalchemy as sa

    numbers = ("seed", "days", "start_day", "ticks")
    json = ("components", "overrides", "versions")
    types = dict.fromkeys(HEADER, sa.Text()) | dict.fromkeys(numbers, sa.BigInteger()) | dict.fromkeys(json, sa.JSON())
    sa.Table(
        "run",
        found,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, types[name], nullable=name in ("hardware", "group")) for name in HEADER),
        sa.Column("started_s", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("heartbeat_s", sa.Double, nullable=False),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True)),
        sqlite_autoincrement=True,  # so that the number of a deleted run is never given to another
    )


def _tick_table(found: "sa.MetaData", name: str, kinds: Kinds) -> None:
    """A table of rows per run and tick; the keys of `tick` and `checkpoint` are unique, others have many rows."""
    import sqlalchemy as sa

    types = {"int": sa.Integer, "float": sa.Double, "text": sa.Text, "bytes": sa.LargeBinary}
    columns: list[sa.Column[object]] = [
        sa.Column(column, types[kind], nullable=column in OPTIONAL) for column, kind in kinds.items()
    ]
    unique = name not in SIDE_TABLES
    key = sa.PrimaryKeyConstraint("run", "tick") if unique else sa.Index(f"{name}_of_run", "run", "tick")
    run = sa.Column("run", sa.Integer, nullable=False)
    # Without row numbers SQLite keeps the rows in the order of their key, in one tree instead of two.
    sa.Table(name, found, run, *columns, key, sqlite_with_rowid=not unique)

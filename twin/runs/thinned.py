"""Looks at a long run that need not read all of it into memory: the database adds up and picks out.

Columns are numbers of the tick table (public ones and `NAME_j`) or of a side table.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.errors import StoreRequestError
from twin.pricing import storage_columns, throughput_column
from twin.runs.rows import Columns, Row, arrays, number_places, stored_columns
from twin.runs.store import RunStore
from twin.runs.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


ENERGIES = ("import_j", "export_j", "solar_j", "curtailed_j", "unserved_j", "storage_j", "loss_j")
PRICES = ("import_price", "export_price")


class Part(NamedTuple):
    """Ticks `start <= t < stop` of one run's table."""

    run: int
    start: int
    stop: int
    table: str = "tick"


def extremes(store: RunStore, part: Part, names: Sequence[str], points: int) -> Columns:
    """`tick` and the named columns; where there are more than `points` ticks, two rows stand for all between them.

    The first bears the least and the second the greatest value of each; NULL is NaN.
    """
    from sqlalchemy import func

    ticks = part.stop - part.start
    width = 1 if ticks <= points else -(-ticks // (points // 2))
    tick = store.tables[part.table].c.tick
    numbers = [tick, *_numbers(store, part, names)]
    picks = (func.min, func.max) if width > 1 else (func.min,)
    wanted = [pick(number) for pick in picks for number in numbers]
    rows = _grouped(store, part, wanted, (tick - part.start) // width)
    values = np.array(rows, dtype=np.float64).reshape(-1, len(numbers))
    return {"tick": values[:, 0].astype(np.int64)} | dict(zip(names, values[:, 1:].T, strict=True))


def at(store: RunStore, run: int, names: Sequence[str], ticks: Iterable[int]) -> Columns:
    """Named columns of any kind, at some ticks in rising order; a tick asked for twice comes twice."""
    table, header = store.tables["tick"], store.run(run).header
    wanted = list(map(int, ticks))
    query = table.select().with_only_columns(table.c.tick, *(table.c[name] for name in stored_columns(names)))
    found = {row[0]: row[1:] for row in store.fetch(query.where(table.c.run == run, table.c.tick.in_(set(wanted))))}
    return arrays([found[tick] for tick in wanted], names, header)


def running_sums(store: RunStore, part: Part, names: Sequence[str], points: int) -> Columns:
    """The named columns added up from the part's first tick on, at `points` ticks at most."""
    from sqlalchemy import func

    tick = store.tables[part.table].c.tick
    width = -(-(part.stop - part.start) // max(points, 1))
    wanted = [func.max(tick), *(func.sum(number) for number in _numbers(store, part, names))]
    rows = _grouped(store, part, wanted, (tick - part.start) // width)
    values = np.array(rows, dtype=np.float64).reshape(-1, len(wanted))
    return {"tick": values[:, 0].astype(np.int64)} | dict(zip(names, values[:, 1:].cumsum(axis=0).T, strict=True))


def coarse(store: RunStore, run: int, edges: Sequence[int]) -> Columns:
    """The ticks between each two edges as one, of which `ticks` says how many it was; where there are none, no row.

    Its clock is that of the first, its energies and `cost` are sums, its prices means; `stored_j` is that after the
    last, `least_j` and `most_j` are the extremes of it. Each storage has its columns, and its `throughput_column`.
    """
    from sqlalchemy import bindparam, func, select

    of, kept = store.tables["tick"].c, storage_columns(store.run(run).header.storages)
    flows = dict.fromkeys((*ENERGIES, *(name for energy, _, loss in kept.values() for name in (energy, loss))))
    numbers = dict(zip(flows, _numbers(store, Part(run, 0, 0), tuple(flows)), strict=True))
    wanted = {
        "ticks": func.count(),
        **{name: func.min(of[name]) for name in ("tick", "start_s", "day")},
        "cost": func.sum(of.cost),
        **{name: func.sum(number) for name, number in numbers.items()},
        **{throughput_column(names): func.sum(func.abs(numbers[names[0]])) for names in kept.values()},
        **{name: func.avg(of[name]) for name in PRICES},
        "least_j": func.min(of.stored_j),
        "most_j": func.max(of.stored_j),
        "last": func.max(of.tick),
    }
    here = of.run == bindparam("run"), of.tick >= bindparam("start"), of.tick < bindparam("stop")
    rows = store.fetch_each(select(*wanted.values()).where(*here), [(run, *pair) for pair in pairwise(edges)])
    values = np.array([row for row in rows if row[0]], dtype=np.float64).reshape(-1, len(wanted))
    values = values[values[:, 1].argsort()]
    found = dict(zip(wanted, values.T, strict=True))
    stored = dict.fromkeys(("stored_j", *(stored for _, stored, _ in kept.values())))
    return found | at(store, run, tuple(stored), found.pop("last"))


def sums(store: RunStore, part: Part, names: Sequence[str], per: str) -> Columns:
    """Sums of the named columns for each value of the column `per`, which comes first; then `start_s` and `ticks`.

    `start_s` is the start of the first tick of each, `ticks` how many there are.
    """
    from sqlalchemy import func

    table = store.tables["tick"]
    wanted = [func.min(table.c[per]), func.min(table.c.start_s), func.count()]
    wanted += [func.sum(number) for number in _numbers(store, part, names)]
    rows = _grouped(store, part, wanted, table.c[per])
    values = np.array(rows, dtype=np.float64).reshape(-1, len(wanted))
    clocks = {per: values[:, 0].astype(np.int64), "start_s": values[:, 1], "ticks": values[:, 2].astype(np.int64)}
    return clocks | dict(zip(names, values[:, 3:].T, strict=True))


def _grouped(
    store: RunStore, part: Part, wanted: Sequence["ColumnElement[Any]"], group: "ColumnElement[int]"
) -> list[Row]:
    """One row for each value of `group`, in its order."""
    from sqlalchemy import select

    table = store.tables[part.table]
    here = (table.c.run == part.run, table.c.tick >= part.start, table.c.tick < part.stop)
    # By its name: PostgreSQL would not know it again where it is spelt out with other parameters.
    query = select(group.label("part"), *wanted).where(*here).group_by("part").order_by("part")
    return [row[1:] for row in store.fetch(query)]


def _numbers(store: RunStore, part: Part, names: Sequence[str]) -> list["ColumnElement[float]"]:
    """What the database calls the named columns; raises StoreError for what is no number."""
    kinds, columns = TABLES[part.table], store.tables[part.table].c
    readings = number_places(store.run(part.run).header) if part.table == "tick" else {}
    found: list[ColumnElement[float]] = []
    for name in names:
        if kinds.get(name) in ("int", "float"):
            found.append(columns[name])
        elif name in readings:
            found.append(store.item(columns["readings"], readings[name]))
        else:
            known = [*(known for known, kind in kinds.items() if kind in ("int", "float")), *readings]
            raise StoreRequestError(store.name, f"run {part.run} has no number {name}", f"it has {', '.join(known)}")
    return found

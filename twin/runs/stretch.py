"""Some ticks of a table, without reading the rest of it."""

from collections.abc import Sequence

from twin.runs.rows import Row, unpacked
from twin.runs.store import RunStore
from twin.runs.tables import TABLES
from twin.runs.thinned import Part


def stretch(store: RunStore, part: Part) -> list[Row]:
    """The rows of a side table with a tick in the part, in order, as `RunStore.table` gives them."""
    table = store.tables[part.table]
    columns = [table.c[name] for name in TABLES[part.table]]
    here = (table.c.run == part.run, table.c.tick >= part.start, table.c.tick < part.stop)
    rows = store.fetch(table.select().with_only_columns(*columns).where(*here).order_by(*columns[:2]))
    return [unpacked(row) for row in rows] if part.table == "forecast" else rows


def total(store: RunStore, part: Part, names: Sequence[str]) -> tuple[float, ...]:
    """What each named number adds up to over the part; 0 where it has no rows."""
    from sqlalchemy import func, select

    table = store.tables[part.table]
    here = (table.c.run == part.run, table.c.tick >= part.start, table.c.tick < part.stop)
    ((*sums,),) = store.fetch(select(*(func.sum(table.c[name]) for name in names)).where(*here))
    return tuple(float(found or 0.0) for found in sums)

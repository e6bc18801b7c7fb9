"""Some ticks of a side table, without reading the rest of it."""

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

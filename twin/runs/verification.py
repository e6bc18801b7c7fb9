"""Whether a store still holds what was written to it, run by run."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from twin.errors import StoreError
from twin.facts import COLUMNS
from twin.runs.checksums import BLOCK, Sum, sums
from twin.runs.reading import Reader
from twin.runs.rows import component_columns
from twin.runs.tables import TABLES

LOOK_S = 2.0
"""How long the runs of a damaged store are looked at, for an error's sake."""
CHUNK, SHOWN = 10_000, 20


class Verified(NamedTuple):
    """How many rows a run has, whether they have checksums, and what is damaged."""

    run: int
    rows: int
    has_checksums: bool
    faults: tuple[str, ...]


def verify(store: Reader) -> list[Verified]:
    """All runs, in their order, each read from its first row to its last."""
    with store.looking():
        return [verified(store, run) for run in numbers(store)]


def integrity_faults(store: Reader) -> list[str]:
    """What SQLite finds wrong with its file, where the store is one."""
    with store.looking():
        try:
            return [line for line in store.integrity() if line != "ok"]
        except StoreError as error:
            return [_cause(error)]


def readable(store: Reader) -> str:
    """Which runs of a damaged store can still be read, and which cannot."""
    give_up_s = time.monotonic() + LOOK_S
    good: list[int] = []
    bad: list[int] = []
    try:
        left = numbers(store)
    except StoreError:
        return "none of its runs can be read; restore the file from a copy, or name another store"
    while left and time.monotonic() < give_up_s:
        run = left.pop(0)
        (bad if verified(store, run).faults else good).append(run)
    told = [f"{listed(good)} can still be read" if good else "", f"{listed(bad)} not in whole" if bad else ""]
    told.append(f"{listed(left)} were not looked at" if left else "")
    return f"{', '.join(filter(None, told))}; 'twin runs --verify' tells where"


def listed(runs: list[int]) -> str:
    """Runs by their numbers."""
    shown = ", ".join(map(str, runs[:SHOWN])) + (", …" if len(runs) > SHOWN else "")
    return f"run{'s' if len(runs) > 1 else ''} {shown}"


def numbers(store: Reader) -> list[int]:
    """The numbers of all runs, rising."""
    table = store.tables["run"]
    return [row[0] for row in store.fetch(table.select().with_only_columns(table.c.id).order_by(table.c.id))]


def verified(store: Reader, run: int) -> Verified:
    """One run, all of whose rows are read."""
    try:
        kept = store.kept_sums(run)
        faults = _without_sums(store, run) if not kept else []
        store.run(run)
    except StoreError as error:
        return Verified(run, 0, False, (_cause(error),))
    rows = 0
    for name in TABLES:
        try:
            found = _found(store, run, name)
        except StoreError as error:
            faults.append(f"table {name}: {_cause(error)}")
            continue
        rows += sum(block.row_count for block in found.values())
        faults += _differences(name, found, kept.get(name, {})) if kept else []
    return Verified(run, rows, bool(kept), tuple(faults))


def _cause(error: StoreError) -> str:
    return error.got.partition(" (")[2].removesuffix(")") or error.got


def _without_sums(store: Reader, run: int) -> list[str]:
    """Of a run that has no checksums: what can be read of it at all."""
    header = store.run(run).header
    for _ in store.columns(run, [*COLUMNS, *component_columns(header)]):
        pass
    store.checkpoint(run)
    return []


def _found(store: Reader, run: int, name: str) -> dict[int, Sum]:
    """The sums of a table's rows as they are now."""
    table = store.tables[name]
    found: dict[int, Sum] = {}
    for rows in store.chunks(table.select().where(table.c.run == run).order_by(table.c.tick), CHUNK):
        with store.decoding():
            for block, more in sums(name, rows).items():
                known = found.get(block, Sum(0, 0))
                found[block] = Sum(known.row_count + more.row_count, known.total + more.total)
    return found


def _differences(name: str, found: dict[int, Sum], kept: dict[int, Sum]) -> Iterator[str]:
    """Where the rows are not those that were written."""
    nothing = Sum(0, 0)
    for block in sorted(found.keys() | kept.keys()):
        if found.get(block, nothing) != kept.get(block, nothing):
            ticks = f"ticks {block * BLOCK} to {(block + 1) * BLOCK - 1}"
            yield f"table {name}: rows of {ticks} are not as they were written"

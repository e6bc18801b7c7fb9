"""What the pages and the API read: the run store, opened for each look, and thinned where a run is long."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from twin.errors import NoStoreError
from twin.runs import Columns, Row, RunRow, RunStore, open_store, thinned
from twin.runs.stretch import total
from twin.runs.tables import TABLES
from twin.runs.thinned import Part

REMEMBERED, MOST_COARSE = 100, 24
CoarseKey = tuple[int, float, tuple[int, ...]]
"""A run, when it was last written to, and the edges."""
CLOCKS = ("start_s", "day", "tick_of_day")


class Data:
    """The store at an address, read-only. Its errors are StoreErrors that say what to do."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._sums: dict[tuple[int, tuple[str, ...], str], dict[int, tuple[float, ...]]] = {}
        self._rows: dict[int, tuple[Row, RunRow]] = {}
        self._coarse: dict[CoarseKey, Columns] = {}
        self._open: ContextVar[RunStore | None] = ContextVar("open", default=None)

    @contextmanager
    def reading(self) -> Iterator[RunStore]:
        """The store, open for one look; looks within it share it, as to open it takes longer than most of them."""
        if store := self._open.get():
            yield store
            return
        with open_store(self.where, read_only=True) as store:
            before = self._open.set(store)
            try:
                yield store
            finally:
                self._open.reset(before)

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, newest first, without the scenarios' texts; none where there is no store yet.

        Those that have not changed since the last look are remembered: most are over and never change.
        """
        try:
            with self.reading() as store:
                stamps = store.stamps()
                known = {row.id: (stamp, row) for stamp, row in self._rows.values() if stamps.get(row.id) == stamp}
                if new := stamps.keys() - known.keys():
                    known |= {row.id: (stamps[row.id], row) for row in store.listing(new)}
        except NoStoreError:
            return ()
        self._rows = known
        return tuple(known[run][1] for run in stamps if run in known)

    def run(self, which: int | str) -> RunRow:
        """The run of that number, or `last`; raises StoreError where there is none."""
        with self.reading() as store:
            return store.run(which)

    def ticks(self, run: int, names: Sequence[str], start: int = 0, stop: int | None = None) -> Columns:
        """Named columns of ticks `start <= t < stop`, every tick of them."""
        with self.reading() as store:
            return every_tick(store, run, names, start, stop)

    def series(self, run: int, names: Sequence[str], start: int, stop: int, points: int) -> Columns:
        """`tick` and named columns; where there are more than `points` ticks, two stand for all between them.

        The first bears the least, the second the greatest value of each number, so that no peak is lost. Clocks and
        texts are those of the two ticks.
        """
        names = ["tick", *(name for name in names if name != "tick")]
        with self.reading() as store:
            if stop - start <= points:
                return every_tick(store, run, names, start, stop)
            plain = [name for name in names if name in CLOCKS or _is_text(name)]
            numbers = [name for name in names if name != "tick" and name not in plain]
            thin = thinned.extremes(store, Part(run, start, stop), numbers, points)
            return thin | thinned.at(store, run, plain, thin["tick"]) if plain else thin

    def first_tick(self, run: int) -> int:
        """The first tick that is recorded; a live run may have begun later than at 0."""
        with self.reading() as store:
            return int(next(store.columns(run, ["tick"], chunk=1))["tick"][0])

    def coarse(self, rows: Sequence[RunRow], edges: Sequence[int]) -> list[Columns]:
        """For each run its ticks between each two edges as one.

        Runs are read side by side, as the database lets go of Python meanwhile, and remembered: a million ticks take
        half a second.
        """
        keys = [(row.id, row.heartbeat_s, tuple(edges)) for row in rows]
        known = self._coarse
        new = [key for key in keys if key not in known]
        with ThreadPoolExecutor() as pool:
            known = known | dict(zip(new, pool.map(self._read_coarse, new), strict=True))
        self._coarse = dict(list(known.items())[-MOST_COARSE:])
        return [known[key] for key in keys]

    def _read_coarse(self, key: CoarseKey) -> Columns:
        with self.reading() as store:
            return thinned.coarse(store, key[0], key[2])

    def totals(self, run: int, names: Sequence[str], per: str = "day") -> Columns:
        """Sums of numbers for each value of the column `per` (`day`, `tick_of_day`), with `start_s` and `ticks`."""
        with self.reading() as store:
            return thinned.sums(store, Part(run, 0, store.run(run).progress), names, per)

    def sums_before(self, run: int, stop: int, names: tuple[str, ...], table: str = "tick") -> tuple[float, ...]:
        """What numbers add up to before a tick; from the nearest tick that is known, as a long run takes a second."""
        key = run, names, table
        known = self._sums.get(key, {0: (0.0,) * len(names)})
        if stop not in known:
            near = min(known, key=lambda tick: abs(tick - stop))
            with self.reading() as store:
                between = total(store, Part(run, min(near, stop), max(near, stop), table), names)
            way = 1 if near < stop else -1
            found = tuple(before + way * more for before, more in zip(known[near], between, strict=True))
            known = dict(list(known.items())[-REMEMBERED:]) | {stop: found}
            self._sums = dict(list(self._sums.items())[-REMEMBERED:]) | {key: known}
        return known[stop]


def every_tick(store: RunStore, run: int, names: Sequence[str], start: int, stop: int | None) -> Columns:
    """Named columns of ticks `start <= t < stop` as one table."""
    chunks = list(store.columns(run, names, start, stop))
    if not chunks:
        return {name: np.empty(0) for name in names}
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def _is_text(name: str) -> bool:
    return name.endswith("_source") or TABLES["tick"].get(name) == "text"

"""What the server can do with its runs: start, cancel, resume, delete, and forget the old ones."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dashboards.data import Data
from dashboards.jobs import JobError, Jobs, Order
from dashboards.scenarios import Scenarios
from dashboards.settings import Settings
from twin.runs import RunRow, open_store

SILENT_S = 60.0
"""A run that has written nothing for so long is taken for dead."""
DAY_S = 86_400.0


class Pace(NamedTuple):
    """How far a run was at a moment, and its speed up to then.

    It is `under_way` once a tick has been seen to come: what was written before may be of before its start-up.
    """

    at_s: float
    progress: int
    ticks_per_s: float | None = None
    under_way: bool = False


class House:
    """The store, the scenarios folder and the jobs of one server, behind the API and the pages."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data = Data(settings.store)
        self.jobs = Jobs(settings.store)
        self.scenarios = Scenarios(settings.scenarios)
        self._paces: dict[int, Pace] = {}

    def start(self, scenario: str, changes: Mapping[str, object], sets: Sequence[str] = ()) -> int:
        """The number of a new run; raises TwinError where it would not be fine."""
        return self.jobs.start(self.scenarios.order(scenario, changes, sets))

    def cancel(self, which: int | str) -> int:
        """Interrupts a run that was started here."""
        run = self.data.run(which).id
        self.jobs.cancel(run)
        return run

    def resume(self, which: int | str) -> int:
        """Goes on with a run that has stopped."""
        row = self.data.run(which)
        if self.is_alive(row):
            raise JobError(f"run {row.id}", "is under way", "only a run that has stopped can be resumed")
        if row.state == "done":
            raise JobError(f"run {row.id}", "is done", "there is nothing to resume")
        return self.jobs.start(Order(resume=row.id))

    def delete(self, which: Iterable[int | str]) -> None:
        """Deletes runs with all of their rows; none of them where one is under way."""
        rows = [self.data.run(one) for one in which]
        for row in rows:
            if self.is_alive(row):
                raise JobError(f"run {row.id}", "is under way", "cancel it first")
        with open_store(self.settings.store) as store:
            for row in rows:
                store.delete(row.id)

    def is_alive(self, row: RunRow) -> bool:
        """Whether a run is under way, here or elsewhere."""
        return row.id in self.jobs.under_way() or (row.state == "running" and time.time() - row.heartbeat_s < SILENT_S)

    def pace(self, row: RunRow) -> float | None:
        """Ticks per second of a run, between two looks at it; None before it has been seen to move twice."""
        self._paces[row.id] = paced(self._paces.get(row.id), row.heartbeat_s, row.progress)
        return self._paces[row.id].ticks_per_s

    def forget(self) -> list[int]:
        """Deletes what was last written to more than `keep_days` ago; the numbers of those runs."""
        if self.settings.keep_days is None:
            return []
        oldest_s = time.time() - self.settings.keep_days * DAY_S
        old = [row.id for row in self.data.runs() if row.heartbeat_s < oldest_s and not self.is_alive(row)]
        if old:
            self.delete(old)
        return old


def paced(then: Pace | None, at_s: float, progress: int) -> Pace:
    """The pace after another look: start-up, and the time before a run was resumed, are not counted."""
    if then is None or progress < then.progress:
        return Pace(at_s, progress)
    if not then.under_way:
        return then if progress == then.progress else Pace(at_s, progress, under_way=True)
    if at_s - then.at_s < 1.0:
        return then
    return Pace(at_s, progress, (progress - then.progress) / (at_s - then.at_s), under_way=True)

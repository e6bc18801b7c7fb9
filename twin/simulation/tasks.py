"""The book of tasks: which are known, what each has got, what none got in time."""

from collections.abc import Sequence

from msgspec.structs import astuple

from twin.facts import Calendar, Feed, OpenTask, State, Task, replace

DONE = 1e-9
"""A task with less than this part of its energy left is served; the rest is rounding."""


class TaskBook:
    """Opens a day's tasks at its midnight and keeps what is left of each until its deadline."""

    def __init__(self, feed: Feed, calendar: Calendar, ticks: int) -> None:
        self._feed = feed
        self._calendar = calendar
        self._ticks = ticks
        self._day: int | None = None
        self._opened: set[str] = set()
        self.open: tuple[OpenTask, ...] = ()

    def release(self, tick: int, day: int) -> None:
        """Open what has become known of a day, unless its deadline lies after the run's end.

        A live feed may know a day's tasks late, so it is asked again at every tick.
        """
        if day != self._day:
            self._day = day
            self._opened = set()
        elif not self._feed.live:
            return
        for task in self._feed.tasks(day):
            if task.name not in self._opened and tick < task.end <= self._ticks:
                self.open += (OpenTask(task, task.energy_j),)
                self._opened.add(task.name)

    def serve(self, tick: int, served_j: Sequence[float]) -> tuple[tuple[OpenTask, ...], float]:
        """Book what each open task got in a tick; returns where they stand now, and the energy that came too late."""
        if not self.open:
            return (), 0.0
        stands = []
        kept = []
        late_j = 0.0
        for stand, energy_j in zip(self.open, served_j):
            if energy_j or stand.served_j:
                stand = served(stand, tick, energy_j)
            stands.append(stand)
            if stand.task.end <= tick + 1:
                late_j += stand.remaining_j
            elif stand.remaining_j:
                kept.append(stand)
        self.open = tuple(kept)
        return tuple(stands), late_j

    def state(self) -> State:
        return {
            "day": self._day,
            "opened": sorted(self._opened),
            "open": [[stand.task.known_from, stand.task.name, *astuple(stand)[1:]] for stand in self.open],
        }

    def restore(self, state: State) -> None:
        """Find the open tasks again in the feed, which is the one to know what they are."""
        self._day = state["day"]
        self._opened = set(state["opened"])
        found = [(self._task(int(known_from), name), stand) for known_from, name, *stand in state["open"]]
        self.open = tuple(OpenTask(task, *stand) for task, stand in found if task is not None)

    def _task(self, known_from: int, name: str) -> Task | None:
        """A live feed knows today's tasks only."""
        day = self._calendar.tick(known_from).day
        return next((task for task in self._feed.tasks(day) if task.name == name), None)


def still_open(stands: Sequence[OpenTask], served_j: Sequence[float]) -> tuple[OpenTask, ...]:
    """Where the open tasks stand within a tick, of which a step gave them `served_j`."""
    each = zip(stands, served_j)
    return tuple([replace(stand, remaining_j=max(stand.remaining_j - energy_j, 0.0)) for stand, energy_j in each])


def served(stand: OpenTask, tick: int, energy_j: float) -> OpenTask:
    """Where a task stands after a tick that gave it `energy_j`."""
    left_j = stand.remaining_j - energy_j
    if left_j <= DONE * stand.task.energy_j:
        left_j = 0.0
    started = tick if stand.started is None and energy_j > 0.0 else stand.started
    return OpenTask(stand.task, left_j, started, energy_j)

"""The tasks that may come: those of earlier days expected again, or, as a bound, the true ones.

A task becomes known at 00:00 of its day. What it takes must often be bought or stored before, so planners are told
beforehand which tasks to expect.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from statistics import fmean

from twin.facts import Calendar, Feed, Memoryless, Observation, State, Task

DAYS = 28
"""So many days are remembered: four of each weekday."""
LIKELY = 0.5
"""A task is expected on a day if it came on at least this part of the days that are like it, at about the same time."""
SAME = 0.5
"""Windows are about the same that have at least this part of the ticks of either in common."""
WEEK = 7
DAY_S = 86_400.0

DayTasks = Mapping[str, Task]
"""A day's tasks by their names, in ticks from its midnight."""


class LearntTasks:
    """Expects tasks of a name on days like those on which they came; `past` has the days before the run.

    Days are alike that are of one weekday; where none of a weekday is remembered, or a day has not 24 h, all are.
    """

    def __init__(self, calendar: Calendar, past: Mapping[int, DayTasks]) -> None:
        self._ticks_per_day = calendar.ticks_per_day
        self._is_weekly = math.isclose(calendar.ticks_per_day * calendar.tick_s, DAY_S)
        self._days: dict[int, dict[str, Task]] = {day: dict(tasks) for day, tasks in past.items()}

    def expect(self, seen: Observation, ticks: int) -> tuple[Task, ...]:
        """The tasks of later days that begin within `ticks`, the present one included; none of them is announced."""
        self._learn(seen)
        days = later_days(seen, ticks, self._ticks_per_day)
        return tuple(within(seen, ticks, (moved(task, by) for day, by in days for task in self._likely(day))))

    def state(self) -> State:
        """Most days are alike, so each different task is kept once."""
        kinds = list(dict.fromkeys(task for tasks in self._days.values() for task in tasks.values()))
        places = {task: place for place, task in enumerate(kinds)}
        days = [[day, [places[task] for task in tasks.values()]] for day, tasks in self._days.items()]
        return {"kinds": [packed(task) for task in kinds], "days": days}

    def restore(self, state: State) -> None:
        kinds = [unpacked(pack) for pack in state["kinds"]]
        self._days = {day: {kinds[place].name: kinds[place] for place in places} for day, places in state["days"]}

    def _learn(self, seen: Observation) -> None:
        """Remember today's tasks, which a live feed may tell late."""
        today = seen.tick.day
        if today not in self._days:
            self._days[today] = {}
            for day in [day for day in self._days if day <= today - DAYS]:
                del self._days[day]
        midnight = seen.tick.number - seen.tick.of_day
        for stand in seen.tasks:
            if stand.task.known_from >= midnight and stand.task.name not in self._days[today]:
                self._days[today][stand.task.name] = moved(stand.task, -midnight)

    def _likely(self, day: int) -> Iterator[Task]:
        """What is expected of a day, in ticks from its midnight."""
        alike = self._alike(day)
        names = dict.fromkeys(name for tasks in alike for name in tasks)
        for name in names:
            came = [tasks[name] for tasks in alike if name in tasks]
            expected = typical(came)
            if sum(overlap(task, expected) >= SAME for task in came) >= LIKELY * len(alike):
                yield expected

    def _alike(self, day: int) -> list[DayTasks]:
        """The days like this one, latest first."""
        days = sorted(self._days, reverse=True)
        same = [other for other in days if (day - other) % WEEK == 0] if self._is_weekly else []
        return [self._days[other] for other in same or days]


class TrueTasks(Memoryless):
    """Knows which tasks will come; a bound, not a forecaster."""

    def __init__(self, feed: Feed, calendar: Calendar) -> None:
        self._feed = feed
        self._ticks_per_day = calendar.ticks_per_day

    def expect(self, seen: Observation, ticks: int) -> tuple[Task, ...]:
        """The tasks of later days that begin within `ticks`, the present one included."""
        days = later_days(seen, ticks, self._ticks_per_day)
        return tuple(within(seen, ticks, (task for day, _ in days for task in self._feed.tasks(day))))


def past_tasks(feed: Feed, calendar: Calendar, days: int) -> dict[int, DayTasks]:
    """What a feed tells of the tasks of the last days before the run; a live one does not know them."""
    if feed.live:
        return {}
    first = calendar.start_day - min(days, DAYS)
    return {
        day: {task.name: moved(task, -calendar.midnight(day)) for task in feed.tasks(day)}
        for day in range(first, calendar.start_day)
    }


def later_days(seen: Observation, ticks: int, ticks_per_day: int) -> Iterator[tuple[int, int]]:
    """The days after the present one of which the next `ticks` see a part, each with its midnight's tick."""
    number, of_day, today = seen.tick.number, seen.tick.of_day, seen.tick.day
    for ahead in range(1, (of_day + ticks - 1) // ticks_per_day + 1):
        yield today + ahead, number - of_day + ahead * ticks_per_day


def within(seen: Observation, ticks: int, tasks: Iterator[Task]) -> Iterator[Task]:
    """Those that begin within the next `ticks` and end within the run: of others nobody is told."""
    number = seen.tick.number
    return (task for task in tasks if task.start < number + ticks and task.end <= number + seen.ticks_left)


def typical(tasks: list[Task]) -> Task:
    """The one that is least unlike their mean in window and energy; it is a real one, so its window can hold its work.

    Of equally typical ones it is the first.
    """
    start, end = fmean(task.start for task in tasks), fmean(task.end for task in tasks)
    energy_j = fmean(task.energy_j for task in tasks)

    def strangeness(task: Task) -> float:
        window = (abs(task.start - start) + abs(task.end - end)) / (end - start)
        return window + abs(task.energy_j - energy_j) / (energy_j or 1.0)

    return min(tasks, key=strangeness)


def overlap(one: Task, other: Task) -> float:
    """What two windows have in common, as a part of the ticks of either."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return max(common, 0) / (max(one.end, other.end) - min(one.start, other.start))


def moved(task: Task, by: int) -> Task:
    """A task so many ticks later."""
    return replace(task, known_from=task.known_from + by, start=task.start + by, end=task.end + by)


def packed(task: Task) -> State:
    """A task as plain JSON, which has no infinity."""
    return asdict(task) | {"max_power_w": task.max_power_w if math.isfinite(task.max_power_w) else None}


def unpacked(pack: State) -> Task:
    """The task that was packed."""
    most_w = pack["max_power_w"]
    return Task(**pack | {"max_power_w": math.inf if most_w is None else most_w, "profile_w": tuple(pack["profile_w"])})

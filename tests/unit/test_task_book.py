import json

import numpy as np
import pytest
from worlds import World

from twin.facts import Task
from twin.simulation.tasks import TaskBook

DAY = 12
EARLY = Task("early", 0, 1, 3, 10.0)
TWIN = Task("early", DAY, DAY + 1, DAY + 3, 20.0)
OVERNIGHT = Task("overnight", 0, 10, DAY + 2, 8.0)
AFTER_THE_END = Task("after the end", DAY, DAY + 4, 2 * DAY + 1, 5.0)
AT_THE_END = Task("at the end", DAY, DAY + 4, 2 * DAY, 5.0)


def book(*tasks):
    world = World(np.ones((2 * DAY, 4)), tasks=tasks)
    return TaskBook(world.feed(), world.calendar, world.ticks)


def served(tasks, powers):
    """A book after ticks that gave its open tasks these energies, and what came too late in each."""
    kept, late_j = book(*tasks), []
    for tick, energies_j in enumerate(powers):
        kept.release(tick, 100 + tick // DAY)
        late_j.append(kept.serve(tick, energies_j)[1])
    return kept, late_j


def test_a_task_is_known_from_its_days_midnight():
    kept = book(EARLY, TWIN)
    kept.release(0, 100)
    assert [stand.task for stand in kept.open] == [EARLY]


def test_a_day_is_released_once():
    kept = book(EARLY)
    kept.release(0, 100)
    kept.release(1, 100)
    assert len(kept.open) == 1


def test_a_deadline_after_the_runs_end_is_none_of_ours():
    kept = book(AFTER_THE_END, AT_THE_END)
    kept.release(DAY, 101)
    assert [stand.task for stand in kept.open] == [AT_THE_END]


@pytest.mark.parametrize(
    ("energies_j", "late_j"), [([0.0, 4.0, 6.0], 0.0), ([0.0, 4.0, 5.0], 1.0), ([0.0, 0.0, 0.0], 10.0)]
)
def test_what_a_task_lacks_is_late_in_its_windows_last_tick(energies_j, late_j):
    kept, late = served([EARLY], [(j,) for j in energies_j])
    assert late == [0.0, 0.0, late_j]
    assert kept.open == ()


def test_a_served_task_is_closed_though_rounding_is_left():
    kept, _ = served([EARLY], [(0.0,), (10.0 - 1e-12,)])
    assert kept.open == ()


def test_a_window_may_cross_midnight():
    kept, late = served([OVERNIGHT], [(0.0,)] * 11 + [(3.0,), (2.0,), (1.0,)])
    assert late == [0.0] * (DAY + 1) + [2.0]
    assert kept.open == ()


def test_a_task_starts_with_its_first_power():
    kept, _ = served([EARLY], [(0.0,), (4.0,)])
    assert (kept.open[0].started, kept.open[0].remaining_j, kept.open[0].served_j) == (1, 6.0, 4.0)


def test_a_book_is_restored_from_plain_json_though_names_come_again():
    kept, _ = served([EARLY, OVERNIGHT, TWIN], [(0.0, 0.0), (4.0, 0.0)])
    again = book(EARLY, OVERNIGHT, TWIN)
    again.restore(json.loads(json.dumps(kept.state())))
    assert again.open == kept.open
    again.release(2, 100)
    assert again.open == kept.open

"""The lab feed against its public description, written down a second time and literally."""

import math
import random

import numpy as np
import pytest
from msgspec.structs import astuple

from twin.errors import ScenarioError
from twin.facts import Calendar, Task
from twin.feeds.lab import Lab
from twin.feeds.offline import OfflineFeed

FIRST_DAY = 5727101


def lab_feed(day: int) -> OfflineFeed:
    lab = Lab(Calendar(5.0, 60, day))
    return OfflineFeed(lab.sun, lab.demand_w, lab.import_price, lab.export_price, lab.tasks)


def described_tick(day: int, t: int) -> tuple[float, float, float, float]:
    sun = int(100 * math.sin(math.pi * (t - 15) / 30)) if 15 <= t < 45 else 0
    rise, fall = 25 + 75 * (t - 10) / 10, 100 - 75 * (t - 50) / 10
    base = int(25 if t < 10 else rise if t < 20 else 100 if t < 50 else fall)
    z = random.Random(60 * day + t).gauss()
    sell = max(10, int(10 + (base - sun) + 20 * z))
    return sun / 100, max(0, 0.02 * base + z), sell * 0.01, int(sell / 2) * 0.01


def described_tasks(day: int) -> list[tuple[int, int, float]]:
    r = random.Random(day)
    tasks = []
    for starts, ends, energies in [
        ((0, 0), (59, 59), (50, 50)),
        ((40, 50), (59, 59), (20, 40)),
        ((0, 70), (30, 59), (10, 50)),
    ]:
        start, end, energy = r.randint(*starts), r.randint(*ends), r.uniform(*energies)
        if end - start < 10:
            start, end = (end - 10, end) if start + 10 >= 60 else (start, start + 10)
        tasks.append((start, end, energy))
    return tasks


@pytest.mark.parametrize("day", [0, 1, FIRST_DAY, 71582787, 71582788, 10**8])
def test_sixty_days_are_the_servers_number_for_number(day):
    rows = lab_feed(day).values(0, 60 * 60)
    assert list(map(tuple, rows.tolist())) == [described_tick(day + t // 60, t % 60) for t in range(60 * 60)]


def test_history_is_the_days_before():
    assert astuple(lab_feed(FIRST_DAY).at(-1))[:4] == described_tick(FIRST_DAY - 1, 59)


@pytest.mark.parametrize("first", [0, FIRST_DAY, 10**8 - 300])
def test_tasks_are_the_servers(first):
    lab = Lab(Calendar(5.0, 60, first))
    for day in range(first, first + 300):
        midnight = (day - first) * 60
        told = [
            Task(f"task{i}", midnight, midnight + s, midnight + e, j)
            for i, (s, e, j) in enumerate(described_tasks(day), 1)
        ]
        assert list(lab.tasks(day)) == told


def test_the_mean_day_is_that_of_many_days():
    lab = Lab(Calendar(5.0, 60, FIRST_DAY))
    days = np.stack([series(0, 8000 * 60) for series in (lab.import_price, lab.export_price, lab.demand_w)], axis=1)
    means = days.reshape(-1, 60, 3).mean(axis=0)
    assert np.abs(lab.mean_day() - means).max(axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=5 / 8000**0.5)
    assert lab.mean_day()[:, :2] == pytest.approx(means[:, :2], abs=5 * 0.2 / 8000**0.5)


def test_another_calendar_than_the_labs_is_refused():
    with pytest.raises(ScenarioError, match="96 ticks a day"):
        Lab(Calendar(900.0, 96, 0))

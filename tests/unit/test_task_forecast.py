"""Tasks are expected on days like those on which they came, and are no more than expected until they are announced."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from worlds import TICK_S, World, seen

from twin.control.posing import binding, jobs
from twin.facts import Calendar, OpenTask, Task
from twin.feeds.offline import OfflineFeed, constant
from twin.forecast.tasks import LearntTasks, TrueTasks, moved, past_tasks, typical

MONDAY = 19_513
HOURS = 24
CALENDAR = Calendar(3600.0, HOURS, MONDAY)
SHORT_DAYS = Calendar(5.0, HOURS, MONDAY)
CAR = Task("car", 0, 18, 31, 10.0, max_power_w=7.0)
WASH = Task("wash", 0, 2, 10, 3.0, "profile", profile_w=(2.0, 1.0))


class Feed(OfflineFeed):
    def __init__(self, tasks_of_day):
        nothing = constant(0.0)
        super().__init__(nothing, nothing, nothing, nothing, lambda day: on(day, *tasks_of_day(day - MONDAY)))


class LiveFeed(Feed):
    live = True


def on(day, *tasks):
    return tuple(moved(task, (day - MONDAY) * HOURS) for task in tasks)


def working_days(day):
    return (CAR, WASH) if day % 7 < 5 else (WASH,)


def on_friday_and_monday(day):
    return (WASH,) if day in (-3, 0) else ()


def learnt(tasks_of_day, days=20, calendar=CALENDAR):
    return LearntTasks(calendar, past_tasks(Feed(tasks_of_day), calendar, days))


def at(hour, *tasks, ticks_left=1000):
    now = tuple(OpenTask(task, task.energy_j) for task in tasks)
    return seen(tick=CALENDAR.tick(hour), tasks=now, ticks_left=ticks_left)


def whens(tasks):
    return [(task.name, task.known_from, task.start, task.end) for task in tasks]


def test_what_comes_on_working_days_is_expected_on_working_days():
    expected = whens(learnt(working_days).expect(at(0), 7 * HOURS))
    assert [known_from // HOURS for name, known_from, *_ in expected if name == "car"] == [1, 2, 3, 4]
    assert [known_from // HOURS for name, known_from, *_ in expected if name == "wash"] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("ticks", "names"), [(24, []), (26, []), (27, ["wash"]), (42, ["wash"]), (43, ["car", "wash"])]
)
def test_a_task_is_expected_as_soon_as_the_horizon_sees_its_first_tick(ticks, names):
    assert sorted(task.name for task in learnt(working_days).expect(at(0), ticks)) == names


def test_todays_tasks_are_never_expected():
    assert learnt(working_days).expect(at(0), HOURS) == ()
    assert [task.known_from for task in learnt(working_days).expect(at(23), HOURS)] == [HOURS, HOURS]


def test_what_would_end_after_the_run_is_not_expected():
    assert [task.name for task in learnt(working_days).expect(at(0, ticks_left=2 * HOURS), 48)] == ["wash"]


@pytest.mark.parametrize(("weeks", "names"), [((-7,), []), ((-7, -14), ["wash"]), ((-14, -21, -28), ["wash"])])
def test_a_task_is_expected_where_it_came_on_half_of_such_days_or_more(weeks, names):
    habits = learnt(lambda day: (WASH,) if day - 1 in weeks else (), days=28)
    assert [task.name for task in habits.expect(at(0), 2 * HOURS)] == names


def test_where_no_such_weekday_is_known_all_days_count():
    assert [task.name for task in learnt(working_days, days=3).expect(at(0, WASH), 2 * HOURS)] == ["wash"]
    assert learnt(on_friday_and_monday, days=5).expect(at(0), 2 * HOURS) == ()


def test_days_of_another_length_have_no_weekdays():
    habits = learnt(lambda day: (CAR, WASH) if day % 7 == 1 else (WASH,), calendar=SHORT_DAYS)
    assert [task.name for task in habits.expect(at(0), 2 * HOURS)] == ["wash"]


def test_a_live_feed_teaches_as_it_goes():
    habits = LearntTasks(CALENDAR, past_tasks(LiveFeed(working_days), CALENDAR, 20))
    assert habits.expect(at(0), 2 * HOURS) == ()
    told_late = habits.expect(at(5, WASH), 2 * HOURS)
    assert whens(told_late) == whens(on(MONDAY + 1, WASH) + on(MONDAY + 2, WASH))


def test_what_came_four_weeks_ago_is_forgotten():
    habits = learnt(lambda day: (CAR,) if day < 0 else (), days=28)
    for day in range(28):
        habits.expect(at(day * HOURS), 1)
    assert habits.expect(at(28 * HOURS), 2 * HOURS) == ()


def test_of_tasks_that_vary_a_real_one_near_their_mean_is_expected():
    some = [Task("some", 0, *each) for each in ((0, 6, 9.0), (4, 12, 10.0), (8, 20, 14.0))]
    assert typical(some) == some[1]


def test_a_task_of_a_name_that_comes_at_any_time_is_not_expected():
    def any_time(day):
        start = 7 * day % 20
        return (Task("some", 0, start, start + 3, 9.0),)

    def about_six(day):
        return (Task("some", 0, 5 + day % 2, 13 + day % 3, 9.0),)

    assert learnt(any_time, calendar=SHORT_DAYS).expect(at(0), 2 * HOURS) == ()
    assert len(learnt(about_six, calendar=SHORT_DAYS).expect(at(0), 2 * HOURS)) == 1


def test_memory_survives_a_checkpoint_in_plain_json():
    habits, other = learnt(lambda day: (replace(CAR, max_power_w=math.inf), WASH)), LearntTasks(CALENDAR, {})
    habits.expect(at(0, WASH), HOURS)
    other.restore(json.loads(json.dumps(habits.state())))
    assert other.state() == habits.state()
    assert other.expect(at(0), 7 * HOURS) == habits.expect(at(0), 7 * HOURS)
    assert len(habits.state()["kinds"]) == 2


def test_perfect_foresight_knows_what_comes_and_nothing_of_what_has_come():
    truth = TrueTasks(Feed(on_friday_and_monday), CALENDAR)
    assert truth.expect(at(0), 7 * HOURS) == ()
    assert whens(truth.expect(at(-4 * HOURS), 5 * HOURS)) == whens(on(MONDAY - 3, WASH) + on(MONDAY, WASH))


def test_expected_tasks_stand_behind_the_open_ones_and_are_marked():
    posed = jobs(at(20, *on(MONDAY, CAR)), on(MONDAY + 1, WASH), HOURS, TICK_S)
    assert [(job.name, job.first, job.announced) for job in posed] == [("car", 0, True), ("wash", 6, False)]


@pytest.mark.parametrize(("horizon", "names"), [(31, []), (32, ["car"]), (48, ["car"])])
def test_an_expected_task_that_may_wait_beyond_the_horizon_binds_no_plan(horizon, names):
    task = Task("car", HOURS, HOURS + 2, HOURS + 10, 3.0 * TICK_S, max_power_w=1.0)
    assert [task.name for task in binding(at(0), (task,), horizon, TICK_S)] == names


NIGHT_AND_DAY = np.array([[0.1, 0.05, 1.0, 0.0]] * 6 + [[0.5, 0.4, 1.0, 0.0]] * 6)


def test_a_plan_that_foresees_a_task_keeps_what_it_needs_and_the_record_tells_of_open_tasks_only():
    trace = np.vstack([NIGHT_AND_DAY, NIGHT_AND_DAY[::-1]])
    world = World(trace, (Task("wash", 12, 12, 14, 20.0),), ticks_per_day=12)
    records = world.run(world.planned())
    assert world.net_cost(records) == pytest.approx(world.net_cost(world.run(world.oracle())), rel=1e-6)
    assert [record.tick for record in records if record.tasks] == [12]
    assert not any(record.violations for record in records)


def test_an_expected_task_that_cannot_be_served_breaks_no_deadline_yet():
    world = World(np.tile(NIGHT_AND_DAY, (2, 1)), (Task("car", 12, 12, 14, 1e3, max_power_w=2.0),), ticks_per_day=12)
    told = [record.tick for record in world.run(world.planned()) if record.violations]
    assert min(told) == 12

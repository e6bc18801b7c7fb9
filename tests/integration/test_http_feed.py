"""The HTTP feed against a real server on the loopback that can misbehave in every way of the issue."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from course_server import (
    DAY,
    DRIPPING_S,
    YESTERDAY,
    CourseServer,
    answers_together,
    drips,
    hangs_up,
    late,
    says,
    serving,
)
from msgspec.structs import astuple

from twin.errors import FeedError, ScenarioError
from twin.facts import Calendar, Outside, Task
from twin.feeds.http import HttpFeed

HINT = Calendar(5.0, 60, 0)


@pytest.fixture
def server() -> Iterator[CourseServer]:
    with serving(CourseServer()) as server:
        yield server


@pytest.fixture
def feed(server) -> Iterator[HttpFeed]:
    with closing(HttpFeed(HINT, server.url, 0.5, 0.5)) as feed:
        yield feed


@pytest.fixture
def found(server, feed) -> HttpFeed:
    feed.find()
    server.asked.clear()
    return feed


def at_seven(held: bool = False) -> Outside:
    return Outside(0.4, 1.25, pytest.approx(0.37), pytest.approx(0.15), held)


def test_the_server_tells_day_and_tick(feed):
    assert feed.find() == Calendar(5.0, 60, DAY)
    assert feed.at(7) == at_seven()
    assert feed.live


def test_a_tick_is_asked_for_once(server, found):
    server.tick = 8
    assert found.at(8) == found.at(8)
    assert sorted(server.asked) == ["/demand", "/price", "/sun"]


def test_all_requests_of_a_tick_run_at_once(server, found):
    server.tick = 8
    server.replies = dict.fromkeys(["/sun", "/price", "/demand"], answers_together(threading.Barrier(3)))
    assert not found.at(8).held


def test_tasks_and_yesterday_are_read_at_the_start(found):
    assert found.tasks(DAY) == (Task("task1", 0, 0, 59, 50.0), Task("task2", 0, 40, 59, 20.5))
    rows = found.values(-60, 0)
    assert np.isnan(rows[:, 0]).all()
    assert rows[10, 1:] == pytest.approx([1.0, 0.30, 0.10])


def test_a_new_day_brings_new_tasks_and_a_new_yesterday(server, found):
    server.turn_to(DAY + 1, 0)
    assert not found.at(60).held
    assert sorted(server.asked[-2:]) == ["/deferables", "/yesterday"]
    assert found.tasks(DAY + 1)[0] == Task("task1", 60, 60, 119, 50.0)
    assert found.values(0, 60).shape == (60, 4)
    assert found.tasks(DAY) == ()


def test_tasks_may_be_asked_for_before_the_tick(server, found):
    server.turn_to(DAY + 1, 0)
    assert len(found.tasks(DAY + 1)) == 2


@pytest.mark.parametrize("page", ["/deferables", "/yesterday"])
def test_a_failed_page_of_the_day_is_asked_for_again(server, found, page):
    server.turn_to(DAY + 1, 0)
    server.replies[page] = says("<html>", 503)
    assert not found.at(60).held
    assert page in found.last_fault
    assert found.tasks(DAY + 1) == ()
    server.replies.clear()
    server.tick = 1
    found.at(61)
    assert (len(found.tasks(DAY + 1)), found.last_fault) == (2, None)


@pytest.mark.parametrize("span", [(-61, 0), (-1, 1), (-120, -60), (5, 6)])
def test_only_yesterday_is_history(found, span):
    with pytest.raises(ScenarioError, match="only yesterday, ticks -60 to 0, is available"):
        found.values(*span)


def test_future_and_past_ticks_are_refused(found):
    with pytest.raises(FeedError, match=r"the server is at tick 7 .*; wanted tick 9"):
        found.at(9)
    with pytest.raises(FeedError, match="tick 6 was asked for; only 7 is present"):
        found.at(6)


MISBEHAVIOURS = {
    "html": (says("<html><body>Service down</body></html>"), "Invalid JSON.*<html>"),
    "garbage": (says('{"day": 5, "tick"'), "Invalid JSON"),
    "binary": (says(b"\xff\x00\xfe"), "Invalid JSON"),
    "deep": (says("[" * 100_000), "Invalid JSON"),
    "empty": (says(""), "Invalid JSON"),
    "wrong keys": (says('{"a": 1}'), "Field required"),
    "a list": (says("[]"), "should be an object"),
    "status": (says("{}", 500), "HTTP status 500"),
    "redirect": (says("", 302), "HTTP status 302"),
    "huge": (says(" " * 1_100_000), "over 1 MB"),
    "late": (late(1.5), "no answer within"),
    "dripping": (drips, "no answer within"),
    "hung up": (hangs_up, "disconnected"),
}
NONSENSE = {
    "NaN": '{"day": %d, "tick": %d, "demand": NaN}',
    "infinite": '{"day": %d, "tick": %d, "demand": 1e999}',
    "negative": '{"day": %d, "tick": %d, "demand": -0.1}',
    "text": '{"day": %d, "tick": %d, "demand": "1.0"}',
    "null": '{"day": %d, "tick": %d, "demand": null}',
    "truth": '{"day": %d, "tick": %d, "demand": true}',
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
@pytest.mark.parametrize("page", ["/price", "/demand"])
def test_a_server_that_misbehaves_at_the_start_is_one_clear_error(server, feed, name, page):
    server.replies[page], fault = MISBEHAVIOURS[name]
    with pytest.raises(FeedError, match=rf"{server.url}{page}: .*{fault}"):
        feed.find()


@pytest.mark.parametrize("name", MISBEHAVIOURS)
@pytest.mark.parametrize("page", ["/sun", "/price", "/demand"])
def test_a_server_that_misbehaves_later_is_held_then_followed_again(server, found, name, page):
    server.tick = 8
    server.replies[page] = MISBEHAVIOURS[name][0]
    began_s = time.monotonic()
    assert found.at(8) == at_seven(held=True)
    assert time.monotonic() - began_s < DRIPPING_S / 2.0
    assert found.last_fault.startswith(f"{server.url}{page}: ")
    server.replies.clear()
    server.tick = 9
    assert found.at(9).import_price == pytest.approx(0.39)
    assert (found.at(9).held, found.last_fault) == (False, None)


@pytest.mark.parametrize("name", NONSENSE)
def test_a_demand_that_cannot_be_is_not_believed(server, found, caplog, name):
    server.tick = 8
    server.replies["/demand"] = says(NONSENSE[name] % (DAY, 8))
    with caplog.at_level(logging.WARNING):
        assert found.at(8) == at_seven(held=True)
    assert "/demand: demand: " in caplog.text


@pytest.mark.parametrize("sun", ["-1", "100.5", "NaN"])
def test_a_sun_outside_0_to_100_percent_is_not_believed(server, found, sun):
    server.tick = 8
    server.replies["/sun"] = says(f'{{"tick": 8, "sun": {sun}}}')
    assert found.at(8).held


@pytest.mark.parametrize(
    ("page", "answer", "fault"),
    [
        ("/deferables", {"a": 1}, "valid array"),
        ("/deferables", [{"start": 5, "end": 5, "energy": 1.0}], "window 5 to 5 is empty"),
        ("/deferables", [{"start": 5, "end": 9, "energy": -1.0}], "0.energy: Input should be greater"),
        ("/yesterday", YESTERDAY[1:], "59 rows; ticks 0 to 59 in order"),
        ("/yesterday", YESTERDAY[::-1], "60 rows; ticks 0 to 59 in order"),
        ("/price", {"day": DAY, "tick": 60, "sell_price": 1, "buy_price": 1}, "tick 60; below 60"),
    ],
)
def test_wrong_facts_at_the_start_are_one_clear_error(server, feed, page, answer, fault):
    server.replies[page] = says(json.dumps(answer))
    with pytest.raises(FeedError, match=f"{page}: .*{fault}"):
        feed.find()


def test_negative_prices_are_believed(server, found):
    server.tick = 8
    server.replies["/price"] = says(json.dumps({"day": DAY, "tick": 8, "sell_price": -5, "buy_price": -6}))
    assert astuple(found.at(8))[2:] == (-0.05, -0.06, False)


def test_a_server_that_is_down_at_the_start_is_one_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with closing(HttpFeed(HINT, url, 0.2, 0.2)) as feed, pytest.raises(FeedError, match=f"{url}/price: "):
        feed.find()


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://[::1"])
def test_an_address_that_cannot_be_is_one_clear_error(url):
    with pytest.raises(ScenarioError, match="is not an address; for example"):
        HttpFeed(HINT, url, 0.2, 0.2)


def test_a_server_that_dies_is_held_without_waiting(server, found):
    server.shutdown()
    server.server_close()
    began_s = time.monotonic()
    assert found.at(8) == at_seven(held=True)
    assert time.monotonic() - began_s < 0.4


def test_an_older_tick_is_asked_again_until_it_is_the_right_one(server, found):
    threading.Timer(0.15, lambda: server.turn_to(DAY, 8)).start()
    assert not found.at(8).held
    assert server.asked.count("/price") > 1


def test_a_tick_that_stays_wrong_is_held(found):
    assert found.at(8) == at_seven(held=True)
    assert "the server is at tick 7 (day 5727101, tick 7); wanted tick 8" in found.last_fault


def test_a_tick_that_is_over_is_held_at_once(server, found):
    server.tick = 9
    assert found.at(8).held
    assert server.asked.count("/price") == 1


def test_pages_of_different_ticks_are_not_mixed(server, found):
    server.tick = 8
    server.replies["/sun"] = says('{"tick": 7, "sun": 3}')
    assert found.at(8).held
    assert "one tick on all pages" in found.last_fault


def test_without_any_answer_there_is_nothing_to_hold(server, feed):
    server.replies["/sun"] = hangs_up
    with pytest.raises(FeedError, match="/sun"):
        feed.at(7)


def test_a_resumed_run_keeps_its_calendar(server):
    calendar = Calendar(5.0, 60, DAY - 2)
    with closing(HttpFeed(calendar, server.url, 0.5, 0.5)) as feed:
        assert feed.at(127) == at_seven()
        assert feed.tasks(DAY)[0].start == 120


def test_the_servers_clock_is_found_by_watching_it(server):
    began_s = time.monotonic()
    threading.Timer(0.3, lambda: server.turn_to(DAY, 8)).start()
    with closing(HttpFeed(Calendar(1.0, 60, DAY), server.url, 0.5, 0.5)) as feed:
        tick, left_s = feed.server_clock()
    assert tick == 8
    assert time.monotonic() + left_s == pytest.approx(began_s + 1.3, abs=0.2)


def test_a_clock_that_stands_still_is_an_error(server):
    feed = HttpFeed(Calendar(0.1, 60, DAY), server.url, 1.0, 1.0)
    with closing(feed), pytest.raises(FeedError, match="its tick stays at 7"):
        feed.server_clock()

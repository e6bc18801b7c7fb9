"""A run that is under way: followed until one looks elsewhere, and shown in lines that stay where they are."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import Tab, dashboard
from selenium.webdriver.common.keys import Keys

from twin.facts import Record
from twin.runs import RunStore, open_store
from twin.scenario.launch import new_book, prepare
from twin.scenario.request import Request

pytestmark = pytest.mark.slow
LAST = "return dash_component_api.getLayout('live-tick').props.max"


class Growing:
    """A run of which ticks are recorded when the test says so."""

    def __init__(self, store: RunStore) -> None:
        start = prepare(Request("lab_day").load())
        policy = start.policy("rule")
        self._store = store
        self._records: Iterator[Record] = start.blueprint.microgrid(policy).records()
        self.ticks = 0
        self.run = new_book(store, start, policy).run

    def grow(self, ticks: int) -> None:
        self.ticks += ticks
        self._store.append(self.run, [next(self._records) for _ in range(ticks)], [], {})


@pytest.fixture
def live(tab: Tab, tmp_path: Path) -> Iterator[tuple[Tab, Growing]]:
    """The live page of a run of twenty ticks, which it follows."""
    with open_store(str(tmp_path / "runs.sqlite")) as store, dashboard(tmp_path / "runs.sqlite") as url:
        run = Growing(store)
        run.grow(20)
        tab.open(f"{url}/live?run={run.run}", "#used .main-svg")
        assert follows(tab)
        yield tab, run


def follows(tab: Tab) -> bool:
    return bool(tab.driver.execute_script("return document.getElementById('live-follow').checked"))


def grown(tab: Tab, run: Growing) -> None:
    """More ticks, which the page has seen."""
    run.grow(5)
    tab.until(lambda: tab.driver.execute_script(LAST) == run.ticks - 1)
    tab.settle()


def back(tab: Tab) -> None:
    tab.click("#live-back")


def slide(tab: Tab) -> None:
    tab.focus("[role=slider]")
    tab.press(Keys.ARROW_LEFT)


def log(tab: Tab) -> None:
    tab.driver.execute_script("document.querySelector('#live-log button[data-tick=\"18\"]').click()")


@pytest.mark.parametrize("look", [back, slide, log])
def test_a_look_at_another_tick_ends_the_following(live: tuple[Tab, Growing], look: Callable[[Tab], None]) -> None:
    tab, run = live
    look(tab)
    tab.says("#live-when", "tick 18 ")
    tab.until(lambda: not follows(tab))
    grown(tab, run)
    assert "tick 18 " in tab.find("#live-when").text
    tab.shot("following-ended")
    tab.click("label[for=live-follow]")
    tab.says("#live-when", "tick 24 ")
    run.grow(5)
    tab.says("#live-when", "tick 29 ")


def test_playing_ends_the_following_and_goes_on_from_where_it_began(live: tuple[Tab, Growing]) -> None:
    tab, run = live
    for tick in (18, 17, 16):
        tab.click("#live-back")
        tab.says("#live-when", f"tick {tick} ")
    run.grow(5)
    tab.click("#live-play")
    tab.until(lambda: "tick 16 " not in tab.find("#live-when").text)
    assert not follows(tab)
    assert "tick 24 " not in tab.find("#live-when").text


def test_cancel_keeps_the_focus_while_the_run_goes_on(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_month")
    tab.click("#start:not([disabled])")
    tab.says("#under-way", "of 1,800 ticks")
    tab.find("#under-way button")
    tab.settle()
    tab.focus("#under-way button")
    seen = {tab.find("#under-way .number").text}
    tab.until(lambda: seen.add(tab.find("#under-way .number").text) or len(seen) > 3)
    assert tab.has_focus("#under-way button")
    tab.press(Keys.ENTER)
    tab.says("#runs .ag-row [col-id=state]", "interrupted at")


def test_a_running_run_is_not_offered_for_deletion(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_month")
    tab.click("#start:not([disabled])")
    tab.says("#runs .ag-row [col-id=state]", "running")
    tab.click("#runs .ag-row .ag-checkbox-input-wrapper")
    tab.find("#runs .ag-row-selected")
    tab.settle()
    assert tab.all("#delete[disabled]")
    tab.click("#under-way button")
    tab.find("#delete:not([disabled])")

"""The app without a mouse."""

import pytest
from browsing import Tab
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.slow
PLACES = {
    "/": ["#edit", "#open-start", "#runs-filter", "#runs-save"],
    "/live": [".run-field input", ".choice input", "#live-play", "#live-back", "#live-on", "[role=slider]"],
    "/editor": [".mantine-Select-input", "#editor-name", "#editor-save", "#editor-start", "#editor-text"],
}
"""The stops of the Tab key after the title, in their order."""


@pytest.mark.parametrize("path", PLACES)
def test_tab_stops_at_everything_in_order_and_shows_where(tab: Tab, one_run: str, path: str) -> None:
    tab.open(one_run + path)
    tab.press(Keys.TAB)
    assert tab.has_focus(".skip")
    tab.press(Keys.ENTER)
    for place in PLACES[path]:
        tab.press(Keys.TAB)
        assert tab.has_focus(place), place
        assert "solid 2px" in tab.ring(), place


def test_a_run_is_selected_by_space_opened_by_enter_and_left_by_tab(tab: Tab, one_run: str) -> None:
    tab.open(one_run, ".ag-row")
    tab.focus(".ag-header-cell[col-id=started]")
    tab.press(Keys.TAB)
    tab.press(Keys.SPACE)
    tab.find("#delete:not([disabled])")
    tab.press(Keys.TAB)
    assert not tab.has_focus("#runs *")
    tab.click(".ag-row [col-id=scenario]")
    tab.press(Keys.ENTER)
    tab.until(lambda: "/live?run=1" in tab.driver.current_url)


def test_a_dialog_keeps_the_focus_and_gives_it_back(tab: Tab, one_run: str) -> None:
    tab.open(one_run, ".ag-row")
    tab.focus("#open-start")
    tab.press(Keys.ENTER)
    tab.until(lambda: tab.has_focus("#start-scenario"))
    for _ in range(7):
        tab.press(Keys.TAB)
        assert tab.has_focus(".mantine-Modal-content *")
    tab.focus("#start-days")
    tab.press(Keys.ESCAPE)
    tab.until(lambda: tab.has_focus("#open-start"))


def test_enter_in_a_field_starts_the_run(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_day")
    tab.write("#start-policy", "rule")
    tab.write("#start-days", "2")
    tab.find("#start:not([disabled])")
    tab.press(Keys.ENTER)
    tab.says("#runs .ag-row [col-id=state]", "done")


def test_the_bell_is_opened_and_left_by_keys(tab: Tab, one_run: str) -> None:
    tab.open(f"{one_run}/live?run=1", "#bell button")
    tab.focus("#bell button")
    tab.press(Keys.ENTER)
    tab.find(".alerts")
    tab.press(Keys.ESCAPE)
    tab.until(lambda: tab.has_focus("#bell button"))


def test_ticks_are_chosen_and_played_by_keys(tab: Tab, one_run: str) -> None:
    tab.open(f"{one_run}/live?run=1&tick=20", "#used .main-svg")
    tab.focus("[role=slider]")
    tab.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    tab.says("#live-when", "tick 22 ")
    tab.focus("#live-play")
    tab.press(Keys.SPACE)
    tab.says("#live-play", "Pause")
    tab.until(lambda: "tick 22 " not in tab.find("#live-when").text)
    tab.press(Keys.SPACE)
    tab.says("#live-play", "Play")


def test_the_trade_log_is_one_stop_with_arrows_inside(tab: Tab, one_run: str) -> None:
    tab.open(f"{one_run}/live?run=1&tick=3", "#live-log")
    tab.focus("#live-log [role=region]")
    tab.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    first = tab.find("#live-log button[data-tick]").text
    tab.press(Keys.ENTER)
    tab.says("#live-when", f"tick {first} ")


def test_a_field_keeps_the_focus_when_it_draws_the_page_anew(tab: Tab, one_run: str) -> None:
    tab.open(f"{one_run}/consumption?run=1", "#energy .main-svg")
    tab.focus(".choice input:checked")
    tab.press(Keys.ARROW_RIGHT)
    tab.until(lambda: "days=30" in tab.driver.current_url)
    tab.until(lambda: tab.has_focus(".choice input:checked"))

"""A server that is gone: said on the page, which keeps what it shows and goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import DESKTOP, PHONE, Tab, dashboard
from selenium.webdriver.common.by import By

from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.launch import new_book, prepare
from twin.scenario.request import Request

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A day that is done."""
    with open_store(str(tmp_path / "runs.sqlite")) as opened:
        simulate("lab_day", "milp:mean5", store=opened)
    return tmp_path / "runs.sqlite"


@contextmanager
def served(store: Path, port: str = "0") -> Iterator[str]:
    with dashboard(store, "--port", port) as url:
        yield url


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_server_that_is_gone_is_told_until_it_is_back(tab: Tab, store: Path, size: tuple[int, int]) -> None:
    tab.resize(size)
    with served(store) as url:
        tab.open(f"{url}/live?run=1&tick=20", "#used .main-svg")
        assert not tab.find("#live-when").text.startswith("No answer")
        assert not tab.driver.find_element(By.ID, "connection").is_displayed()
    tab.says("#connection", "No answer from the server since")
    tab.shot(f"gone-{size[0]}")
    assert tab.find("#used .main-svg")
    assert tab.overflow() == 0
    with served(store, str(urlsplit(url).port)):
        tab.until(lambda: not tab.driver.find_element(By.ID, "connection").is_displayed())
        tab.click("#live-on")
        tab.says("#live-when", "tick 21 ")


def test_a_page_that_was_clicked_to_in_vain_comes_with_the_server(tab: Tab, store: Path) -> None:
    with served(store) as url:
        tab.open(f"{url}/live?run=1", "#used .main-svg")
    tab.says("#connection", "No answer from the server since")
    tab.click("#navigation a[href^='/finance']")
    tab.until(lambda: "/finance" in tab.driver.current_url)
    with served(store, str(urlsplit(url).port)):
        tab.says(".page h1", "Finance")


def test_a_run_that_is_followed_is_followed_again(tab: Tab, store: Path) -> None:
    with open_store(str(store)) as opened:
        start = prepare(Request("lab_day").load())
        book = new_book(opened, start, start.policy("rule"))
        records = list(start.blueprint.microgrid(start.policy("rule")).records())
        opened.append(book.run, records[:20], [], {})
        with served(store) as url:
            tab.open(f"{url}/live?run={book.run}", "#used .main-svg")
            tab.says("#live-when", "tick 19 ")
        tab.says("#connection", "No answer from the server since")
        assert not tab.driver.find_element(By.ID, "live-state").is_displayed()
        opened.append(book.run, records[20:30], [], {})
        with served(store, str(urlsplit(url).port)):
            tab.says("#live-when", "tick 29 ")

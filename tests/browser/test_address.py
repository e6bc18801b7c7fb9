"""The page's address says what is seen, so that a link shows the same to whoever opens it, whenever."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from browsing import Tab, dashboard

from twin.runs import open_store
from twin.scenario import simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over two days under two policies."""
    path = tmp_path_factory.mktemp("two") / "runs.sqlite"
    with open_store(str(path)) as store:
        for policy in ("rule", "milp:mean5"):
            simulate("lab_day", policy, sets=["days=2"], store=store)
    with dashboard(path) as url:
        yield url


def said(tab: Tab) -> dict[str, str]:
    """What the address says."""
    return dict(parse_qsl(urlsplit(tab.driver.current_url).query))


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("live", {"run": "2", "days": "1", "tick": "119", "series": "import_price"}),
        ("consumption", {"run": "2", "days": "7"}),
        ("finance", {"run": "2", "days": "7"}),
        ("compare", {"runs": "1,2"}),
        ("forecasts", {"run": "2", "series": "import_price", "ahead": "1", "days": "1"}),
        ("hardware", {"run": "2", "days": "1"}),
        ("editor", {"scenario": "lab_day"}),
    ],
)
def test_an_address_says_what_was_shown_without_being_asked_for(
    tab: Tab, two_runs: str, page: str, shown: dict[str, str]
) -> None:
    tab.open(f"{two_runs}/{page}")
    tab.until(lambda: said(tab) == shown)
    assert tab.complaints() == []


def test_a_link_shows_the_same_when_there_are_newer_runs(tab: Tab, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store, dashboard(tmp_path / "runs.sqlite") as url:
        simulate("lab_day", "rule", store=store)
        tab.open(f"{url}/finance")
        tab.until(lambda: said(tab)["run"] == "1")
        simulate("lab_day", "rule", store=store)
        tab.open(tab.driver.current_url, "#cost .main-svg")
        assert said(tab)["run"] == "1"
        assert tab.find(".run-field input").get_attribute("value") == "1 · lab_day · rule"


def test_the_other_pages_stay_with_the_run_that_is_shown(tab: Tab, two_runs: str) -> None:
    tab.open(f"{two_runs}/finance")
    tab.click("#navigation a[href='/consumption?run=2']")
    tab.until(lambda: said(tab) == {"run": "2", "days": "7"})
    tab.click("#navigation a[href='/consumption?run=2']")
    tab.until(lambda: said(tab) == {"run": "2", "days": "7"})
    tab.driver.back()
    tab.driver.back()
    tab.until(lambda: "/finance?run=2&days=7" in tab.driver.current_url)


def test_what_an_address_asks_in_vain_is_told_until_something_else_is_chosen(tab: Tab, two_runs: str) -> None:
    tab.open(f"{two_runs}/consumption?run=2&days=abc", "#energy .main-svg")
    tab.says("#minded", "address: days=abc; 1, 3, 7, 30 or 90 is wanted, this shows 7")
    tab.shot("address-in-vain")
    tab.click(".choice label:first-of-type")
    tab.until(lambda: said(tab) == {"run": "2", "days": "1"} and not tab.all("#minded"))
    assert tab.complaints() == []

"""What an interaction costs, as far as that can be counted, and what of a page it leaves as it was."""

from collections.abc import Iterator

import pytest
from browsing import PHONE, Tab, dashboard
from selenium.webdriver.common.keys import Keys

from twin.runs import open_store
from twin.scenario import simulate

pytestmark = pytest.mark.slow
RANGE = ".mantine-SegmentedControl-control:nth-of-type({})"
OPTION = "[role=option]:not([aria-selected=true])"
ASKED = "return performance.getEntriesByType('resource').filter(one => one.name.includes('_dash-update-component'))"
KB = 1000


@pytest.fixture(scope="module")
def nine_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over nine days under two policies."""
    path = tmp_path_factory.mktemp("nine") / "runs.sqlite"
    with open_store(str(path)) as store:
        for policy in ("rule", "milp:persistence", "milp:mean5"):
            simulate("lab_day", policy, sets=["days=9"], store=store)
    with dashboard(path) as url:
        yield url


def asked(tab: Tab) -> tuple[int, int]:
    """How often the page has asked the server since its last visit here, and how many bytes came back."""
    tab.settle()
    answers = tab.driver.execute_script(f"{ASKED}.map(one => one.decodedBodySize)")
    tab.driver.execute_script("performance.clearResourceTimings()")
    return len(answers), sum(answers)


@pytest.mark.parametrize(
    ("path", "before", "field", "requests", "most_bytes"),
    [
        ("/live?run=2&tick=430", None, "[aria-label='Light or dark']", 0, 0),
        ("/live?run=2&tick=430", None, "#live-on", 1, 20 * KB),
        ("/live?run=2&tick=430", None, "#live-series " + RANGE.format(3), 1, 10 * KB),
        ("/live?run=2&tick=479", None, "#live-on", 1, 80 * KB),
        ("/live?run=2&tick=430", None, RANGE.format(2), 1, 150 * KB),
        ("/consumption?run=2&days=7", None, RANGE.format(2), 1, 15 * KB),
        ("/finance?run=2&days=7", ".run-field input", OPTION, 2, 20 * KB),
        ("/compare?runs=1,2", ".runs-field input", OPTION, 1, 150 * KB),
    ],
)
def test_an_interaction_asks_the_server_no_more_than_it_must(
    tab: Tab, nine_days: str, path: str, before: str | None, field: str, requests: int, most_bytes: int
) -> None:
    tab.open(nine_days + path, ".main-svg")
    if before:
        tab.click(before)
    told = tab.driver.current_url
    asked(tab)
    tab.click(field)
    if requests:
        tab.until(lambda: tab.driver.current_url != told)
    count, size = asked(tab)
    assert count == requests
    assert size <= most_bytes
    assert tab.complaints() == []


@pytest.mark.parametrize("path", ["/live", "/finance", "/compare", "/forecasts?days=8"])
def test_a_page_is_asked_for_once_and_its_bell_too(tab: Tab, nine_days: str, path: str) -> None:
    tab.open(nine_days + path, ".page .panel")
    tab.until(lambda: "run" in tab.driver.current_url and tab.all("#bell button"))
    assert asked(tab)[0] == 2


def days_drawn(tab: Tab) -> int:
    return int(tab.driver.execute_script("return document.querySelector('#energy .js-plotly-plot').data[0].x.length"))


def days_chosen(tab: Tab) -> str:
    return str(tab.driver.execute_script("return document.querySelector('.choice input:checked').value"))


def test_another_range_leaves_the_figures_and_the_focus_where_they_are(tab: Tab, nine_days: str) -> None:
    tab.open(f"{nine_days}/consumption?run=2&days=7", "#energy .main-svg")
    tab.driver.execute_script("document.querySelector('#energy .js-plotly-plot').dataset.kept = 'yes'")
    tab.driver.execute_script("document.querySelector('.choice input:checked').focus()")
    tab.driver.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    tab.until(lambda: days_drawn(tab) == 3)
    assert tab.all("#energy .js-plotly-plot[data-kept=yes]")
    assert tab.driver.switch_to.active_element.get_attribute("value") == "3"


LAST = "[...document.querySelectorAll('.js-plotly-plot')].at(-1)"


def test_a_figure_out_of_sight_is_drawn_when_it_is_scrolled_to(tab: Tab, nine_days: str) -> None:
    tab.resize(PHONE)
    tab.open(f"{nine_days}/consumption?run=2&days=7", "#energy .main-svg")
    panels = len(tab.all(".figure"))
    tab.until(lambda: len(tab.all(".figure .js-plotly-plot")) == panels)
    tab.driver.execute_script("window.requestIdleCallback = () => 0")
    drawn = tab.driver.execute_script(f"return {LAST}.data[0].x.length")
    tab.click(RANGE.format(2))
    tab.until(lambda: days_drawn(tab) == 3)
    assert tab.driver.execute_script(f"return {LAST}.data[0].x.length") == drawn
    tab.driver.execute_script(f"{LAST}.scrollIntoView()")
    tab.until(lambda: tab.driver.execute_script(f"return {LAST}.data[0].x.length") < drawn)


def test_back_leads_to_the_range_before(tab: Tab, nine_days: str) -> None:
    tab.open(f"{nine_days}/consumption?run=2&days=7", "#energy .main-svg")
    tab.click(RANGE.format(2))
    tab.until(lambda: days_drawn(tab) == 3)
    tab.driver.back()
    tab.until(lambda: (days_drawn(tab), days_chosen(tab)) == (7, "7"))
    assert tab.driver.current_url.endswith("days=7")

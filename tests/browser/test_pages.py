"""Every page but the home page, as a person at a desk or with a phone meets it, by day and by night."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from board_store import write_board_run
from browsing import DESKTOP, PHONE, Tab, dashboard
from two_of_each import written

from twin.runs import open_store
from twin.scenario import simulate

pytestmark = pytest.mark.slow
PAGES = {
    "live": "/live?run=2&tick=430",
    "live-rule": "/live?run=1&tick=430",
    "consumption": "/consumption?run=2&days=7",
    "finance": "/finance?run=2&days=30",
    "compare": "/compare?runs=1,2,3",
    "forecasts": "/forecasts?run=5&series=demand_w&ahead=6",
    "hardware": "/hardware?run=5",
}


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over nine days under three policies, and a day with boards."""
    path = tmp_path_factory.mktemp("pages") / "runs.sqlite"
    with open_store(str(path)) as store:
        for policy in ("rule", "milp:persistence", "oracle"):
            simulate("lab_day", policy, sets=["days=9"], store=store)
    write_board_run(path)
    with dashboard(path) as url:
        yield url


def look(tab: Tab, theme: str) -> None:
    tab.driver.execute_script("localStorage.setItem('mantine-color-scheme-value', arguments[0])", theme)


def plot(tab: Tab, name: str, told: str) -> Any:
    """What the browser says of a figure."""
    return tab.driver.execute_script(f"return document.querySelector('#{name} .js-plotly-plot').{told}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_complaint_or_overflow(
    tab: Tab, looked_at: str, name: str, size: tuple[int, int], theme: str
) -> None:
    tab.resize(size)
    tab.open(looked_at)
    look(tab, theme)
    tab.open(looked_at + PAGES[name], ".panel .main-svg")
    tab.shot(f"{name}-{size[0]}-{theme}")
    assert tab.complaints() == []
    assert tab.overflow() == 0


@pytest.fixture(scope="module")
def many_parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a run with two arrays and two batteries."""
    path = tmp_path_factory.mktemp("parts") / "runs.sqlite"
    with open_store(str(path)) as store:
        simulate(written(path.parent), "rule", store=store)
    with dashboard(path) as url:
        yield url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_each_array_and_storage_is_told_of_where_there_are_several(
    tab: Tab, many_parts: str, size: tuple[int, int], theme: str
) -> None:
    tab.resize(size)
    tab.open(many_parts)
    look(tab, theme)
    tab.open(f"{many_parts}/live?run=1&tick=170", "#power .main-svg")
    tab.shot(f"parts-{size[0]}-{theme}")
    rows = [one.text.split()[0] for one in tab.all("#live-facts tbody tr")]
    assert rows == ["east", "west", "old", "new"]
    boxes = [one.rect for one in tab.all("#power .annotation-text-g")]
    assert not any(overlap(one, other) for number, one in enumerate(boxes) for other in boxes[:number])
    assert (tab.complaints(), tab.overflow()) == ([], 0)
    tab.click("#live-on")
    tab.says("#live-when", "tick 171")
    tab.until(lambda: len(tab.all("#live-facts tbody tr")) == 4)


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two boxes on the screen share a place."""
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    return across and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]


@pytest.mark.parametrize("name", ["live", "consumption", "finance", "compare", "forecasts", "hardware"])
def test_an_empty_store_is_told_with_what_to_do(tab: Tab, nothing: str, name: str) -> None:
    tab.open(f"{nothing}/{name}", ".empty")
    tab.says(".empty", "twin compare lab_day")
    assert tab.complaints() == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/live?run=99", "there is no run 99"),
        ("/compare?runs=1", "Choose two to six runs"),
        ("/compare?runs=1,4", "differ in length"),
        ("/hardware?run=1", "twin run lab_day --hardware virtual"),
        ("/forecasts?run=1", "rule does not forecast"),
    ],
)
def test_what_cannot_be_shown_says_why(tab: Tab, looked_at: str, address: str, told: str) -> None:
    tab.open(looked_at + address)
    tab.says("#main", told)


def test_a_range_is_chosen_and_a_link_shows_the_same(tab: Tab, looked_at: str) -> None:
    tab.open(f"{looked_at}/consumption?run=2", "#energy .main-svg")
    tab.driver.execute_script(
        "[...document.querySelectorAll('.choice label')].find(one => one.innerText === '3 d').click()"
    )
    tab.until(lambda: len(plot(tab, "energy", "data[0].x")) == 3)
    assert tab.driver.current_url.endswith("/consumption?run=2&days=3")
    tab.open(tab.driver.current_url, "#energy .main-svg")
    assert len(plot(tab, "energy", "data[0].x")) == 3


def test_ticks_are_stepped_through_and_the_zoom_is_kept(tab: Tab, looked_at: str) -> None:
    tab.open(f"{looked_at}/live?run=2&tick=430", "#used .main-svg")
    tab.driver.execute_script(
        "Plotly.relayout(document.querySelector('#used .js-plotly-plot'), {'xaxis.range': [425, 445]})"
    )
    tab.click("#live-on")
    tab.says("#live-when", "tick 431")
    tab.until(lambda: plot(tab, "used", "layout.shapes[0].x0") == 431)
    assert plot(tab, "used", "layout.xaxis.range") == [425, 445]
    assert "tick=431" in tab.driver.current_url


def test_ticks_are_played_until_they_are_paused(tab: Tab, looked_at: str) -> None:
    tab.open(f"{looked_at}/live?run=2&tick=10", "#used .main-svg")
    tab.click("#live-play")
    tab.until(lambda: int(tab.find("#live-when").text.split()[1]) >= 13)
    tab.click("#live-play")
    tab.says("#live-play", "Play")


def test_the_log_and_the_bell_lead_to_their_tick(tab: Tab, looked_at: str) -> None:
    tab.open(f"{looked_at}/live?run=5&tick=3", ".to-tick")
    tick = tab.find(".to-tick").text
    tab.click(".to-tick")
    tab.says("#live-when", f"tick {tick} ")
    tab.click("#bell button")
    tab.click(".alerts a[href$='tick=44']")
    tab.says("#live-when", "tick 44 ")


def test_a_figure_is_saved_as_picture_and_as_numbers(tab: Tab, looked_at: str, tmp_path: Path) -> None:
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    tab.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    tab.open(f"{looked_at}/finance?run=2&days=7", "#cost .main-svg")
    for kind in ("png", "svg", "csv"):
        tab.click(f"[data-save={kind}][data-figure=cost]")
        tab.until(lambda kind=kind: (tmp_path / f"finance-cost.{kind}").exists())
    assert (tmp_path / "finance-cost.png").read_bytes().startswith(b"\x89PNG")
    lines = (tmp_path / "finance-cost.csv").read_text().splitlines()
    assert lines[0] == "day of the run,rule [EUR],milp:persistence [EUR]"
    assert len(lines) == 8


def test_a_narrow_figure_tells_its_names_in_lines_that_are_full(tab: Tab, looked_at: str) -> None:
    tab.resize(PHONE)
    tab.open(f"{looked_at}/compare?runs=1,2,3", "#costs .main-svg")
    names = tab.all(".frame:has(#costs) .key span")
    assert [name.text for name in names] == ["rule", "milp:persistence", "oracle"]
    assert len({name.location["y"] for name in names}) == 1
    assert not tab.all("#costs .legend")


def test_a_running_run_is_followed_while_it_goes(tab: Tab, fresh: str, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        simulate("lab_day", "rule", store=store)
    tab.open(f"{fresh}/api/runs", "body")
    tab.driver.execute_script(
        "fetch('/api/runs', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({scenario: 'lab_month', policy: 'milp:mean5'})})"
    )
    tab.until(lambda: _begun(tmp_path / "runs.sqlite"))
    tab.open(f"{fresh}/live?run=2", "#used .main-svg")
    seen = tab.find("#live-when").text
    tab.until(lambda: tab.find("#live-when").text != seen)
    assert "tick=" not in tab.driver.current_url
    assert tab.complaints() == []


def _begun(path: Path) -> bool:
    with open_store(str(path), read_only=True) as store:
        return any(row.id == 2 and row.progress > 5 for row in store.runs())

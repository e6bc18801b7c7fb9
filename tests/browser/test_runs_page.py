import json
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import DESKTOP, PHONE, Tab, dashboard

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("store", ["nothing", "one_run", "many"])
def test_the_home_page_opens_without_complaint_or_overflow(
    tab: Tab, store: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    tab.resize(size)
    tab.open(request.getfixturevalue(store), ".empty" if store == "nothing" else ".ag-row")
    tab.shot(f"runs-{store}-{size[0]}")
    assert tab.complaints() == []
    assert tab.overflow() == 0


def test_all_that_matters_of_a_run_is_seen_on_a_phone(tab: Tab, one_run: str) -> None:
    tab.resize(PHONE)
    tab.open(one_run, ".ag-row")
    tab.until(lambda: [head.text for head in tab.all(".ag-header-cell-text")] == ["Run", "", "Scenario", "Net cost"])
    assert [cell.text for cell in tab.all("#runs .above")] == ["lab_day\nmilp:mean5", "196.92 EUR\ndone"]
    width = (
        "return ['scrollWidth', 'clientWidth'].map(name => document.querySelector('.ag-center-cols-viewport')[name])"
    )
    scrolled, seen = tab.driver.execute_script(width)
    assert scrolled <= seen


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_editor_opens_without_complaint_or_overflow(tab: Tab, nothing: str, size: tuple[int, int]) -> None:
    tab.resize(size)
    tab.open(f"{nothing}/editor?scenario=lab_day", "#editor-verdict .mantine-Alert-root")
    tab.shot(f"editor-{size[0]}")
    assert tab.complaints() == []
    assert tab.overflow() == 0


def test_a_run_is_started_and_watched_to_its_end(tab: Tab, fresh: str) -> None:
    tab.open(fresh)
    tab.click("#open-start")
    tab.write("#start-days", "3")
    tab.write("#start-policy", "milp:mean5")
    tab.click("#start:not([disabled])")
    tab.says("#under-way", "of 180 ticks")
    tab.shot("run-under-way")
    tab.says("#runs .ag-row [col-id=state]", "done")
    assert tab.complaints() == []


def test_a_run_is_cancelled_and_resumed(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_month")
    tab.click("#start:not([disabled])")
    tab.says("#under-way", "of 1,800 ticks")
    tab.click("#under-way button")
    tab.says("#runs .ag-row [col-id=state]", "interrupted at")
    tab.click("#runs .ag-row .ag-checkbox-input-wrapper")
    tab.click("#resume:not([disabled])")
    tab.says("#under-way", "of 1,800 ticks")


def test_a_wrong_field_says_so_before_the_start(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_day")
    tab.write("#start-days", "none")
    tab.says(".mantine-Modal-content", "'none' is not a whole number")
    tab.shot("start-with-an-error")
    tab.find("#start[disabled]")


def test_runs_are_deleted_only_when_that_is_confirmed(tab: Tab, fresh: str) -> None:
    tab.open(f"{fresh}/?start=lab_day")
    tab.write("#start-policy", "rule")
    tab.click("#start:not([disabled])")
    tab.says("#runs .ag-row [col-id=state]", "done")
    tab.click("#runs .ag-row .ag-checkbox-input-wrapper")
    tab.click("#delete:not([disabled])")
    tab.says("#delete-question", "Delete run 1 (lab_day under rule)")
    tab.click("#delete-yes")
    tab.find(".empty")


def test_the_editor_marks_the_line_that_is_wrong(tab: Tab, nothing: str) -> None:
    tab.open(f"{nothing}/editor?scenario=lab_day", "#editor-text")
    tab.write("#editor-text", "about: nothing\ntick: 5 J\n")
    tab.says("#editor-verdict", "Line 2, column 7: tick: '5 J' is an energy")
    assert "2" in [one.text for one in tab.all("#editor-lines .faulty")]


def test_a_filter_is_kept_in_the_address(tab: Tab, many: str) -> None:
    tab.open(many, ".ag-row")
    tab.write("#runs-filter", "nothing like it")
    tab.until(lambda: "q=nothing+like+it" in tab.driver.current_url)
    tab.open(tab.driver.current_url, "#runs")
    tab.until(lambda: not tab.all(".ag-row"))


def test_without_the_token_nothing_is_started(tab: Tab, tmp_path: Path) -> None:
    with dashboard(tmp_path / "runs.sqlite", "--token", "secret") as url:
        tab.open(f"{url}/?start=lab_day")
        tab.click("#start:not([disabled])")
        tab.says(".mantine-Notification-root", "token: is missing; press 'Read-only' at the top to give it")
        tab.open(url)
        tab.click("#unlock")
        tab.write("#token-given", "guessed")
        tab.click("#token-try")
        tab.says(".mantine-Modal-content", "That is not the token")
        tab.write("#token-given", "secret")
        tab.click("#token-try")
        tab.says("#unlock", "Unlocked")
        tab.click("#open-start")
        tab.click("#start:not([disabled])")
        tab.says("#runs .ag-row [col-id=state]", "done")


def test_the_description_of_the_api_is_served_from_here(tab: Tab, nothing: str) -> None:
    tab.open(f"{nothing}/docs", ".opblock")
    assert len(tab.all(".opblock")) == 11
    assert tab.complaints() == []


@pytest.mark.parametrize(("system", "chosen", "dark"), [("light", None, 0), ("dark", None, 1), ("dark", "light", 0)])
def test_the_description_of_the_api_is_dark_where_that_is_wanted(
    tab: Tab, nothing: str, system: str, chosen: str | None, dark: int
) -> None:
    tab.open(f"{nothing}/docs", ".opblock")
    look = {"features": [{"name": "prefers-color-scheme", "value": system}]}
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", look)
    keep = "localStorage.setItem(arguments[0], arguments[1])" if chosen else "localStorage.removeItem(arguments[0])"
    tab.driver.execute_script(keep, "mantine-color-scheme-value", chosen)
    tab.open(f"{nothing}/docs", ".opblock")
    tab.shot(f"docs-{system}-{chosen}")
    tab.driver.execute_script("localStorage.clear()")
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert len(tab.all("html.dark-mode")) == dark


def test_the_theme_is_kept(tab: Tab, nothing: str) -> None:
    tab.open(nothing)
    before = theme(tab)
    tab.click("[aria-label='Light or dark']")
    tab.until(lambda: theme(tab) != before)
    tab.open(f"{nothing}/finance")
    assert theme(tab) != before
    tab.click("[aria-label='Light or dark']")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_systems_theme_is_taken_where_none_is_chosen(tab: Tab, nothing: str, system: str) -> None:
    tab.open(nothing)
    tab.driver.execute_script("localStorage.clear()")
    look = {"features": [{"name": "prefers-color-scheme", "value": system}]}
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", look)
    tab.open(nothing)
    shown = theme(tab)
    tab.shot(f"system-{system}")
    tab.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert shown == system


def theme(tab: Tab) -> str:
    return str(tab.driver.execute_script("return document.documentElement.dataset.mantineColorScheme"))


def test_how_the_grid_is_sorted_is_kept_in_the_address(tab: Tab, many: str) -> None:
    tab.open(many, ".ag-row")
    tab.click(".ag-header-cell[col-id=cost] .ag-header-cell-label")
    tab.until(lambda: "sort=cost%3Aasc" in tab.driver.current_url)
    tab.open(tab.driver.current_url, ".ag-header-cell[col-id=cost][aria-sort=ascending]")


def test_a_link_brings_its_filters_along(tab: Tab, many: str) -> None:
    model = quote(json.dumps({"run": {"filterType": "number", "type": "equals", "filter": 42}}))
    tab.open(f"{many}/?filter={model}", ".ag-row")
    tab.until(lambda: [one.text for one in tab.all("#runs .ag-row [col-id=run]")] == ["42"])

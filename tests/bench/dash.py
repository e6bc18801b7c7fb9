"""What a person waits for: the server's start and end, each page, a change on it, and the live page behind its run.

Over 500 runs of 30 days, and over two runs of a million ticks, in a real browser. Times are taken in the browser,
and end with what is in sight: figures below that are drawn afterwards, or when they are scrolled to.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from selenium.webdriver.common.keys import Keys

from dashboards.data import Data
from tests.bench.measuring import folder, hushed, plain, timed, verdict
from tests.browsing import Tab, chromium, dashboard
from tests.demo_store import long_run, many_runs

MANY, LONG = "500 runs of 1,800 ticks", "2 runs of 1,000,000 ticks"
ROUNDS, WATCHED_S = 5, 15.0
START_S, STOP_S, PAINT_MS, CHANGE_MS, BEHIND_S = 3.0, 5.0, 1500.0, 300.0, 1.0
PATHS = (
    "/",
    "/live?run=1",
    "/consumption?run=1",
    "/finance?run=1",
    "/compare?runs=1,2",
    "/forecasts?run=1",
    "/hardware?run=1",
)
WATCH = """
window.seen = {};
// When the frame that shows what is there now has been painted.
const painted = name => requestAnimationFrame(() =>
  scheduler.postTask(() => { seen[name] = performance.now(); }, { priority: "user-blocking" }));
// Dash marks what waits for a callback or for plotly, and a grid speaks to screen readers later: nobody sees either.
const seenOf = names => (names ?? "").split(" ").filter(name => name !== "dash-graph--pending").join(" ");
// Figures out of sight are drawn later, and plotly measures texts far beside the page.
const isInSight = node => {
  const element = node.closest ? node : node.parentElement;
  if (!element?.isConnected || element.closest("#js-plotly-tester")) return false;
  const box = element.closest(".figure")?.getBoundingClientRect();
  return !box || (box.bottom > 0 && box.top < innerHeight);
};
const isSeen = ({ target, attributeName, oldValue, addedNodes, removedNodes }) =>
  isInSight(target)
  && !["id", "data-dash-is-loading"].includes(attributeName)
  && !(attributeName === "class" && seenOf(oldValue) === seenOf(target.getAttribute("class")))
  && ![...addedNodes, ...removedNodes].some(node => node.className === "_dash-loading-callback")
  && !target.closest?.(".ag-aria-description-container");
new MutationObserver(changes => {
  seen.changed = performance.now();
  if (!changes.some(isSeen)) return;
  painted("last");
  if (!seen.page && document.querySelector(".page")) painted("page");
  if (!seen.drawn && document.querySelector(".main-svg, .ag-row")) painted("drawn");
}).observe(document, {childList: true, subtree: true, attributes: true, attributeOldValue: true, characterData: true});
for (const kind of ["keydown", "pointerdown"])
  addEventListener(kind, event => { seen.began ??= event.timeStamp; }, true);
"""
"""When the page's frame, its first figure and the last visible change were painted, and when somebody began to act."""


AT_REST = "return performance.now() - seen.changed > 600 && !document.querySelector('[data-dash-is-loading=true]')"


class Deed(NamedTuple):
    """Something a person does on a page: where, what must be there, what is clicked before, and where it is done."""

    path: str
    ready: str
    field: str
    before: str | None = None
    keys: str | None = None


FIGURE, ROW, OPTION = ".main-svg", ".ag-row", "[role=option]:not([aria-selected=true])"
RANGE = ".mantine-SegmentedControl-control:nth-of-type({})"
HOME = {
    "filter the runs": Deed("/", ROW, "#runs-filter", "#runs-filter", "l"),
    "sort the runs": Deed("/", ROW, "#runs [col-id=cost] .ag-header-cell-label"),
    "select a run": Deed("/", ROW, "#runs .ag-row .ag-checkbox-input-wrapper"),
    "select all runs": Deed("/", ROW, "#runs .ag-header .ag-checkbox-input-wrapper"),
}
PAGE = {
    "open the bell": Deed("/consumption?run=1", FIGURE, "#bell button"),
    "light or dark": Deed("/live?run=1&tick=430", FIGURE, "[aria-label='Light or dark']"),
    "one tick on": Deed("/live?run=1&tick=430", FIGURE, "#live-on"),
    "the slider by a key": Deed("/live?run=1&tick=430", FIGURE, "[role=slider]", keys=Keys.ARROW_RIGHT),
    "a tick of another day": Deed("/live?run=1&tick=479", FIGURE, "#live-on"),
    "another series": Deed("/live?run=1&tick=430", FIGURE, "#live-series " + RANGE.format(3)),
    "another range, live": Deed("/live?run=1&tick=430", FIGURE, RANGE.format(2)),
    "another range, consumption": Deed("/consumption?run=1&days=7", FIGURE, RANGE.format(1)),
    "another range, finance": Deed("/finance?run=1&days=7", FIGURE, RANGE.format(1)),
}
LATE = {
    "one tick on, late": Deed("/live?run=1&tick=990030", FIGURE, "#live-on"),
    "a tick of another day, late": Deed("/live?run=1&tick=990059", FIGURE, "#live-on"),
}
RUNS = {
    "open the list of runs": Deed("/consumption?run=1", FIGURE, ".run-field input"),
    "another run, live": Deed("/live?run=1", FIGURE, OPTION, ".run-field input"),
    "another run, finance": Deed("/finance?run=1", FIGURE, OPTION, ".run-field input"),
    "compare another run": Deed("/compare?runs=1,6", FIGURE, OPTION, ".runs-field input"),
}


def lines() -> Iterator[str]:
    yield plain(f"times of the wall, with {os.getloadavg()[0]:.1f} processes at work on {os.cpu_count()} cores")
    with hushed(), folder() as place, chromium() as tab:
        tab.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        store = many_runs(place / "many.sqlite")
        yield from starts(store)
        with dashboard(store) as url:
            yield from paints(tab, url, MANY)
            yield from changes(tab, url, HOME | PAGE | RUNS, MANY)
        long = long_run(place / "long.sqlite")
        yield from first_comparison(tab, long)
        with dashboard(long) as url:
            yield from paints(tab, url, LONG)
            yield from changes(tab, url, PAGE | LATE, LONG)
        yield from behind(tab, place / "live.sqlite")


def starts(store: Path) -> Iterator[str]:
    """How long it takes to be there, and to be gone."""
    walls = [start_and_stop(store) for _ in range(ROUNDS)]
    up_s, down_s = (statistics.median(times) for times in zip(*walls, strict=True))
    yield verdict(up_s < START_S, f"twin dash answers after {up_s:.1f} s (under {START_S:.0f})")
    yield verdict(down_s < STOP_S, f"and has ended {down_s:.1f} s after Ctrl-C")


def start_and_stop(store: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "twin", "dash", "--store", str(store), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        _, up_s = timed(lambda: server.stdout and server.stdout.readline())
        server.send_signal(signal.SIGINT)
        _, down_s = timed(server.wait)
    return up_s, down_s


def paints(tab: Tab, url: str, what: str) -> Iterator[str]:
    """Each page, from the click on its link to its frame and to its first figure."""
    tab.open(url)
    for path in PATHS:
        seen = [opened(tab, url + path) for _ in range(ROUNDS)]
        page_ms = statistics.median(one["page"] for one in seen)
        drawn = statistics.median(one.get("drawn", one["page"]) for one in seen)
        yield verdict(
            page_ms < PAINT_MS, f"{path:19} {page_ms:5.0f} ms to the page, {drawn:5.0f} ms to its figures; {what}"
        )


def first_comparison(tab: Tab, store: Path) -> Iterator[str]:
    """Runs that are long, and that the server has not read before."""
    pages_ms = [_first_comparison_ms(tab, store) for _ in range(ROUNDS)]
    page_ms = statistics.median(pages_ms)
    yield verdict(page_ms < PAINT_MS, f"/compare?runs=1,2   {page_ms:5.0f} ms to the page, asked first; {LONG}")


def _first_comparison_ms(tab: Tab, store: Path) -> float:
    with dashboard(store) as url:
        tab.open(url)
        return opened(tab, f"{url}/compare?runs=1,2")["page"]


def opened(tab: Tab, address: str) -> Mapping[str, float]:
    tab.open(address)
    return at_rest(tab)


def at_rest(tab: Tab) -> Mapping[str, float]:
    """What was seen, once nothing has changed for a while."""
    tab.until(lambda: tab.driver.execute_script(AT_REST))
    seen: Mapping[str, float] = tab.driver.execute_script("return seen")
    return seen


def changes(tab: Tab, url: str, deeds: Mapping[str, Deed], what: str) -> Iterator[str]:
    """What a person does, from the key or click to the frame that shows the last of what it changes in sight."""
    for name, deed in deeds.items():
        took_ms = statistics.median(changed(tab, url, deed) for _ in range(ROUNDS))
        yield verdict(
            took_ms < CHANGE_MS, f"{name}: {took_ms:.0f} ms to what is in sight (under {CHANGE_MS:.0f}); {what}"
        )


def changed(tab: Tab, url: str, deed: Deed) -> float:
    tab.open(url + deed.path, deed.ready)
    if deed.before:
        tab.click(deed.before)
    at_rest(tab)
    field = tab.find(deed.field)
    tab.driver.execute_script("delete seen.began")
    if deed.keys:
        field.send_keys(deed.keys)
    else:
        field.click()
    time.sleep(0.1)
    seen = at_rest(tab)
    return seen["last"] - seen["began"]


def behind(tab: Tab, store: Path) -> Iterator[str]:
    """For how long the live page shows a tick that is no longer the newest, in a run of 20 ticks a second."""
    run = [
        sys.executable,
        "-m",
        "twin",
        "run",
        "lab_month",
        "--policy",
        "rule",
        "--speed",
        "100",
        "--store",
        str(store),
    ]
    with dashboard(store) as url, subprocess.Popen(run, stdout=subprocess.DEVNULL) as process:
        tab.until(lambda: progress(store) > 20)
        tab.open(f"{url}/live?run=1", "#live-state")
        late_s = sorted(lateness(tab, store))
        process.send_signal(signal.SIGINT)
    yield verdict(
        late_s[-1] < BEHIND_S,
        f"the live page is {statistics.median(late_s):.2f} s behind, at most {late_s[-1]:.2f} s (1)",
    )


SHOWN = "return ['live-state', 'live-when'].map(name => document.getElementById(name).textContent)"
"""How far the run is, and which tick is drawn."""


def lateness(tab: Tab, store: Path) -> Iterator[float]:
    """Again and again: since when the store knows more than the page shows [s]."""
    reached_s: dict[int, float] = {}
    until_s = time.monotonic() + WATCHED_S
    while time.monotonic() < until_s:
        state, drawn = tab.driver.execute_script(SHOWN)
        now_s = time.monotonic()
        reached_s.setdefault(progress(store), now_s)
        told = int(re.search(r"([\d,]+) of", state)[1].replace(",", ""))
        shown = min(told, int(re.search(r"tick (\d+)", drawn)[1]) + 1)
        yield now_s - min((at_s for ticks, at_s in reached_s.items() if ticks > shown), default=now_s)


def progress(store: Path) -> int:
    """How many ticks of the newest run are recorded."""
    runs = Data(str(store)).runs()
    return runs[0].progress if runs else 0

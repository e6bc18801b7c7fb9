"""What a person waits for: the server's start and end, each page, a change on it, and the live page behind its run.

Over 500 runs of 30 days, and over one run of a million ticks, in a real browser. Times are taken in the browser.
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

from dashboards.data import Data
from tests.bench.measuring import folder, plain, timed, verdict
from tests.browsing import Tab, chromium, dashboard
from tests.demo_store import long_run, many_runs

ROUNDS, WATCHED_S = 5, 15.0
START_S, STOP_S, PAINT_MS, CHANGE_MS, BEHIND_S = 3.0, 5.0, 1500.0, 300.0, 1.0
PATHS = (
    "/",
    "/live?run=1",
    "/consumption?run=1",
    "/finance?run=1",
    "/compare?runs=1,6",
    "/forecasts?run=1",
    "/hardware?run=1",
)
WATCH = """
window.seen = {};
new MutationObserver(() => {
  seen.last = performance.now();
  if (!seen.page && document.querySelector(".page")) requestAnimationFrame(() => { seen.page = performance.now(); });
  if (!seen.drawn && document.querySelector(".main-svg, .ag-row")) seen.drawn = performance.now();
}).observe(document, {childList: true, subtree: true, attributes: true});
"""
"""When the page's frame was painted, when its first figure or row was there, and when anything changed last."""


def lines() -> Iterator[str]:
    yield plain(f"times of the wall, with {os.getloadavg()[0]:.1f} processes at work on {os.cpu_count()} cores")
    with folder() as place, chromium() as tab:
        tab.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        store = many_runs(place / "many.sqlite")
        yield from starts(store)
        with dashboard(store) as url:
            yield from paints(tab, url, "500 runs of 1,800 ticks")
            yield from changes(tab, url)
        with dashboard(long_run(place / "long.sqlite")) as url:
            yield from paints(tab, url, "a run of 1,000,000 ticks")
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


def opened(tab: Tab, address: str) -> Mapping[str, float]:
    tab.open(address)
    tab.until(lambda: tab.driver.execute_script("return performance.now() - seen.last > 500"))
    seen: Mapping[str, float] = tab.driver.execute_script("return seen")
    return seen


def changes(tab: Tab, url: str) -> Iterator[str]:
    """A change by a person, from the key or click to the last thing it changes on the page."""
    works = {
        "filter the runs": ("/", "#runs-filter", ".ag-row"),
        "select a run": ("/", "#runs .ag-checkbox-input-wrapper", ".ag-row"),
        "another range of days": ("/consumption?run=1&days=7", ".choice label:first-of-type", ".main-svg"),
    }
    for name, (path, field, ready) in works.items():
        took_ms = statistics.median(changed(tab, url + path, field, ready) for _ in range(ROUNDS))
        yield verdict(took_ms < CHANGE_MS, f"{name}: {took_ms:.0f} ms (under {CHANGE_MS:.0f})")


def changed(tab: Tab, address: str, field: str, ready: str) -> float:
    tab.open(address, ready)
    found = tab.find(field)
    if found.tag_name == "input":
        found.click()
        began_ms = tab.driver.execute_script("return performance.now()")
        found.send_keys("l")
    else:
        began_ms = tab.driver.execute_script("return performance.now()")
        found.click()
    time.sleep(1.0)
    return float(tab.driver.execute_script("return seen.last")) - float(began_ms)


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


def lateness(tab: Tab, store: Path) -> Iterator[float]:
    """Again and again: since when the store knows more than the page shows [s]."""
    reached_s: dict[int, float] = {}
    until_s = time.monotonic() + WATCHED_S
    while time.monotonic() < until_s:
        text = tab.driver.execute_script("return document.getElementById('live-state').textContent")
        now_s = time.monotonic()
        reached_s.setdefault(progress(store), now_s)
        shown = int(re.search(r"([\d,]+) of", text)[1].replace(",", ""))
        yield now_s - min((at_s for ticks, at_s in reached_s.items() if ticks > shown), default=now_s)


def progress(store: Path) -> int:
    """How many ticks of the newest run are recorded."""
    runs = Data(str(store)).runs()
    return runs[0].progress if runs else 0

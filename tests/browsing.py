"""A real browser over a real `twin dash`, as a person at a desk or with a phone meets it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE_S = 60.0
SHOTS = Path(__file__).parents[1] / "out" / "screenshots"
DESKTOP, PHONE = (1440, 900), (390, 844)
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--force-prefers-reduced-motion",
)


@contextmanager
def dashboard(store: Path, *options: str) -> Iterator[str]:
    """The address of `twin dash` over a store; it is interrupted at the end, and must then end well."""
    command = [sys.executable, "-m", "twin", "dash", "--store", str(store), "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield json.loads(line)["url"]
        finally:
            server.send_signal(signal.SIGINT)
            status = server.wait(PATIENCE_S)
    assert status == 130


@contextmanager
def chromium() -> Iterator["Tab"]:
    """Debian's browser; without one the test is skipped, but never in CI."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        if os.environ.get("CI") == "true":
            pytest.fail("apt-get install chromium chromium-driver: the pages must be tested")
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = Options()
    options.binary_location = browser
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Tab(opened)
    finally:
        opened.quit()


class Tab:
    """One tab of the browser."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.resize(DESKTOP)

    def resize(self, size: tuple[int, int]) -> None:
        """The window of a desk or, below 500 pixels, of a phone."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, address: str, until: str = ".page") -> None:
        """Go there and wait for an element; what the console said before is forgotten."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(address)
        self.find(until)
        self.settle()

    def settle(self) -> None:
        """Wait until no callback is under way."""
        self.until(lambda: not self.all("[data-dash-is-loading=true]"))

    def find(self, css: str) -> WebElement:
        """The first visible element, as soon as there is one."""
        return self.until(lambda: next((one for one in self.all(css) if one.is_displayed()), None))

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def says(self, css: str, text: str) -> None:
        """Wait until an element shows a text."""
        self.until(lambda: any(text in one.text for one in self.all(css)))

    def click(self, css: str) -> None:
        self.find(css).click()

    def write(self, css: str, text: str) -> None:
        """Replace what a field holds."""
        self.driver.execute_script("arguments[0].select()", field := self.find(css))
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        """Keys one after the other, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self, css: str) -> None:
        """As Tab would, had one pressed it often enough; a choice's own input is there but not seen."""
        self.driver.execute_script("arguments[0].focus()", self.until(lambda: next(iter(self.all(css)), None)))

    def has_focus(self, css: str) -> bool:
        return bool(self.driver.execute_script("return document.activeElement.matches(arguments[0])", css))

    def ring(self) -> str:
        """How the element that has the focus is outlined."""
        return str(self.driver.execute_script("return getComputedStyle(document.activeElement).outline"))

    def until(self, wanted: Any) -> Any:
        """What `wanted()` gives once it gives something."""
        waiting = WebDriverWait(self.driver, PATIENCE_S, 0.05, ignored_exceptions=())
        return waiting.until(lambda _: _calm(wanted))

    def complaints(self) -> list[str]:
        """What the console says of errors and warnings."""
        return [str(one["message"]) for one in self.driver.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.driver.execute_script(script))

    def shot(self, name: str) -> None:
        """A screenshot, kept for people to look at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))


def _calm(wanted: Any) -> Any:
    """None where the page changed while it was looked at."""
    from selenium.common.exceptions import StaleElementReferenceException

    try:
        return wanted()
    except StaleElementReferenceException:
        return None

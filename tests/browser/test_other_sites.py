"""What a page of another site, open in the same browser, can do to the app: nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsing import Tab, dashboard

from twin.runs import open_store
from twin.scenario import simulate

pytestmark = pytest.mark.slow

PAGE = """<!DOCTYPE html><title>Elsewhere</title><p id=here>Elsewhere</p>
<form method=post action="{url}/api/runs/1/resume"><button id=form>Resume</button></form>
<iframe src="{url}/runs"></iframe>"""
SEND = """const done = arguments[arguments.length - 1];
fetch(arguments[0], {method: 'POST', mode: 'no-cors', body: '{}'}).then(() => done('sent'), () => done('failed'))"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A run that can be resumed."""
    with open_store(str(tmp_path / "runs.sqlite")) as opened:
        simulate("lab_day", policy="rule", store=opened)
        opened.finish(1, "interrupted", None)
    return tmp_path / "runs.sqlite"


@contextmanager
def elsewhere(url: str, host: str) -> Iterator[str]:
    """The address of a page that another server on this machine serves."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGE.format(url=url).encode())

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{host}:{server.server_address[1]}"
        server.shutdown()


def framed(tab: Tab) -> bool:
    """Whether the page's frame shows the app."""
    tab.driver.switch_to.frame(0)
    shown = bool(tab.all("#react-entry-point"))
    tab.driver.switch_to.default_content()
    return shown


# By its name this machine is another site than by its number; by number and another port only another origin.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["another site", "another port"])
def test_a_page_of_another_origin_can_neither_write_nor_frame(tab: Tab, store: Path, host: str) -> None:
    with dashboard(store) as url, elsewhere(url, host) as other:
        tab.open(other, "#here")
        for path in ("/api/runs/1/resume", "/api/runs/1/cancel", "/_dash-update-component"):
            assert tab.driver.execute_async_script(SEND, url + path) == "sent"
        assert not framed(tab)
        tab.click("#form")
        tab.says("body", "was sent by a page of another site")
    with open_store(str(store), read_only=True) as opened:
        assert opened.run(1).state == "interrupted"

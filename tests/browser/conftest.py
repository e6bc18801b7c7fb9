"""One browser for all tests, and a server over each kind of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Tab, chromium, dashboard
from demo_store import many_runs

from twin.runs import open_store
from twin.scenario import simulate


@pytest.fixture(scope="session")
def _browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(_browser: Tab) -> Tab:
    """The browser's tab, as wide as a desk."""
    _browser.resize((1440, 900))
    return _browser


@pytest.fixture(scope="session")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without any run."""
    with dashboard(tmp_path_factory.mktemp("nothing") / "runs.sqlite") as url:
        yield url


@pytest.fixture(scope="session")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over one planned day."""
    path = tmp_path_factory.mktemp("one") / "runs.sqlite"
    with open_store(str(path)) as store:
        simulate("lab_day", policy="milp:mean5", store=store)
    with dashboard(path) as url:
        yield url


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over 500 runs of 30 days."""
    with dashboard(many_runs(tmp_path_factory.mktemp("many") / "runs.sqlite")) as url:
        yield url


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[str]:
    """A server of one's own, over a store that one test may change."""
    with dashboard(tmp_path / "runs.sqlite") as url:
        yield url

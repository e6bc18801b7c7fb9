"""`twin dash`."""

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.cli.output import Output
from twin.errors import TwinError
from twin.runs.engine import default_store
from twin.scenario.schema import SHIPPED

if TYPE_CHECKING:
    from dashboards.settings import Settings


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, who may write, and how long runs are kept."""

    host: str
    port: int
    token: str | None
    keep_days: float | None


def open_dashboard(output: Output, where: str | None, listening: Listening) -> None:
    """Serve the web app until it is interrupted."""
    if missing := [name for name in ("dash", "uvicorn", "fastapi_offline") if not importlib.util.find_spec(name)]:
        raise TwinError("twin dash", f"needs {', '.join(missing)}", ".venv/bin/pip install -e '.[dash]'")
    from dashboards.server import serve

    serve(_settings(where, listening), lambda address: _announce(output, address))


def _settings(where: str | None, listening: Listening) -> "Settings":
    from dashboards.settings import Settings

    return Settings(
        where or default_store(), SHIPPED, listening.host, listening.port, listening.token or None, listening.keep_days
    )


def _announce(output: Output, address: str) -> None:
    if output.as_json:
        output.result({"url": address})
    else:
        output.line(f"{address} (Ctrl-C stops)")

"""Puts the web app together: FastAPI below, Dash on top."""

import functools
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any

import dash
from anyio import to_thread
from dash import Dash, set_props
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from dashboards import api, callbacks, shell
from dashboards.guard import Gate
from dashboards.house import House
from twin.errors import TwinError

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


class App(Dash):  # type: ignore[misc] # Dash is not followed by mypy
    """Dash whose callbacks run in threads, so that a slow one does not hold up the others.

    What is no request for one of them is refused, as the API refuses what it is asked in vain.
    """

    def callback(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """As Dash's."""
        register = super().callback(*args, **kwargs)

        def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            async def threaded(*values: Any, **named: Any) -> Any:
                return await to_thread.run_sync(functools.partial(function, *values, **named))

            register(threaded)
            return function

        return wrap

    def _initialize_context(self, body: Any) -> Any:
        callbacks.check(body, self.callback_map)
        return super()._initialize_context(body)


def make_app(house: House, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The whole server: pages, API, and the API's description at /docs."""
    server = FastAPIOffline(
        title="Smart Grid Twin",
        version=version("smart-grid-twin"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    api.install(server, house)
    app = App(
        "dashboards",
        server=server,
        title="Smart Grid Twin",
        update_title=None,
        index_string=INDEX,
        suppress_callback_exceptions=True,
        on_error=_tell,
        compress=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.layout = shell.frame(house)
    shell.register(app, house)
    # Its pages would keep a web socket open and use it for nothing: callbacks are asked for one by one.
    app.backend.websocket_capability = False
    # Dash does this at the first request for `/`; the first may as well be for another page.
    app._setup_server()
    server.add_middleware(Gate, names=house.settings.names)
    return server


def _tell(error: Exception) -> Any:
    """A failure in a callback becomes a message on the page; what we did not foresee is logged as well."""
    if isinstance(error, TwinError):
        text = str(error)
    else:
        logging.getLogger(__name__).error("in a callback", exc_info=error)
        text = "Something went wrong; the server's log says what."
    message = {"id": "error", "action": "show", "color": "red", "title": "That did not work", "message": text}
    set_props("messages", {"sendNotifications": [message]})
    return dash.no_update

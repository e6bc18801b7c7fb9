"""The web server: binds its address, serves until it is interrupted, and leaves no process behind."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable

import uvicorn
from anyio import to_thread

from dashboards.app import make_app
from dashboards.arriving import Impatient
from dashboards.house import House
from dashboards.settings import Settings
from twin.errors import TwinError

FORGET_EVERY_S = 3600.0
SHUTDOWN_S = 3


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM, which is raised again; `ready` is told the address once it can be asked."""
    check(settings)
    house = House(settings)
    house.data.runs()  # raises what is wrong with the store, before anybody is told to look at it
    with listening(settings) as listener:
        app = make_app(house, lambda _: lived(house, lambda: ready(address(settings, listener))))
        config = uvicorn.Config(
            app,
            http=Impatient,
            ws="none",
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=SHUTDOWN_S,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


def check(settings: Settings) -> None:
    """Raises TwinError for what would leave the server open to everyone."""
    if not settings.is_local and not settings.token:
        raise TwinError(
            "--host",
            f"{settings.host!r} can be reached from other machines",
            "give a --token, which guards all changes",
        )


@contextlib.asynccontextmanager
async def lived(house: House, ready: Callable[[], None]) -> AsyncIterator[None]:
    """The server's life: old runs are forgotten now and then, and at its end every run is interrupted."""
    forgetting = asyncio.create_task(_forget(house))
    ready()
    try:
        yield
    finally:
        forgetting.cancel()
        await to_thread.run_sync(house.jobs.stop)


async def _forget(house: House) -> None:
    while True:
        try:
            await to_thread.run_sync(house.forget)
        except TwinError as error:
            logging.getLogger(__name__).warning("old runs are not deleted: %s", error)
        await asyncio.sleep(FORGET_EVERY_S)


def listening(settings: Settings) -> socket.socket:
    """A bound socket; raises TwinError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise TwinError(where, error.strerror or str(error), "choose another --host or --port") from error


def address(settings: Settings, listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"

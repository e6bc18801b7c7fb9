"""How long a request may take to arrive, and an answer to be taken: a slow connection is not held for ever."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVE_S = 30.0
"""From a request's first byte, or from the connection, to the last byte of its body."""
STUCK_S = 60.0
"""How long the other side may take nothing of an answer."""


class Timer:
    """Does something later, unless it is stopped before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: asyncio.TimerHandle | None = None

    def start(self, delay_s: float, action: Callable[[], None]) -> None:
        """A timer that runs already is left alone."""
        if self._waiting is None:
            self._waiting = self._loop.call_later(delay_s, action)

    def stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Impatient(H11Protocol):
    """Closes a connection that brings no whole request in time, or takes no answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in its base
        super().connection_made(transport)
        self._arriving, self._stuck = Timer(self.loop), Timer(self.loop)
        self._arriving.start(ARRIVE_S, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        # uvicorn itself waits for the next request, up to its first byte.
        self._arriving.stop()
        super().on_response_complete()
        if not self.cycle.response_complete:  # the next one was there already, or its beginning
            self._watch()

    def _watch(self) -> None:
        cycle = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._arriving.stop()
        else:
            self._arriving.start(ARRIVE_S, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        # `close` would wait for the other side to take what is left.
        self._stuck.start(STUCK_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arriving.stop()
        self._stuck.stop()
        super().connection_lost(exc)

"""Who may do what: no request too large, no foreign name for this machine, no write by another site or untokened."""

import secrets
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from dashboards.settings import Settings
from twin.errors import TwinError

MAX_BODY = 2_000_000
READS = ("GET", "HEAD", "OPTIONS", "TRACE")
OWN_SITE = ("same-origin", "none")
"""What a browser calls a request of a page of ours, or of the person."""
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    # Everything is served from here: a bench has no internet. Dash needs inline scripts, and `eval` for functions.
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
        b"base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Forbidden(TwinError):
    """A write without the right token."""


def check_token(settings: Settings, token: str | None) -> None:
    """Raises Forbidden unless this token allows writing here."""
    if not settings.token:
        if not settings.is_local:
            raise Forbidden("token", "this server is read-only", "start it with --token to allow changes")
    elif not secrets.compare_digest((token or "").encode(), settings.token.encode()):
        raise Forbidden("token", "is wrong" if token else "is missing", "changes need the server's token")


class Gate:
    """Stands before the whole server and turns away what it should not even look at."""

    def __init__(self, app: Asgi, names: Collection[str] | None) -> None:
        """With `names`, only those that ask for one of them are let in."""
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if fault := self._fault(headers, scope.get("method")):
            await _refuse(fault, scope, receive, send)
            return
        await self._app(scope, _bounded(receive), _with_headers(send))

    def _fault(self, headers: dict[bytes, str], method: str | None) -> JSONResponse | None:
        host = headers.get(b"host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        # Another site's name may be made to point at this machine, and its scripts would then be let in.
        if self._names is not None and name not in self._names:
            return _refusal(400, "host", f"{name[:60]!r} is not this machine", f"ask for {', '.join(self._names)}")
        # A web socket has no method, and may write: Dash can take callbacks from one.
        if method not in READS and _is_foreign(headers):
            return _refusal(403, "origin", "was sent by a page of another site", f"write from a page of {host[:60]}")
        length = headers.get(b"content-length", "0")
        if not length.isdecimal() or int(length[:20]) > MAX_BODY:
            return _refusal(413, "body", f"has {length[:20]} bytes", f"at most {MAX_BODY} are read")
        return None


async def _refuse(fault: JSONResponse, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await fault(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})


def _is_foreign(headers: dict[bytes, str]) -> bool:
    """Whether a browser says that a page of another site sent this; programs that are no browser say nothing."""
    if headers.get(b"sec-fetch-site", "none") not in OWN_SITE:
        return True
    origin = headers.get(b"origin")
    # The scheme may differ: a proxy that is asked over https asks us over http.
    return origin is not None and _host_of(origin) != headers.get(b"host", "").lower()


def _host_of(origin: str) -> str | None:
    """The host and port of an origin; None where it has none, like that of a page in a sandbox."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _refusal(status: int, where: str, got: str, expected: str) -> JSONResponse:
    return JSONResponse({"error": {"where": where, "got": got, "expected": expected}}, status)


def _bounded(receive: Receive) -> Receive:
    """A body without a length is cut off where it grows too large."""
    left = MAX_BODY

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return message if left >= 0 else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sending

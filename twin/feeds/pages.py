"""Web pages asked for all at once, under one deadline: the one door of httpx."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from twin.errors import FeedError, ScenarioError

_LARGEST_BYTES = 1_000_000


class Pages:
    """A server's pages; its event loop runs only while `ask` waits."""

    def __init__(self, url: str, connect_timeout_s: float, read_timeout_s: float) -> None:
        try:
            import httpx
        except ImportError as error:
            raise ScenarioError("http feed", "httpx is not installed", ".venv/bin/pip install -e '.[live]'") from error
        self.url = _checked(url).rstrip("/")
        # Nothing compressed: a small body must not unfold into a huge one.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s), headers={"Accept-Encoding": "identity"}
        )
        self._too_late = (TimeoutError, httpx.TimeoutException)
        self._faults = (httpx.HTTPError, httpx.InvalidURL, OSError)
        self._runner = asyncio.Runner()

    def ask(self, names: Sequence[str], within_s: float) -> list[bytes]:
        """The bodies of some pages, asked for at once; FeedError names the first that is not had in time."""
        bodies: list[bytes] = []
        for answer in self._runner.run(self._all(names, within_s)):
            if isinstance(answer, BaseException):
                raise answer
            bodies.append(answer)
        return bodies

    def close(self) -> None:
        """Hang up; may be called twice."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    async def _all(self, names: Sequence[str], within_s: float) -> list[bytes | BaseException]:
        return await asyncio.gather(*(self._page(name, within_s) for name in names), return_exceptions=True)

    async def _page(self, name: str, within_s: float) -> bytes:
        where = f"{self.url}/{name}"
        try:
            # httpx counts each read on its own; a server that drips bytes would hold us for ever.
            async with asyncio.timeout(within_s):
                return await self._body(where)
        except self._too_late as error:
            raise FeedError(where, f"no answer within {within_s:.3g} s") from error
        except self._faults as error:
            raise FeedError(where, str(error) or type(error).__name__, "an answer from the course server") from error

    async def _body(self, where: str) -> bytes:
        body = bytearray()
        async with self._client.stream("GET", where) as response:
            if response.status_code != 200:
                raise FeedError(where, f"HTTP status {response.status_code}", "200")
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _LARGEST_BYTES:
                    raise FeedError(where, "an answer over 1 MB", "a short JSON text")
        return bytes(body)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        # What a bracket left open or a port over 65535 gives.
        fits = False
    if not fits:
        raise ScenarioError("http feed", f"{url!r} is not an address", "for example 'http://127.0.0.1:8000'")
    return url

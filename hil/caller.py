"""A caller at a port where boards dial in, until it has shown who it is: first the name, then the key of that board."""

import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from hil.frames import Conversation, Dropped, Lines, ProtocolError, decode

WITHIN_S = 2.0
"""How long a caller may take in all to show who it is."""
MOST_BYTES = 2048
"""Of one caller until then; the two lines that are wanted have 1024 at the most."""
CHUNK = 512


class Caller:
    """One connection. Each step takes what is there and never waits."""

    def __init__(self, peer: socket.socket, host: str) -> None:
        self.peer = peer
        self.host = host
        self.until_s = time.monotonic() + WITHIN_S
        self.name: str | None = None
        self._talk: Conversation | None = None
        self._lines = Lines()
        self._bytes = 0
        peer.setblocking(False)

    def fileno(self) -> int:
        return self.peer.fileno()

    def shows_key(self, keys: Mapping[str, bytes], tick_s: float, factor: float) -> bool:
        """Take what has come; whether the key is shown by now. Raises ProtocolError or OSError: hang up."""
        data = self.peer.recv(CHUNK)
        if not data:
            raise ConnectionError("hung up")
        self._bytes += len(data)
        lines = self._lines.feed(data)
        if self._lines.dropped or self._bytes > MOST_BYTES:
            raise ProtocolError("long", "said more than who it is")
        for line in lines:
            if self._talk is not None:
                return answered(self._talk, line)
            self.name = introduced(line, keys)
            self._talk = Conversation(keys[self.name], secrets.token_hex(8))
            self.peer.send(self._talk.hello(tick_s, factor, time.monotonic()))
        return False

    def close(self) -> None:
        with suppress(OSError):
            self.peer.close()


def introduced(line: bytes, names: Mapping[str, bytes]) -> str:
    """The name in a caller's first line; raises ProtocolError where it is no `here` or names no board of the bench."""
    frame = decode(line)
    if frame.verb != "here":
        raise ProtocolError("verb", f"said {frame.verb}; here is wanted")
    name = str(frame.body["name"])
    if name not in names:
        raise ProtocolError("body", f"is named {name[:40]!r}; {', '.join(names)} may dial in")
    return name


def answered(talk: Conversation, line: bytes) -> bool:
    """Whether a line answers the hello and is signed with the key, be it by a refusal; raises ProtocolError if not."""
    heard = talk.hear(line)
    if isinstance(heard, Dropped):
        raise ProtocolError(heard.why, "does not answer with the bench's key")
    return True

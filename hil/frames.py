"""One side of a conversation with a board: numbers what is asked, signs it, and matches what is answered. Pure.

The frames themselves are those of the firmware's own `protocol.py`, so that both sides share one source.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hil.firmware.protocol import (
    ANSWER_TO,
    PROTOCOLS,
    Frame,
    Lines,
    ProtocolError,
    decode,
    encode,
    session_key,
)

__all__ = [
    "PROTOCOLS",
    "Answer",
    "Asked",
    "Conversation",
    "Dropped",
    "Frame",
    "Lines",
    "ProtocolError",
    "decode",
    "encode",
]

Why = Literal["duplicate", "late", "stray", "garbage", "crc", "key"]
REMEMBERED = 64
"""Questions whose answers are told apart: duplicate or late."""


class Asked(NamedTuple):
    """A question: what, for which tick, and when."""

    verb: str
    tick: int | None
    at_s: float


class Answer(NamedTuple):
    """What a board said to a question."""

    asked: Asked
    verb: str
    body: dict[str, Any]


class Dropped(NamedTuple):
    """A line that is no answer to an open question, and why."""

    why: Why
    line: bytes


@dataclass
class Conversation:
    """From one hello to the next. `key` None means a serial line, whose frames are not signed."""

    key: bytes | None
    nonce: str
    seq: int = 0
    _open: dict[int, Asked] = field(default_factory=dict)
    _answered: list[int] = field(default_factory=list)
    _session_key: bytes | None = None

    def hello(self, tick_s: float, factor: float, now_s: float) -> bytes:
        """The frame that opens it."""
        body = {"protocols": list(PROTOCOLS), "tick_s": tick_s, "factor": factor}
        if self.key is not None:
            body["nonce"] = self.nonce
        return self.ask("hello", body, now_s)

    def ask(self, verb: str, body: dict[str, Any], now_s: float) -> bytes:
        """A new question as bytes."""
        self.seq += 1
        self._open[self.seq] = Asked(verb, body.get("tick"), now_s)
        return encode(verb, self.seq, body, self.key if verb == "hello" else self._session_key)

    def hear(self, line: bytes) -> Answer | Dropped:
        """What a line answers; a line that answers nothing is dropped."""
        try:
            frame = self._decoded(line)
        except ProtocolError as error:
            return Dropped("crc" if error.code == "crc" else "key" if error.code == "key" else "garbage", line)
        if not frame.checked:
            return Dropped("crc", line)
        asked = self._open.get(frame.seq)
        if asked is None:
            return Dropped(self._late(frame.seq), line)
        if frame.verb not in (ANSWER_TO[asked.verb], "error"):
            return Dropped("stray", line)
        del self._open[frame.seq]
        self._answered = [*self._answered[-REMEMBERED:], frame.seq]
        if frame.verb == "board" and self.key is not None:
            self._session_key = session_key(self.key, self.nonce, str(frame.body.get("nonce", "")))
        return Answer(asked, frame.verb, frame.body)

    def give_up(self, before_tick: int) -> int:
        """Wait no longer for answers about earlier ticks; returns how many were missing."""
        old = [seq for seq, asked in self._open.items() if asked.tick is not None and asked.tick < before_tick]
        for seq in old:
            del self._open[seq]
        return len(old)

    def _decoded(self, line: bytes) -> Frame:
        if self.key is None:
            return decode(line)
        if self._session_key is not None:
            return decode(line, self._session_key)
        return decode(line, session_key(self.key, self.nonce))

    def _late(self, seq: int) -> Why:
        if seq in self._answered:
            return "duplicate"
        return "late" if 0 < seq <= self.seq else "stray"

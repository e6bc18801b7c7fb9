"""A board played back from the frames of a recorded run, so that a session at the bench becomes a test."""

import os
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hil.frames import Frame, Lines, ProtocolError, decode, encode
from hil.logbook import Line

Question = tuple[str, object]
"""A verb and, where there is one, its tick."""
HELLO: Question = ("hello", None)
MAC_BYTES = 33


class Recording(NamedTuple):
    """One board in one run: what was on its wire, and by tick how it was judged."""

    lines: Iterable[Line]
    qualities: Mapping[int, str]


class ReplayPort:
    """Answers as the board did then, as soon as it is asked; what came too late then does not come now."""

    def __init__(self, recording: Recording) -> None:
        self._replies = replies(recording)
        self._asked = Lines()
        self._out, self._in = os.pipe()
        self._open = True

    def fileno(self) -> int:
        return self._out

    def read(self, size: int) -> bytes:
        return os.read(self._out, size)

    def write(self, data: bytes) -> None:
        for line in self._asked.feed(data):
            frame = decode(line)
            told = self._replies.get(question(frame))
            for reply in told.popleft() if told else ():
                os.write(self._in, answered(reply, frame.seq))

    def close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._out)
            os.close(self._in)


def replies(recording: Recording) -> dict[Question, deque[list[bytes]]]:
    """What was said to each question, in the order in which it was asked."""
    found: dict[Question, deque[list[bytes]]] = defaultdict(deque)
    asked: dict[int, list[bytes]] = {}
    newest: list[bytes] = []
    for line in recording.lines:
        data = line.line.encode()
        frame = unsigned(data)
        if line.way == "<" and frame is not None:
            newest = []
            found[question(frame)].append(newest)
            asked = {frame.seq: newest} if frame.verb == "hello" else asked | {frame.seq: newest}
        elif line.way == ">":
            known = asked.get(frame.seq) if frame is not None else None
            (newest if known is None else known).append(data)
    for asking, told in found.items():
        if in_vain(asking, recording.qualities):
            told.clear()
    # A hello that nobody heard was said again then; now the first one is answered.
    found[HELLO] = deque(filter(None, found[HELLO]))
    return found


def in_vain(asking: Question, qualities: Mapping[int, str]) -> bool:
    """Whether the answer to a question came too late then, or not at all."""
    verb, tick = asking
    if verb == "tick" and isinstance(tick, int):
        return qualities.get(tick - 1) in ("silent", "missing")
    return verb == "set" and isinstance(tick, int) and qualities.get(tick) == "unheard"


def question(frame: Frame) -> Question:
    return frame.verb, frame.body.get("tick")


def answered(reply: bytes, seq: int) -> bytes:
    """A recorded line as the answer to a question of another number; what is no frame comes as it came."""
    frame = unsigned(reply)
    return reply + b"\n" if frame is None else encode(frame.verb, seq, frame.body)


def unsigned(line: bytes) -> Frame | None:
    """The frame in a line without its signature; None if there is none."""
    try:
        return decode(line[:-MAC_BYTES] if line[-MAC_BYTES : 1 - MAC_BYTES] == b"~" else line)
    except ProtocolError:
        return None

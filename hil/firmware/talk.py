"""Conversations: a line comes, its answer goes. Who may say what is decided here, what it does in `board.py`."""

import os
from binascii import hexlify

from hil.firmware.board import Board
from hil.firmware.control import clamp
from hil.firmware.protocol import PROTOCOLS, Frame, ProtocolError, decode, encode, session_key, version

MOST_FACTOR = 10000.0
STRIKES = 3
"""Wrong signatures after which the board hangs up."""


class Floor:
    """Who holds the board: one conversation at a time."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._holder: object = None
        self._barred: object = None
        self._heard_us = 0

    def held_by_other(self, who: object) -> bool:
        """Two ticks of silence set a board free."""
        lapsed = self.board.clock.us() - self._heard_us > 2000000 * self.board.tick_s
        return self._holder not in (None, who) and not lapsed

    def held_by(self, who: object) -> bool:
        return self._holder is who

    def take(self, who: object, tick_s: float, factor: float) -> None:
        """Hold the board, from now on or on."""
        if who is self._barred:
            raise ProtocolError("busy", "another controller stopped this board; say hello again")
        if self.held_by_other(who):
            raise ProtocolError("busy", "another controller holds this board")
        if self._holder is not who:
            self._holder = who
            self.board.take(tick_s, factor)
        self._heard_us = self.board.clock.us()

    def leave(self, who: object) -> None:
        if self._holder is who:
            self._holder = None
        if self._barred is who:
            self._barred = None

    def stop(self, who: object) -> None:
        """Stop the board; a controller who is stopped by another one must not go on as if nothing were."""
        self.board.stop()
        self._barred = None if self._holder is who else self._holder
        self._holder = None


class Conversation:
    """One controller's frames and their answers; with a key all must be signed."""

    def __init__(self, floor: Floor, key: bytes | None = None) -> None:
        self.over = False
        self.left = False
        self._floor = floor
        self._board = floor.board
        self._key = key
        self._session: bytes | None = None
        self._greeted = False
        self._strict = False
        self._last_seq = -1
        self._strikes = 0
        self._terms = (5.0, 1.0)

    def here(self) -> bytes:
        """What a board that dials in says first."""
        facts = self._board.facts()
        return encode("here", 0, {name: facts[name] for name in ("name", "role", "firmware")})

    def answer(self, line: bytes) -> bytes:
        """The answer to a line; whatever comes, there is one."""
        try:
            return self._answer(line)
        except ProtocolError as error:
            unsigned = error.code == "key"
            self._strikes += unsigned
            self.over = self._strikes >= STRIKES
            key = None if unsigned else self._session
            return encode("error", error.seq, {"code": error.code, "text": error.text[:80]}, key)

    def hang_up(self) -> None:
        self._floor.leave(self)

    def _answer(self, line: bytes) -> bytes:
        greeting = line[:6] == b"hello "
        if self._key is not None and not greeting and not self._greeted:
            raise ProtocolError("key", "say hello first")
        frame = decode(line, self._key if greeting else self._session)
        if greeting:
            return self._hello(frame)
        self._admit(frame)
        do = {"tick": self._tick, "set": self._set, "stop": self._stop, "ping": self._ping, "leave": self._leave}
        if frame.verb not in do:
            raise ProtocolError("verb", f"a board does not obey {frame.verb}", frame.seq)
        try:
            verb, body = do[frame.verb](frame.body)
        except ProtocolError as error:
            error.seq = frame.seq
            raise
        return encode(verb, frame.seq, body, self._session)

    def _hello(self, frame: Frame) -> bytes:
        """Begin anew; from here on even an error is signed with a key that depends on the controller's nonce."""
        self._floor.leave(self)
        self._greeted = False
        theirs = str(frame.body.get("nonce", ""))
        if self._key is not None:
            if len(theirs) < 16:
                raise ProtocolError("key", "hello: nonce needs 16 digits", frame.seq)
            self._session = session_key(self._key, theirs)
        facts = self._agree(frame)
        nonce = hexlify(os.urandom(8)).decode()
        facts["nonce"] = nonce
        answer = encode("board", frame.seq, facts, self._session)
        if self._key is not None:
            self._session = session_key(self._key, theirs, nonce)
        self._greeted = True
        self._strict = frame.checked
        self._last_seq = frame.seq
        return answer

    def _agree(self, frame: Frame) -> dict[str, object]:
        """On a version and on the terms; what the board has to say of itself."""
        body = frame.body
        try:
            spoken = version(body.get("protocols", list(PROTOCOLS)))
        except ProtocolError as error:
            raise ProtocolError(error.code, error.text, frame.seq) from None
        self._terms = (number(body, "tick_s", 5.0), number(body, "factor", 1.0))
        most = MOST_FACTOR if self._board.stage.sim else 1.0
        if not 1.0 / most <= self._terms[1] <= most:
            raise ProtocolError("factor", f"this board runs at most {most:g} times as fast or slow", frame.seq)
        facts = self._board.facts()
        facts.update({"protocol": spoken, "clock_ms": self._board.clock_ms(), "held": self._floor.held_by_other(self)})
        return facts

    def _admit(self, frame: Frame) -> None:
        """Refuse what is unchecked, repeated or too early; on a serial line a stop is always obeyed."""
        if frame.verb == "stop" and self._key is None:
            return
        if self._strict and not frame.checked:
            raise ProtocolError("crc", "no CRC", frame.seq)
        if frame.seq <= self._last_seq:
            raise ProtocolError("replay", f"{frame.seq} was there already", frame.seq)
        if frame.verb in ("tick", "set") and not self._greeted:
            raise ProtocolError("hello", "say hello first", frame.seq)
        self._last_seq = frame.seq

    def _tick(self, body: dict[str, object]) -> tuple[str, dict[str, object]]:
        self._floor.take(self, *self._terms)
        return "reading", self._board.begin(body["tick"], body.get("world", {}))  # type: ignore[arg-type]

    def _set(self, body: dict[str, object]) -> tuple[str, dict[str, object]]:
        self._floor.take(self, *self._terms)
        power_w = number(body, "power_w", 0.0)
        power_w = clamp(power_w, number(body, "min_w", power_w), number(body, "max_w", power_w))
        return "done", self._board.set(body["tick"], power_w, body.get("world", {}))  # type: ignore[arg-type]

    def _stop(self, body: dict[str, object]) -> tuple[str, dict[str, object]]:
        self._floor.stop(self)
        return "stopped", {"clock_ms": self._board.clock_ms()}

    def _ping(self, body: dict[str, object]) -> tuple[str, dict[str, object]]:
        return "pong", {"clock_ms": self._board.clock_ms()}

    def _leave(self, body: dict[str, object]) -> tuple[str, dict[str, object]]:
        """Stop and give the wire to MicroPython's prompt, for an installer."""
        if self._key is not None:
            raise ProtocolError("verb", "a board leaves on a serial line only")
        self.left = True
        return self._stop(body)


def number(body: dict[str, object], name: str, usual: float) -> float:
    """A field that `check` has found to be a number, if it is there."""
    found = body.get(name, usual)
    return found if isinstance(found, (int, float)) else usual

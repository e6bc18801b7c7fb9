"""A board at the far end of a wire: greeted, told, asked and found again, all in a thread of its own."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from hil.bench import Board
from hil.frames import PROTOCOLS, Answer, Conversation, Dropped
from hil.link import Link, Port, reason
from hil.logbook import Logbook
from hil.mailbox import Letter, Mailbox
from hil.wake import Wake
from twin.errors import LinkError

Open = Callable[[], Port]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.5
"""Between attempts to reach a lost board: doubled from the first to the longest."""
HELLO_S = 0.5
"""How long a hello waits for its answer before it is said again."""
SILENT_TICKS = 1
"""Ticks without an answer after which the port is opened anew: a half-open connection looks alive for ever."""
FLOOD_PAUSE_S = 0.001
FORGOTTEN = ("hello", "busy", "replay")
"""The errors of a board that does not know us any more: it started anew, or another controller came between."""


class Pace(NamedTuple):
    """A tick's length in the scenario [s], and how many of its seconds pass in one of the wall clock."""

    tick_s: float
    factor: float = 1.0

    @property
    def wall_s(self) -> float:
        return self.tick_s / self.factor


class Remote:
    """Talks to one board. What the tick calls never waits but for `reading` and `stopped`, which have deadlines."""

    def __init__(self, board: Board, pace: Pace, open_port: Open) -> None:
        self.board = board
        self.where = f"{board.component}@{board.port}"
        self.logbook = Logbook(board.component)
        self.facts: dict[str, Any] | None = None
        """What the board said of itself; None while there is none that will do."""
        self.trouble = "not tried yet"
        self.refusal = ""
        """The code for which the last hello came to nothing, if there was one; `factor` is told of real boards too."""
        self._pace = pace
        self._open_port = open_port
        self._mailbox = Mailbox()
        self._outbox: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()
        self._wake = Wake()
        self._over = threading.Event()
        self._greeted = threading.Event()
        self._asked_in_vain = 0
        self._again = False
        self._thread = threading.Thread(target=self._live, name=self.where, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def greeted(self, until_s: float) -> bool:
        """Whether the board has answered a hello as it should, by a time at the latest."""
        return self._greeted.wait(max(until_s - time.monotonic(), 0.0))

    def begin(self, tick: int, world: dict[str, float]) -> None:
        """A tick begins now; the answer is the reading of the one before."""
        self.logbook.begin(tick)
        self._say("tick", {"tick": tick} | ({"world": world} if world else {}))

    def hold(self, body: dict[str, Any]) -> None:
        """Hold a power from now on."""
        self._say("set", body)

    def reading(self, tick: int, until_s: float) -> Letter | None:
        """What the board did in a tick; None where it did not say so in time, at once if it is not there."""
        return self._mailbox.take("tick", tick + 1, until_s if self._greeted.is_set() else 0.0)

    def held(self, tick: int, until_s: float) -> Letter | None:
        """The board's answer to what it was told to hold in a tick; None where there is none."""
        return self._mailbox.take("set", tick, until_s if self._greeted.is_set() else 0.0)

    def holds(self, tick: int, until_s: float) -> bool:
        """Whether the board has answered by a time what it was told to hold in a tick."""
        return self._mailbox.wait("set", tick, until_s if self._greeted.is_set() else 0.0) is not None

    def stop(self) -> None:
        self._say("stop", {})

    def stopped(self, until_s: float) -> bool:
        """Whether the board has answered a `stop`."""
        return self._mailbox.take("stop", None, until_s if self._greeted.is_set() else 0.0) is not None

    def greet_again(self) -> None:
        """Say hello anew, which forgives a trip; a board that is played back has nothing to forgive."""
        if not self.board.is_replay:
            self._again = True
            self._wake.ring()

    def close(self) -> None:
        """End the thread and let go of the port."""
        self._over.set()
        self._wake.ring()
        if self._thread.is_alive():
            self._thread.join()
        self._wake.close()

    def _say(self, verb: str, body: dict[str, Any]) -> None:
        if self._greeted.is_set():
            with self._lock:
                self._outbox.append((verb, body))
            self._wake.ring()

    def _live(self) -> None:
        """Find the board, talk until it is lost, begin again."""
        pause_s = FIRST_PAUSE_S
        while not self._over.is_set():
            try:
                if self._converse(Link(self.where, self._open_port())):
                    pause_s = FIRST_PAUSE_S
            except OSError as error:
                self.trouble = reason(error)
            except LinkError as error:
                self.trouble = error.got
            except Exception as error:  # noqa: BLE001 (any: see below)
                # Whatever a port or a peer makes fail: a thread that ends takes its board away for the whole run.
                self.trouble = f"failed with {error!r}"
                self.logbook.fault("failed", repr(error))
            self._over.wait(pause_s)
            pause_s = min(2.0 * pause_s, LONGEST_PAUSE_S)

    def _converse(self, link: Link) -> bool:
        """Talk until the board is lost or given up; returns whether it was there at all."""
        key = self.board.key.encode() if self.board.key and self.board.is_networked else None
        self._asked_in_vain, self._again = 0, False
        met = False
        try:
            while not self._over.is_set():
                talk = Conversation(key, secrets.token_hex(8))
                if not self._hello(link, talk):
                    break
                met = True
                self._talk(link, talk)
                if not self._again:
                    break
                self._again = False
                self._part("greeted again")
        except LinkError as error:
            self.trouble = error.got
            self.logbook.fault("lost", error.got)
        finally:
            self._part(self.trouble if not met else "lost")
            link.close()
        return met

    def _part(self, why: str) -> None:
        """Nobody is there; what was still to be said is not said any more."""
        self._greeted.clear()
        self.facts = None
        self.trouble = why
        with self._lock:
            self._outbox.clear()
        self._mailbox.clear()

    def _hello(self, link: Link, talk: Conversation) -> bool:
        """Say hello, and check who answers."""
        self.trouble = "does not answer"
        self.refusal = ""
        self._send(link, talk.hello(self._pace.tick_s, self._pace.factor, time.monotonic()))
        until_s = time.monotonic() + HELLO_S
        while not self._over.is_set() and (left_s := until_s - time.monotonic()) > 0.0:
            for heard in self._heard(link, talk, left_s):
                if heard.verb == "error":
                    self.refusal = heard.body["code"]
                    return self._unfit(f"refuses: {heard.body['text']} ({heard.body['code']})")
                if heard.asked.verb == "hello":
                    return self._fits(heard.body)
        return False

    def _fits(self, facts: dict[str, Any]) -> bool:
        """Whether this is the board that the bench names."""
        board = self.board
        wanted = {"name": board.called, "role": board.role}
        for fact, value in wanted.items():
            if facts[fact] != value:
                return self._unfit(f"its {fact} is {facts[fact]!r}, not {value!r}")
        if board.firmware and not facts["firmware"].startswith(board.firmware):
            return self._unfit(f"its firmware is {facts['firmware']!r}, not {board.firmware!r}")
        if facts["protocol"] not in PROTOCOLS:
            return self._unfit(f"it speaks protocol {facts['protocol']}, not one of {PROTOCOLS}")
        if self._pace.factor != 1.0 and not facts.get("sim") and not board.is_replay:
            self.refusal = "factor"
            return self._unfit("its power stage is real and keeps real time")
        if facts.get("held"):
            return self._unfit("another controller holds it")
        self.facts = facts
        self._greeted.set()
        return True

    def _unfit(self, why: str) -> bool:
        self.trouble = why
        self.logbook.fault("unfit", why)
        return False

    def _talk(self, link: Link, talk: Conversation) -> None:
        """Say what is to be said and hear what is answered, until it is over or the board has gone quiet."""
        while not self._over.is_set() and not self._again:
            for verb, body in self._taken():
                if verb == "tick":
                    self._count_silence(talk, body["tick"] - 1)
                    if self._asked_in_vain > SILENT_TICKS:
                        raise LinkError(self.where, f"has been silent for {self._asked_in_vain} ticks")
                self._send(link, talk.ask(verb, body, time.monotonic()))
            for heard in self._heard(link, talk, 1.0):
                self._file(heard)

    def _taken(self) -> list[tuple[str, dict[str, Any]]]:
        with self._lock:
            taken, self._outbox = self._outbox, []
        return taken

    def _count_silence(self, talk: Conversation, tick: int) -> None:
        if talk.give_up(tick) and not self.board.is_replay:
            self._asked_in_vain += 1

    def _heard(self, link: Link, talk: Conversation, within_s: float) -> list[Answer]:
        """The answers that have come; all else is counted and dropped."""
        if not link.wait(self._wake.fileno(), within_s):
            self._wake.heed()
            return []
        before = link.dropped
        lines = link.lines()
        if link.dropped > before:
            self.logbook.fault("garbage", "a line that does not end")
        answers = []
        for line in lines:
            self.logbook.line(">", line)
            heard = talk.hear(line)
            if isinstance(heard, Dropped):
                self.logbook.fault(heard.why, repr(line[:80]))
                if heard.why == "key":
                    self.trouble = "does not answer with the bench's key"
            else:
                answers.append(heard)
        if not answers:
            time.sleep(FLOOD_PAUSE_S)
        return answers

    def _file(self, heard: Answer) -> None:
        self._asked_in_vain = 0
        if heard.verb == "error":
            self.logbook.fault("refused", f"{heard.asked.verb}: {heard.body['text']} ({heard.body['code']})")
            if heard.body["code"] in FORGOTTEN:
                self.greet_again()
            return
        now_s = time.monotonic()
        letter = Letter(heard.body, now_s, now_s - heard.asked.at_s)
        if not self._mailbox.put(heard.asked.verb, heard.asked.tick, letter):
            self.logbook.fault("late", f"{heard.verb} after {1e3 * letter.took_s:.0f} ms")

    def _send(self, link: Link, line: bytes) -> None:
        self.logbook.line("<", line)
        link.send(line)

"""What a board's thread and the tick tell each other."""

import threading
import time
from typing import Any, NamedTuple


class Letter(NamedTuple):
    """An answer, when it came, and how long after the question."""

    body: dict[str, Any]
    at_s: float
    took_s: float


class Mailbox:
    """The newest answer of each kind, by its tick; to be waited for, never longer than a deadline."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._letters: dict[tuple[str, int | None], Letter] = {}
        self._given_up: dict[str, int | None] = {}

    def put(self, verb: str, tick: int | None, letter: Letter) -> bool:
        """Whether the answer came in time for who wanted it; else it is thrown away."""
        with self._changed:
            if tick is not None and self._given_up.get(verb) == tick:
                return False
            # Of each kind the newest two are kept: that of this tick and that of the one before.
            old = [key for key in self._letters if key[0] == verb]
            for key in old[:-1]:
                del self._letters[key]
            self._letters[verb, tick] = letter
            self._changed.notify_all()
            return True

    def take(self, verb: str, tick: int | None, until_s: float) -> Letter | None:
        """The answer of a kind for a tick; None if it is not there at `until_s` (monotonic)."""
        with self._changed:
            self._changed.wait_for(lambda: (verb, tick) in self._letters, max(until_s - time.monotonic(), 0.0))
            letter = self._letters.pop((verb, tick), None)
            if letter is None:
                self._given_up[verb] = tick
            return letter

    def wait(self, verb: str, tick: int | None, until_s: float) -> Letter | None:
        """The same, but the answer stays where it is."""
        with self._changed:
            self._changed.wait_for(lambda: (verb, tick) in self._letters, max(until_s - time.monotonic(), 0.0))
            return self._letters.get((verb, tick))

    def clear(self) -> None:
        """Nothing of what came before counts any more; who waits is not kept waiting for it."""
        with self._changed:
            self._letters.clear()

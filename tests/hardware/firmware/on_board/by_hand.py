"""A board whose time is turned by hand; for scripts that run under CPython and MicroPython."""

import gc
import json

from hil.firmware.board import Board
from hil.firmware.config import Config
from hil.firmware.hal_sim import STAGES


class HandClock:
    def __init__(self):
        self.now_us = 0
        self.factor = 1.0

    def us(self):
        return self.now_us


def make_board(role, **more):
    told = {"name": role + "1", "role": role, "hal": "sim"}
    told.update(more)
    config = Config(told)
    return Board(config, STAGES[role](config.sim), HandClock())


def live(board, length_s, watch=None, step_ms=5):
    """Let a board live, a control period at a time, and show it to `watch(seconds since now, what is measured)`."""
    for number in range(int(length_s * 1000 / step_ms + 0.5)):
        board.clock.now_us += step_ms * 1000
        board.advance()
        if watch:
            watch((number + 1) * step_ms / 1000, board.stage.measure())


class Trace:
    """What was measured, and when it came within a share of what was wanted for good."""

    def __init__(self, of, wanted, share):
        self.least = self.most = None
        self.settled_s = 0.0
        self.last = None
        self._of, self._wanted, self._share = of, wanted, share

    def __call__(self, since_s, seen):
        value = self._of(seen)
        self.last = value
        self.least = value if self.least is None else min(self.least, value)
        self.most = value if self.most is None else max(self.most, value)
        if abs(value - self._wanted) > self._share * abs(self._wanted):
            self.settled_s = since_s


def say(name, found):
    """A result, as a line of its own: a Pico's heap has no room for them all."""
    print(json.dumps({name: found}))
    gc.collect()

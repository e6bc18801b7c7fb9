"""The interlock of a bench: no board puts power into the bus, or takes any, unless the board that holds it is well.

Without it a bus drifts to where over- and under-voltage protections trip, or worse. The order of start is the grid
board first, then loads, then solar and storage; that of stop is the reverse.
"""

from collections.abc import Callable
from typing import NamedTuple

START_ORDER = (("grid",), ("load",), ("solar", "storage"))
STOP_ORDER = START_ORDER[::-1]
"""What puts power into the bus goes first, what holds its voltage last."""
STAGE = {role: stage for stage, roles in enumerate(START_ORDER) for role in roles}
LAST = len(START_ORDER) - 1


class Waiting(NamedTuple):
    """A board that is told what to hold once the bus is held; it says so itself by a call."""

    role: str
    tell: Callable[[bool], None]


class Interlock:
    """Which roles may have power; where no board holds the bus, all may.

    What is believed of the grid board comes once a tick: after the first good tick loads are free, after the next one
    sources too; any other takes both back at once.
    """

    def __init__(self) -> None:
        self._stage = LAST
        self._waiting: list[Waiting] = []
        self._looks_well: Callable[[], bool] | None = None
        self.starting = False
        """Whether powers are collected until the grid board has answered for the first time."""

    def begin(self, looks_well: Callable[[], bool]) -> None:
        """Ticks begin, now or again; `looks_well` says in the first one whether the grid board can hold the bus."""
        self.starting = True
        self._looks_well = looks_well

    def frees(self, role: str) -> bool:
        """Whether boards of a role may have power in the tick that begins."""
        looks_well, self._looks_well = self._looks_well, None
        if looks_well is not None and not looks_well():
            self._stage = 0
        return STAGE[role] <= self._stage

    def see(self, is_good: bool) -> None:
        """What a tick of the grid board came to."""
        self._stage = min(self._stage + 1, LAST) if is_good else 0

    def tell(self, role: str, tell: Callable[[bool], None]) -> None:
        """Have a board told its power: at once, or in the first tick when the bus is held."""
        if self.starting and role != "grid":
            self._waiting.append(Waiting(role, tell))
        else:
            tell(True)

    def start(self, is_held: bool) -> None:
        """The grid board has answered its first set, or has not: all others follow in order, or keep to their least."""
        self.starting = False
        waiting, self._waiting = self._waiting, []
        for board in sorted(waiting, key=lambda board: STAGE[board.role]):
            board.tell(is_held)

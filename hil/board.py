"""A component that is a board: the wrapped model is its shadow, and answers when the board does not."""

import time
from collections.abc import Callable, Generator
from typing import Generic, NamedTuple, TypeVar

from simpy import Event

from hil.belief import SHUT, Judge, Measured, measured
from hil.interlock import Interlock
from hil.mailbox import Letter
from hil.remote import Remote
from twin.clock import Ticking
from twin.facts import Component, Limits, Prices, Reading, State, replace
from twin.simulation.microgrid import Priced, Stateful

Part = TypeVar("Part", bound=Component)
World = Callable[[Limits], dict[str, float]]
"""What nature would tell a simulated power stage, from the limits of the tick that begins."""


class LinkRow(NamedTuple):
    """One board in one tick, as the run store keeps it.

    `latency_s` is the way of the set there and back, `age_s` how old the newest reading was when the tick was settled,
    `delay_s` the part of the tick that passed before the set was obeyed [s of the scenario].
    """

    tick: int
    component: str
    latency_s: float | None
    age_s: float | None
    quality: str
    residual_j: float | None
    delay_s: float | None


class HardwareComponent(Generic[Part]):
    """Stands on the bus in the place of `shadow`; `tick_s` in the scenario's time, `deadline_s` in the wall clock's."""

    stores = False
    """Whether its readings must tell what it holds."""

    def __init__(self, shadow: Part, remote: Remote, tick_s: float, deadline_s: float, interlock: Interlock) -> None:
        board = remote.board
        self.name = shadow.name
        self.shadow = shadow
        self._remote = remote
        self._tick_s = tick_s
        self._deadline_s = deadline_s
        self._world = world_of(remote)
        self._interlock = interlock
        self._judge = Judge(board.limits, tick_s, board.stuck_ticks)
        self._good = board.good_frames if remote.facts else 0
        self._limits = Limits(0.0, 0.0)
        self._room: Limits | None = None
        self._held_w = 0.0
        self._began_s = 0.0
        self._newest_s: float | None = None
        self._first_tick = 0
        self._rows: list[LinkRow] = []

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        self._first_tick = tick
        life = self.shadow.process(env, tick)
        self._begin(life, tick)
        while True:
            yield env.boundary
            tick += 1
            self._begin(life, tick)

    def limits(self, tick: int) -> Limits:
        """The shadow's, which has been corrected to what was measured, within the bench's and the board's."""
        model = self.shadow.limits(tick)
        low_w, high_w = model.min_w, model.max_w
        most_w = self._remote.board.limits.power
        for room in (Limits(-most_w, most_w), self._board_limits(), self._room):
            if room is not None:
                low_w, high_w = max(low_w, room.min_w), min(high_w, room.max_w)
        limits = Limits(min(low_w, high_w), high_w, model.wanted_w)
        self._limits = limits if self._is_free else self._least(limits)
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        self.shadow.apply(tick, power_w)
        if not self._is_free:
            self._remote.logbook.fault("interlock", "the board that holds the bus is not believed", tick)
        limits = self._limits

        def told(is_held: bool) -> None:
            within = limits if is_held else self._least(limits)
            body = {"tick": tick, "power_w": within.clip(power_w), "min_w": within.min_w, "max_w": within.max_w}
            self._remote.hold({name: value for name, value in body.items() if abs(value) < 1e9})

        self._interlock.tell(self._remote.board.role, told)

    def read(self, tick: int) -> Reading:
        """What the board did in a tick, if it can be believed, else what its shadow did."""
        until_s = self._began_s + self._deadline_s
        letter = self._remote.reading(tick, until_s)
        if tick < self._first_tick:
            return self._first(letter)
        held = self._remote.held(tick, until_s)
        before_w, self._held_w = self._held_w, 0.0 if held is None else float(held.body["power_w"])
        model = self.shadow.read(tick)
        told = None if letter is None else measured(letter.body)
        modelled_j = model.energy_j if told is None else self._two_pieces_j(before_w, told)
        quality, detail = self._quality(told, held, modelled_j)
        self._keep(tick, (quality, detail), (letter, told, held), modelled_j)
        if told is None or quality != "good":
            return replace(model, source="fallback")
        return self._believed(model, told)

    def drain(self) -> list[LinkRow]:
        """The rows since the last time."""
        rows, self._rows = self._rows, []
        return rows

    @property
    def _is_free(self) -> bool:
        return self._interlock.frees(self._remote.board.role)

    def _least(self, limits: Limits) -> Limits:
        """What is left where nobody holds the bus: a load takes as little as it may, all else nothing."""
        least_w = limits.max_w if self._remote.board.role == "load" else 0.0
        return Limits(least_w, least_w, limits.wanted_w)

    def _begin(self, life: Generator[Event, None, None], tick: int) -> None:
        """The shadow lives up to the boundary, and the board is told of it."""
        next(life)
        self._began_s = time.monotonic()
        self._remote.begin(tick, self._world(self.shadow.limits(tick)))

    def _first(self, letter: Letter | None) -> Reading:
        """Before the first tick: nothing was done yet, but a storage may tell what it holds."""
        model = self.shadow.read(self._first_tick - 1)
        if letter is None:
            return model
        self._note(letter)
        return self._correct(model, measured(letter.body))

    def _board_limits(self) -> Limits | None:
        facts = self._remote.facts
        if facts is None:
            return None
        limits: dict[str, float] = facts.get("limits", {})
        return Limits(limits.get("min_w", -1e12), limits.get("max_w", 1e12))

    def _two_pieces_j(self, before_w: float, told: Measured) -> float:
        """What the model would have done: the old power until the board heard of the new one, then that."""
        delay_s = min(told.delay_s, told.length_s)
        return self._limits.clip(before_w) * delay_s + self._held_w * (told.length_s - delay_s)

    def _quality(self, told: Measured | None, held: Letter | None, modelled_j: float) -> tuple[str, str]:
        """`good`, or why not; a board that was away or talked nonsense must be good several times to be believed."""
        quality, detail = self._judged(told, held, modelled_j)
        wanted = self._remote.board.good_frames
        self._good = min(self._good + 1, wanted) if quality == "good" else 0
        if quality == "good" and self._good < wanted:
            return "waiting", f"{self._good} good readings of {wanted}"
        return quality, detail

    def _judged(self, told: Measured | None, held: Letter | None, modelled_j: float) -> tuple[str, str]:
        if told is None:
            self._judge.forget()
            self._room = None
            return ("missing", self._remote.trouble) if self._remote.facts is None else ("silent", "no reading in time")
        doubt = self._judge.doubt(told, modelled_j, self.stores)
        if doubt is not None:
            kind, _, detail = doubt.partition(": ")
            if kind in ("trip", "sensor"):
                self._remote.greet_again()
            return kind, detail
        return ("good", "") if held is not None else ("unheard", "it did not answer what it was told to hold")

    def _correct(self, model: Reading, told: Measured) -> Reading:
        """The reading before the first tick, and the shadow put where the board is."""
        return model

    def _believed(self, model: Reading, told: Measured) -> Reading:
        """The board's reading, and the shadow put where the board is."""
        return Reading(told.energy_j, "hardware")

    def _note(self, letter: Letter) -> None:
        self._newest_s = letter.at_s
        body = letter.body
        known = "min_w" in body and "max_w" in body
        self._room = Limits(body["min_w"], body["max_w"]) if known else None

    def _keep(
        self,
        tick: int,
        verdict: tuple[str, str],
        said: tuple[Letter | None, Measured | None, Letter | None],
        modelled_j: float,
    ) -> None:
        """Write down how it went."""
        quality, detail = verdict
        letter, told, held = said
        if letter is not None and quality in ("good", "waiting"):
            self._note(letter)
        if quality not in ("good", "waiting"):
            self._remote.logbook.fault(quality, detail, tick)
        age_s = None if self._newest_s is None else time.monotonic() - self._newest_s
        residual_j = None if told is None else modelled_j - told.energy_j
        delay_s = None if told is None else told.delay_s
        latency_s = None if held is None else held.took_s
        self._rows.append(LinkRow(tick, self.name, latency_s, age_s, quality, residual_j, delay_s))


class HardwareStorage(HardwareComponent[Stateful]):
    """A storage board: its shadow's state is what survives a checkpoint."""

    stores = True

    def holdable(self, length_s: float) -> Limits:
        """What its shadow could hold for so long, within what the board allows now."""
        limits = self.shadow.holdable(length_s)
        return limits if self._room is None else Limits(self._room.clip(limits.min_w), self._room.clip(limits.max_w))

    def state(self) -> State:
        return self.shadow.state()

    def restore(self, state: State) -> None:
        self.shadow.restore(state)

    def _correct(self, model: Reading, told: Measured) -> Reading:
        stored_j = told.stored_j or 0.0
        self.shadow.restore({"stored_j": stored_j})
        return replace(model, stored_j=stored_j)

    def _believed(self, model: Reading, told: Measured) -> Reading:
        """What is missing between before and after is booked as lost."""
        before_j = model.stored_j + model.energy_j + model.loss_j
        now = self._correct(model, told)
        loss_j = before_j - told.energy_j - now.stored_j
        return Reading(told.energy_j, "hardware", now.stored_j, loss_j)


class HardwareMarket(HardwareComponent[Priced]):
    """A grid board, which holds the bus for all others; prices still come from the feed."""

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        self._interlock.begin(self._looks_well)
        return super().process(env, tick)

    def apply(self, tick: int, power_w: float) -> None:
        """Set the power; in the first tick the others wait until the bus is held."""
        super().apply(tick, power_w)
        if self._interlock.starting:
            self._interlock.start(self._remote.holds(tick, time.monotonic() + self._deadline_s))

    def read(self, tick: int) -> Reading:
        reading = super().read(tick)
        if tick >= self._first_tick:
            self._interlock.see(reading.source == "hardware")
        return reading

    def _looks_well(self) -> bool:
        """Whether it was there before the first tick, and not shut."""
        letter = self._remote.reading(self._first_tick - 1, self._began_s + self._deadline_s)
        return letter is not None and not any(flag in SHUT for flag in letter.body["flags"])

    @property
    def prices(self) -> Prices:
        return self.shadow.prices


def world_of(remote: Remote) -> World:
    """What a simulated power stage is told of nature; a board that is real feels it."""

    def nature(limits: Limits) -> dict[str, float]:
        facts = remote.facts
        if facts is None or not facts.get("sim") or remote.board.role != "solar":
            return {}
        rated_w = float(facts.get("limits", {}).get("max_w", 0.0))
        return {"sun": min(limits.max_w / rated_w, 1.0)} if rated_w else {}

    return nature

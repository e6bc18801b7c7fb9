"""The facts that pass between the rooms, and the seams that more than one room needs.

Positive power and energy flow into the bus. Power is in W, energy in J, time in s, prices in money per J.
Ticks are counted from the run's start; negative ticks are history.

What is made anew at every tick is a frozen struct of msgspec: it costs a fifth of a NamedTuple, and the garbage
collector need not look at it, as facts form no cycles. The rest are frozen dataclasses.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace as replace
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Source = Literal["model", "hardware", "held", "fallback"]
SERIES = ("import_price", "export_price", "demand_w", "solar_w")
"""What a forecaster predicts, in the order of the columns of every `(ticks, 4)` array of known values."""


class Tick(Struct, frozen=True, gc=False):
    """One decision interval; it lasts `[start_s, start_s + tick_s)` in Unix time, UTC."""

    number: int
    start_s: float
    day: int
    of_day: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Counts ticks in UTC: `day` 0 began at the Unix epoch and has `ticks_per_day` ticks of `tick_s`."""

    tick_s: float
    ticks_per_day: int
    start_day: int

    def tick(self, number: int) -> Tick:
        days, of_day = divmod(number, self.ticks_per_day)
        day = self.start_day + days
        return Tick(number, (day * self.ticks_per_day + of_day) * self.tick_s, day, of_day)

    def midnight(self, day: int) -> int:
        """The first tick of an absolute day, counted from the run's start."""
        return (day - self.start_day) * self.ticks_per_day


class Prices(Struct, frozen=True, gc=False):
    """What a joule costs (`import_price`) and earns (`export_price`) at the market in one tick."""

    import_price: float
    export_price: float


class Outside(Struct, frozen=True, gc=False):
    """A feed's word on one tick; `sun` is the fraction of rated solar power, `held` marks a repeated answer."""

    sun: float
    demand_w: float
    import_price: float
    export_price: float
    held: bool = False

    def again(self) -> "Outside":
        """The same word once more, marked as held."""
        return replace(self, held=True)


class Limits(Struct, frozen=True, gc=False):
    """The constant power a component can hold through a tick, and what it would do if left alone."""

    min_w: float
    max_w: float
    wanted_w: float = 0.0

    def clip(self, power_w: float) -> float:
        """The nearest power that can be held."""
        return self.min_w if power_w < self.min_w else self.max_w if power_w > self.max_w else power_w


class Reading(Struct, frozen=True, gc=False):
    """What a component really did in a tick. Storage adds what it holds now and what it lost on the way."""

    energy_j: float
    source: Source = "model"
    stored_j: float = 0.0
    loss_j: float = 0.0


TaskShape = Literal["flexible", "block", "profile"]


@dataclass(frozen=True, slots=True)
class Task:
    """A deferrable demand: `energy_j` to serve in ticks `start <= t < end`.

    flexible: any power up to `max_power_w`. block: off, or between `min_power_w` and `max_power_w`.
    profile: once started, `profile_w` tick by tick without a pause.
    It is known from tick `known_from`, 00:00 of its day.
    """

    name: str
    known_from: int
    start: int
    end: int
    energy_j: float
    shape: TaskShape = "flexible"
    min_power_w: float = 0.0
    max_power_w: float = math.inf
    profile_w: tuple[float, ...] = ()


class OpenTask(Struct, frozen=True, gc=False):
    """Where a known task stands: what is left, the tick of its first power, and what the last tick gave it."""

    task: Task
    remaining_j: float
    started: int | None = None
    served_j: float = 0.0


class Observation(Struct, frozen=True, gc=False):
    """All that a policy may know when a tick begins.

    The limits are signed bus powers, a load's `wanted_w` its share of the base demand. The magnitudes below say what
    they mean for the loads as a whole: all base demand, the part of it each load can take, the room left for tasks.
    """

    tick: Tick
    ticks_left: int
    prices: Prices
    solar: Limits
    loads: tuple[Limits, ...]
    storage: Limits
    market: Limits
    stored_j: float
    tasks: tuple[OpenTask, ...]
    demand_w: float
    base_w: tuple[float, ...]
    task_room_w: float


BAND = (0.1, 0.9)
"""The quantiles between which four in five outcomes are expected."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Values for the ticks from the present one (exact, at index 0) on.

    Each field has shape `(horizon,)`, or `(paths, horizon)` for sample paths. A single guess may have a `band`, its
    quantiles `BAND`, `(2, horizon, 4)` with columns in the order of `SERIES`.
    """

    import_price: Floats
    export_price: Floats
    demand_w: Floats
    solar_w: Floats
    band: Floats | None = None


class Reason(StrEnum):
    """Why a tick was decided as it was: the record's whole vocabulary."""

    STORE_SURPLUS = "store_surplus"
    EXPORT_FULL = "export_full"
    EXPORT_PRICE_HIGH = "export_price_high"
    DISCHARGE_NEED = "discharge_need"
    DISCHARGE_PRICE_HIGH = "discharge_price_high"
    DISCHARGE_EXPORT = "discharge_export"
    CHARGE_PRICE_LOW = "charge_price_low"
    HOLD_FOR_LATER = "hold_for_later"
    IMPORT_EMPTY = "import_empty"
    IMPORT_LIMITED = "import_limited"
    TASK_DEADLINE = "task_deadline"
    TASK_PRICE_LOW = "task_price_low"
    CURTAIL_PRICE = "curtail_price"
    CURTAIL_LIMIT = "curtail_limit"
    SHED_LIMIT = "shed_limit"
    BALANCED = "balanced"
    FALLBACK_TIME_LIMIT = "fallback_time_limit"
    FALLBACK_NO_SOLUTION = "fallback_no_solution"
    FALLBACK_WORKER_LOST = "fallback_worker_lost"
    FALLBACK_FORECAST = "fallback_forecast"


class Violation(Struct, frozen=True, gc=False):
    """A limit that a plan or the bus could not keep: which, of what, by how many joules."""

    kind: str
    subject: str
    amount_j: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner wants for each tick of the horizon, as bus energy of shape `(horizon,)`."""

    storage_j: Floats
    import_j: Floats
    export_j: Floats
    stored_j: Floats
    status: str
    plan_s: float | None
    forecast: Forecast | None = None
    violations: tuple[Violation, ...] = ()


class Decision(Struct, frozen=True, gc=False):
    """A policy's wish for one tick, in signed bus power but for `tasks_w`, which follows `Observation.tasks`.

    `by` says who decided: a plan, an incumbent (a plan not proven best), the rule, or a policy of one's own.
    """

    solar_w: float
    storage_w: float
    tasks_w: tuple[float, ...]
    reason: Reason
    by: str = "policy"
    shadow_price: float | None = None
    plan: Plan | None = None

    def because(self, reason: Reason) -> "Decision":
        """The same wish for another reason."""
        return replace(self, reason=reason)


class Record(Struct, frozen=True, gc=False):
    """One row per tick: what was known, wanted and done, and what it cost.

    Fields up to `late_s` are the public columns in their order; then each component's reading in the order of
    `Microgrid.names`, and the rows of the side tables.
    """

    tick: int
    start_s: float
    day: int
    tick_of_day: int
    solar_j: float
    load_j: float
    storage_j: float
    import_j: float
    export_j: float
    curtailed_j: float
    unserved_j: float
    stored_j: float
    loss_j: float
    mismatch_j: float
    import_price: float
    export_price: float
    cost: float
    planned_storage_j: float
    planned_import_j: float
    planned_export_j: float
    decision: str
    reason: str
    shadow_price: float | None
    solver_status: str | None
    plan_s: float | None
    late_s: float
    energies_j: tuple[float, ...]
    sources: tuple[Source, ...]
    violations: tuple[Violation, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    forecast: Forecast | None = None


COLUMNS = Record.__struct_fields__[: Record.__struct_fields__.index("late_s") + 1]
"""The public columns of a record, in order; `NAME_j` and `NAME_source` follow per component."""


@dataclass(frozen=True, slots=True)
class LinearStorage:
    """What a planner needs to know of a storage, per tick of the scenario's length.

    `stored_after = retention * stored + charge_gain * charged - discharge_drain * discharged - standing_j`, all in J;
    charged and discharged are energies at the bus, at most `max_charge_j` and `max_discharge_j`.
    `exact` says whether the storage really is linear.
    """

    min_j: float
    max_j: float
    retention: float
    charge_gain: float
    discharge_drain: float
    standing_j: float
    max_charge_j: float
    max_discharge_j: float
    wear_price: float
    discharge_efficiency: float
    exact: bool


State = dict[str, Any]
"""What survives a checkpoint: plain JSON."""


class Component(Protocol):
    """A thing on the bus. `limits` says what it can hold in the tick that begins; `apply` clips to exactly that."""

    name: str

    def process(self, env: Any, tick: int) -> Generator[Any, None, None]:
        """The SimPy process that lives the component's life from `tick` on."""

    def limits(self, tick: int) -> Limits: ...

    def apply(self, tick: int, power_w: float) -> None: ...

    def read(self, tick: int) -> Reading: ...


class Feed(Protocol):
    """Where outside facts come from. Ticks before 0 are history."""

    live: bool

    def at(self, tick: int) -> Outside:
        """The facts of one tick; raises FeedError if there is no believable answer."""

    def values(self, start: int, stop: int) -> Floats:
        """Columns sun, demand_w, import_price, export_price of ticks `start <= t < stop`, shape `(ticks, 4)`."""

    def tasks(self, day: int) -> tuple[Task, ...]:
        """The tasks that become known at 00:00 of an absolute day."""


class Forecaster(Protocol):
    """Predicts from what has been seen; `predict` is called once per tick, in order."""

    name: str

    def predict(self, seen: Observation, horizon: int) -> Forecast: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Memoryless:
    """What a forecaster or policy without a memory keeps over a checkpoint: nothing."""

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        """There is nothing to remember."""


class Policy(Protocol):
    """What decides. `state` and `restore` carry its memory over a checkpoint."""

    name: str

    def decide(self, seen: Observation) -> Decision: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


@dataclass(frozen=True, slots=True)
class Economics:
    """How a run is priced: what `net_cost` needs beyond the record's rows."""

    currency: str
    unserved_price: float
    wear_price: float
    discharge_efficiency: float
    usable_j: float

"""What is seen, expected and decided in a tick, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from twin.facts.world import Floats, Limits, OpenTask, Prices, Tick


class Observation(Struct, frozen=True, gc=False):
    """All that a policy may know when a tick begins.

    Arrays, loads and storages go by their names, in the order of the scenario. Their limits are signed bus powers, a
    load's `wanted_w` is its share of the base demand. The magnitudes below say what they mean for the loads as a whole:
    all base demand, the part of it each load can take, the room left for deferrable tasks.

    Where a tick has several steps, sun and demand of the tick that begins are not known: they are then the means of the
    tick before, `exact` is false, and `net_steps_w` is the net load (demand less sun) in each of its steps.
    """

    tick: Tick
    ticks_left: int
    prices: Prices
    solar: Mapping[str, Limits]
    loads: Mapping[str, Limits]
    storage: Mapping[str, Limits]
    market: Limits
    stored_j: Mapping[str, float]
    tasks: tuple[OpenTask, ...]
    demand_w: float
    base_w: tuple[float, ...]
    task_room_w: float
    exact: bool = True
    net_steps_w: tuple[float, ...] = ()

    @property
    def available_w(self) -> float:
        """What the arrays could give together [W]."""
        return sum([limits.wanted_w for limits in self.solar.values()])


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
    NO_STORAGE = "no_storage"
    FOLLOW_LOAD = "follow_load"
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


class SetPoint(Struct, frozen=True, gc=False):
    """What a storage is asked to do in a tick: `clip(net load - grid_w, low_w, high_w)`, in signed bus power [W].

    The net load is what the bus would import were this storage and those after it idle. With `low_w = high_w` the
    storage holds a power; with `grid_w = 0` between wide limits it follows the load.
    """

    low_w: float
    high_w: float
    grid_w: float = 0.0


def hold(power_w: float) -> SetPoint:
    """The set-point that holds a bus power [W]."""
    return SetPoint(power_w, power_w)


IDLE = hold(0.0)


class Decision(Struct, frozen=True, gc=False):
    """What a policy decides for one tick.

    `solar_w` is the most that an array may give [W]; an array not named gives all it can. `storage` has the set-point
    of each storage; one not named rests. `tasks_w` follows `Observation.tasks`. `by` says who decided: a plan, an
    incumbent (a plan not proven best), the rule, or a policy of one's own.
    """

    solar_w: Mapping[str, float]
    storage: Mapping[str, SetPoint]
    tasks_w: tuple[float, ...]
    reason: Reason
    by: str = "policy"
    shadow_price: float | None = None
    plan: Plan | None = None

    def because(self, reason: Reason) -> "Decision":
        """The same decision for another reason."""
        return replace(self, reason=reason)

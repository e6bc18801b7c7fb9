"""What is seen, expected and decided in a tick, and why."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from twin.facts.world import Floats, Limits, OpenTask, Prices, Tick


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
    NO_STORAGE = "no_storage"
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

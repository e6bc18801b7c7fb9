"""What is kept of a tick, and how a run is priced."""

from dataclasses import dataclass

from msgspec import Struct

from twin.facts.choices import Forecast, Violation
from twin.facts.world import OpenTask, Source


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
class Economics:
    """How a run is priced: what `net_cost` needs beyond the record's rows."""

    currency: str
    unserved_price: float
    wear_price: float
    discharge_efficiency: float
    usable_j: float

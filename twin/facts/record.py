"""What is kept of a tick, and how a run is priced."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from twin.facts.choices import Forecast, Violation
from twin.facts.world import OpenTask, Reading, Source


class Record(Struct, frozen=True, gc=False):
    """One row per tick: what was known, wanted and done, and what it cost.

    Fields up to `late_s` are the public columns in their order, sums over the arrays, loads and storages; then each
    component's reading by its name, in the order of `Microgrid.names`, and the rows of the side tables.
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
    readings: Mapping[str, Reading]
    violations: tuple[Violation, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    forecast: Forecast | None = None

    @property
    def energies_j(self) -> tuple[float, ...]:
        """Each component's energy."""
        return tuple([reading.energy_j for reading in self.readings.values()])

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where each component's reading came from."""
        return tuple([reading.source for reading in self.readings.values()])


COLUMNS = Record.__struct_fields__[: Record.__struct_fields__.index("late_s") + 1]
"""The public columns of a record, in order; `NAME_j` and `NAME_source` follow per component."""


@dataclass(frozen=True, slots=True)
class StorageEconomics:
    """What a storage's wear costs per joule moved, what part of its energy reaches the bus, how much is usable."""

    wear_price: float
    discharge_efficiency: float
    usable_j: float


@dataclass(frozen=True, slots=True)
class Economics:
    """How a run is priced: what `net_cost` needs beyond the record's rows; the storages go by name."""

    currency: str
    unserved_price: float
    storages: Mapping[str, StorageEconomics]

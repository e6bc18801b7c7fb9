"""The kinds of storage as a scenario describes them, in SI units, each with its physics and the energy it starts with.

A new kind is a file of physics in `twin.components.storage`, and here a section and its name in `Storage`.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from twin.components import storage as kinds
from twin.components.storage.component import Physics
from twin.components.storage.flywheel import kinetic_energy_j
from twin.components.storage.supercapacitor import stored_energy_j
from twin.scenario.checking import Fault, Section
from twin.scenario.quantities import (
    Capacitance,
    Cost,
    Current,
    Drag,
    Efficiency,
    Energy,
    Inertia,
    Power,
    Rate,
    Resistance,
    ResistanceOrNil,
    Share,
    Speed,
    SpeedOrNil,
    Voltage,
    VoltageOrNil,
)
from twin.scenario.words import ComponentName


class Stored(Section):
    """What every storage has."""

    name: ComponentName = "storage"


class Battery(Stored):
    """A storage of energy with efficiencies; shares are of its capacity."""

    kind: Literal["battery"]
    capacity: Energy
    min_soc: Share = 0.0
    max_soc: Share = 1.0
    initial_soc: Share | None = None
    charge_efficiency: Efficiency = 1.0
    discharge_efficiency: Efficiency = 1.0
    max_charge_power: Power = math.inf
    max_discharge_power: Power = math.inf
    self_discharge: Rate = 0.0
    wear_cost: Cost = 0.0

    @property
    def physics(self) -> Physics:
        return kinds.Battery(
            (self.min_soc * self.capacity, self.max_soc * self.capacity),
            (self.charge_efficiency, self.discharge_efficiency),
            (self.max_charge_power, self.max_discharge_power),
            self.self_discharge,
            self.wear_cost,
        )

    @property
    def start_j(self) -> float:
        return (self.min_soc if self.initial_soc is None else self.initial_soc) * self.capacity

    def faults(self) -> Iterator[Fault]:
        yield from _band_faults("soc", self.min_soc, self.max_soc)


class Supercapacitor(Stored):
    """A capacitor behind a current-controlled converter; `max_current` is at the bus."""

    kind: Literal["supercapacitor"]
    capacitance: Capacitance
    min_voltage: VoltageOrNil = 0.0
    max_voltage: Voltage
    initial_voltage: VoltageOrNil | None = None
    bus_voltage: Voltage
    max_current: Current
    series_resistance: ResistanceOrNil = 0.0
    leakage_resistance: Resistance = math.inf
    wear_cost: Cost = 0.0

    @property
    def physics(self) -> Physics:
        return kinds.Supercapacitor(
            self.capacitance,
            (self.min_voltage, self.max_voltage),
            self.bus_voltage * self.max_current,
            (self.series_resistance, self.leakage_resistance),
            self.wear_cost,
        )

    @property
    def start_j(self) -> float:
        start_v = self.min_voltage if self.initial_voltage is None else self.initial_voltage
        return stored_energy_j(self.capacitance, start_v)

    def faults(self) -> Iterator[Fault]:
        yield from _band_faults("voltage", self.min_voltage, self.max_voltage)
        yield from _start_faults("voltage", self.initial_voltage, self.max_voltage)


class Flywheel(Stored):
    """A spinning mass with viscous drag; speeds are in rad/s."""

    kind: Literal["flywheel"]
    inertia: Inertia
    min_speed: SpeedOrNil = 0.0
    max_speed: Speed
    initial_speed: SpeedOrNil | None = None
    drag: Drag = 0.0
    max_power: Power
    wear_cost: Cost = 0.0

    @property
    def physics(self) -> Physics:
        band_rad_s = (self.min_speed, self.max_speed)
        return kinds.Flywheel(self.inertia, band_rad_s, self.max_power, self.drag, self.wear_cost)

    @property
    def start_j(self) -> float:
        return kinetic_energy_j(self.inertia, self.min_speed if self.initial_speed is None else self.initial_speed)

    def faults(self) -> Iterator[Fault]:
        yield from _band_faults("speed", self.min_speed, self.max_speed)
        yield from _start_faults("speed", self.initial_speed, self.max_speed)


Storage = Annotated[Battery | Supercapacitor | Flywheel, Field(discriminator="kind")]


def _band_faults(quantity: str, low: float, high: float) -> Iterator[Fault]:
    if low >= high:
        yield Fault(f"min_{quantity}", f"less than max_{quantity} is wanted")


def _start_faults(quantity: str, start: float | None, high: float) -> Iterator[Fault]:
    """A start below the band is allowed, for a policy must cope with it; one above the part's limit is not."""
    if start is not None and start > high:
        yield Fault(f"initial_{quantity}", f"at most max_{quantity} is wanted")

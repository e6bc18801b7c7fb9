"""The three kinds of storage as a scenario describes them, in SI units."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

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
    def start_soc(self) -> float:
        return self.min_soc if self.initial_soc is None else self.initial_soc

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
    def start_voltage(self) -> float:
        return self.min_voltage if self.initial_voltage is None else self.initial_voltage

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
    def start_speed(self) -> float:
        return self.min_speed if self.initial_speed is None else self.initial_speed

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

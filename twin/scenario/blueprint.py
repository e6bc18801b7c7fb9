"""From a checked scenario to a microgrid: everything that its policies share is made once."""

import math
from functools import cached_property

import numpy as np

from twin.clock import Clock, VirtualClock
from twin.components.load import Load
from twin.components.market import Market
from twin.components.solar import Solar, pv_power_w
from twin.components.storage import Battery, Flywheel, Storage, Supercapacitor
from twin.components.storage.component import Physics
from twin.components.storage.flywheel import kinetic_energy_j
from twin.components.storage.supercapacitor import stored_energy_j
from twin.control.planner import Site
from twin.facts import Economics, Feed, Floats, Policy
from twin.scenario import storages
from twin.scenario.feeding import live_feed, offline_feed
from twin.scenario.hardware import Hardware, NoHardware
from twin.scenario.notes import Notes, Remarks
from twin.scenario.schema import Scenario
from twin.simulation import Microgrid, Parts

NO_BATTERY = Battery((0.0, 0.0), (1.0, 1.0), (0.0, 0.0))


class Blueprint:
    """A scenario's feed, physics and site, and as many microgrids of it as are asked for.

    A part that the scenario leaves out is there with size zero.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.calendar = scenario.calendar
        self.ticks = scenario.days * scenario.ticks_per_day
        self.physics, self.start_j = physics_of(scenario.storage)
        self.notes = Notes()
        self.remarks = Remarks()

    @cached_property
    def feed(self) -> Feed:
        """Made when first asked for: files are read then, and remarked on; raises ScenarioError or FeedError."""
        return live_feed(self.scenario) if self.scenario.is_live else offline_feed(self.scenario, self.remarks)

    @cached_property
    def economics(self) -> Economics:
        linear = self.physics.linear(self.scenario.tick)
        return Economics(
            currency=self.scenario.currency,
            unserved_price=self.scenario.unserved_price,
            wear_price=linear.wear_price,
            discharge_efficiency=linear.discharge_efficiency,
            usable_j=linear.max_j - linear.min_j,
        )

    @cached_property
    def site(self) -> Site:
        scenario = self.scenario
        storage = self.physics.linear(scenario.tick)
        rated_w = tuple(load.rated_power for load in scenario.loads)
        solar_w = scenario.solar.rated_power if scenario.solar else 0.0
        flow_w = next((power_w for power_w in (solar_w, sum(rated_w)) if 0.0 < power_w < math.inf), 0.0)
        return Site(
            storage=storage,
            shares=scenario.shares,
            rated_w=rated_w,
            curtailable=scenario.solar is None or scenario.solar.curtailable,
            unserved_price=scenario.unserved_price,
            tick_s=scenario.tick,
            unit_j=unit_j((storage.max_j - storage.min_j) / 10.0, flow_w * scenario.tick / 2.0),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the components, in the order of a record's readings."""
        return ("solar", *(load.name for load in self.scenario.loads), "storage", "market")

    def microgrid(self, policy: Policy, clock: Clock | None = None, hardware: Hardware | None = None) -> Microgrid:
        """A microgrid at its start, led by a policy; with hardware, boards stand in for some of its components."""
        scenario, feed = self.scenario, self.feed
        solar = scenario.solar
        parts = Parts(
            Solar(
                feed,
                scenario.tick,
                solar.rated_power if solar else 0.0,
                solar.efficiency if solar else 1.0,
                solar.curtailable if solar else True,
            ),
            tuple(
                Load(load.name, feed, scenario.tick, load.rated_power, share)
                for load, share in zip(scenario.loads, scenario.shares, strict=True)
            ),
            Storage(self.physics, scenario.tick, self.start_j),
            Market(feed, scenario.tick, scenario.market.import_limit, scenario.market.export_limit),
        )
        parts = (hardware or NoHardware()).wrap(parts)
        return Microgrid(parts, policy, feed, self.calendar, self.ticks, clock=clock or VirtualClock())

    def trace(self, start: int, stop: int) -> Floats:
        """True values of ticks in the order of `SERIES`; beyond the run's end its last day comes again."""
        known = self.feed.values(start, min(stop, self.ticks))
        missing = stop - start - len(known)
        if missing > 0:
            day = self.calendar.ticks_per_day
            last = self.feed.values(self.ticks - day, self.ticks)
            again = np.arange(missing) + max(start - self.ticks, 0)
            known = np.vstack([known, last[again % day]])
        sun, demand_w, import_price, export_price = known.T
        solar = self.scenario.solar
        solar_w = pv_power_w(sun, solar.rated_power, solar.efficiency) if solar else np.zeros(len(sun))
        return np.column_stack([import_price, export_price, demand_w, solar_w])

    def history(self) -> Floats:
        """What forecasters have seen before the first tick, shape `(ticks, 4)`."""
        return self.trace(-self.scenario.history_days * self.calendar.ticks_per_day, 0)


def unit_j(storage_j: float, flow_j: float) -> float:
    """What a solver may count in: energies of a storage, unless those are out of proportion to what flows in a tick."""
    if storage_j and flow_j:
        return min(max(storage_j, flow_j / 1000.0), flow_j * 1000.0)
    return storage_j or flow_j or 1.0


def physics_of(storage: storages.Storage | None) -> tuple[Physics, float]:
    """A scenario's storage as physics, and the energy it starts with."""
    if storage is None:
        return NO_BATTERY, 0.0
    if isinstance(storage, storages.Battery):
        return battery(storage), storage.start_soc * storage.capacity
    if isinstance(storage, storages.Supercapacitor):
        return supercapacitor(storage), stored_energy_j(storage.capacitance, storage.start_voltage)
    band_rad_s = (storage.min_speed, storage.max_speed)
    wheel = Flywheel(storage.inertia, band_rad_s, storage.max_power, storage.drag, storage.wear_cost)
    return wheel, kinetic_energy_j(storage.inertia, storage.start_speed)


def battery(storage: storages.Battery) -> Battery:
    return Battery(
        (storage.min_soc * storage.capacity, storage.max_soc * storage.capacity),
        (storage.charge_efficiency, storage.discharge_efficiency),
        (storage.max_charge_power, storage.max_discharge_power),
        storage.self_discharge,
        storage.wear_cost,
    )


def supercapacitor(storage: storages.Supercapacitor) -> Supercapacitor:
    return Supercapacitor(
        storage.capacitance,
        (storage.min_voltage, storage.max_voltage),
        storage.bus_voltage * storage.max_current,
        (storage.series_resistance, storage.leakage_resistance),
        storage.wear_cost,
    )

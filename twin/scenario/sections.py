"""What stands around the storage as a scenario describes it, in SI units: solar, loads, demand, market, server."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from twin.feeds.mending import Use
from twin.feeds.times import Layout
from twin.scenario.checking import Fault, Section
from twin.scenario.quantities import (
    Azimuth,
    Duration,
    DurationOrNil,
    Efficiency,
    Energy,
    Multiplier,
    Power,
    PowerOrNil,
    Price,
    Share,
    Tilt,
)
from twin.scenario.tariff import Tariff
from twin.scenario.words import ComponentName, Count, File, MinuteOfDay, Text, TimeZone, Url, Weather, YesNo


class SolarArray(Section):
    """What every array has; the efficiency is its converter's."""

    name: ComponentName = "solar"
    rated_power: Power
    efficiency: Efficiency = 1.0
    curtailable: YesNo = True


class FedSolar(SolarArray):
    """An array under the sun of the feed, in percent of its rated power."""

    kind: Literal["lab", "http"]


class PvlibSolar(SolarArray):
    """An array under real weather: `greensboro`, which ships inside pvlib, or the path of a file."""

    kind: Literal["pvlib"]
    weather: Weather
    tilt: Tilt
    azimuth: Azimuth


class TraceFile(Section):
    """A CSV file, how its times are written, and what is put where its columns have no value."""

    kind: Literal["trace"]
    file: File
    time_column: Text | None = None
    file_timezone: TimeZone | None = None
    stamps: Literal["start", "end"] = "start"
    dates: Literal["day_first", "month_first"] | None = None
    fill: Literal["zero", "hold", "interpolate", "same_time_yesterday"] | None = None

    def layout(self, timezone: str) -> Layout:
        """How its times are read, those without offset in its own zone or else in the scenario's."""
        zone = ZoneInfo(self.file_timezone or timezone)
        return Layout(zone, self.time_column, self.stamps == "end", self.dates)


class TraceColumn(TraceFile):
    """A power, or the energy of each step, or with `cumulative` the readings of an energy meter.

    `unit` stands for one that the column's head lacks. Down to `clip` below zero, a power is taken as zero.
    """

    column: Text
    unit: Text | None = None
    cumulative: YesNo = False
    clip: PowerOrNil = 0.0

    @property
    def use(self) -> Use:
        return Use(self.column, self.unit, self.fill, self.clip, self.cumulative)

    def faults(self) -> Iterator[Fault]:
        if self.cumulative and self.stamps == "end":
            yield Fault("stamps", "'start' is wanted, for a meter's reading belongs to an instant")


class TraceSolar(SolarArray, TraceColumn):
    """An array whose power, before its converter, is a column of a CSV file.

    `of` is the rated power of the array that was measured: a power is scaled from that one to this one.
    """

    of: Power | None = None

    @property
    def measured_power(self) -> float:
        """The rated power of the array that was measured."""
        return self.rated_power if self.of is None else self.of


Solar = Annotated[FedSolar | PvlibSolar | TraceSolar, Field(discriminator="kind")]


class FedDemand(Section):
    """The base demand of the feed."""

    kind: Literal["lab", "http"]


class HeatPump(Section):
    """An air-source heat pump beside other demand: `annual_heat` in a typical year, `hot_water` of it for the taps."""

    weather: Weather
    annual_heat: Energy
    hot_water: Share = 0.15
    heating: Literal["radiators", "floor"] = "radiators"


class ProfileDemand(Section):
    """The base demand of a standard load profile of the BDEW, scaled to a year's energy: h0 is a household."""

    kind: Literal["profile"]
    profile: Literal["h0", "g0", "g1", "g2", "g3", "g4", "g5", "g6", "l0", "l1", "l2"]
    annual_energy: Energy
    heat_pump: HeatPump | None = None


class TraceDemand(TraceColumn):
    """The base demand in a column of a CSV file; `net_of` says that it is less what the measured array gave."""

    net_of: Literal["solar"] | None = None
    heat_pump: HeatPump | None = None


Demand = Annotated[FedDemand | ProfileDemand | TraceDemand, Field(discriminator="kind")]


class Load(Section):
    """A consumer, its greatest power, its share of the base demand, and a demand of its own beside or instead of it."""

    name: ComponentName
    rated_power: Power = math.inf
    share: Share | None = None
    demand: Demand | None = None


class FedPrices(Section):
    """The prices of the feed."""

    kind: Literal["lab", "http"]


class Retail(Section):
    """What a supplier makes of a wholesale price: `factor` × (price + `add`) + `tax`."""

    factor: Multiplier = 1.0
    add: Price = 0.0
    tax: Price = 0.0


class TracePrices(TraceFile):
    """The prices in columns of a CSV file, or for export one that never changes; `import` and `export` add to them."""

    import_column: Text
    import_unit: Text | None = None
    import_retail: Retail = Field(Retail(), alias="import")
    export_column: Text | None = None
    export_unit: Text | None = None
    export_retail: Retail = Field(Retail(), alias="export")
    export_price: Price | None = None

    def faults(self) -> Iterator[Fault]:
        if self.export_column is None and self.export_price is None:
            yield Fault(
                "export_column", "a column is wanted, or 'export_price: 0.08 EUR/kWh' for one that never changes"
            )
        if self.export_price is not None and self.model_fields_set & {"export_column", "export_unit", "export_retail"}:
            yield Fault("export_price", "either this or a column is wanted")


Prices = Annotated[FedPrices | Tariff | TracePrices, Field(discriminator="kind")]


class Market(Section):
    """The connection to the outside grid.

    `known_ahead` says how far ahead its prices are published, or `published` when those of the next local day are.
    """

    import_limit: PowerOrNil = math.inf
    export_limit: PowerOrNil = math.inf
    known_ahead: DurationOrNil = 0.0
    published: MinuteOfDay | None = None
    prices: Prices

    def faults(self) -> Iterator[Fault]:
        if self.published is None:
            return
        if "known_ahead" in self.model_fields_set:
            yield Fault("published", "either this or known_ahead is wanted")
        if self.prices.kind in ("tariff", "http"):
            why = "a tariff is always known" if self.prices.kind == "tariff" else "a server tells the present only"
            yield Fault("published", f"no such key is wanted, for {why}")


class Server(Section):
    """Where a live feed asks."""

    url: Url
    connect_timeout: Duration = 1.0
    read_timeout: Duration = 1.0


class Guard(Section):
    """What a single plan may cost: branch-and-bound nodes offline, wall time where time is real."""

    max_nodes: Count | None = None
    """None for a count that falls with the size of a plan."""
    time_limit: Duration | None = None

"""What stands around the storage as a scenario describes it, in SI units: solar, loads, demand, market, server."""

import math
from typing import Annotated, Literal

from pydantic import Field

from twin.scenario.checking import Section
from twin.scenario.quantities import (
    Azimuth,
    Duration,
    DurationOrNil,
    Efficiency,
    Energy,
    Power,
    PowerOrNil,
    Share,
    Tilt,
)
from twin.scenario.tariff import Tariff
from twin.scenario.words import ComponentName, Count, File, Text, Url, Weather, YesNo


class SolarArray(Section):
    """What every array has; the efficiency is its converter's."""

    rated_power: Power
    efficiency: Efficiency = 1.0
    curtailable: YesNo = True


class FedSolar(SolarArray):
    """An array under the sun of the feed, in percent of its rated power."""

    kind: Literal["lab", "http"]


class PvlibSolar(SolarArray):
    """An array under real weather: `greensboro`, which ships inside pvlib, or the path of a TMY3 file."""

    kind: Literal["pvlib"]
    weather: Weather
    tilt: Tilt
    azimuth: Azimuth


class TraceSolar(SolarArray):
    """An array whose power, before its converter, is a column of a CSV file."""

    kind: Literal["trace"]
    file: File
    column: Text


Solar = Annotated[FedSolar | PvlibSolar | TraceSolar, Field(discriminator="kind")]


class Load(Section):
    """A consumer, its greatest power and its share of the base demand."""

    name: ComponentName
    rated_power: Power = math.inf
    share: Share | None = None


class FedDemand(Section):
    """The base demand of the feed."""

    kind: Literal["lab", "http"]


class ProfileDemand(Section):
    """The base demand of a standard load profile, scaled to a year's energy."""

    kind: Literal["profile"]
    profile: Literal["h0"]
    annual_energy: Energy


class TraceDemand(Section):
    """The base demand in a column of a CSV file."""

    kind: Literal["trace"]
    file: File
    column: Text


Demand = Annotated[FedDemand | ProfileDemand | TraceDemand, Field(discriminator="kind")]


class FedPrices(Section):
    """The prices of the feed."""

    kind: Literal["lab", "http"]


class TracePrices(Section):
    """The prices in two columns of a CSV file."""

    kind: Literal["trace"]
    file: File
    import_column: Text
    export_column: Text


Prices = Annotated[FedPrices | Tariff | TracePrices, Field(discriminator="kind")]


class Market(Section):
    """The connection to the outside grid; `known_ahead` says how far ahead its prices are published."""

    import_limit: PowerOrNil = math.inf
    export_limit: PowerOrNil = math.inf
    known_ahead: DurationOrNil = 0.0
    prices: Prices


class Server(Section):
    """Where a live feed asks."""

    url: Url
    connect_timeout: Duration = 1.0
    read_timeout: Duration = 1.0


class Guard(Section):
    """What a single plan may cost: branch-and-bound nodes offline, wall time where time is real."""

    max_nodes: Count = 2000
    time_limit: Duration | None = None

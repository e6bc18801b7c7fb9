"""What a scenario says of the outside, series by series: the sun, demand, prices and tasks."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from twin.errors import Errors, ScenarioError, TwinError
from twin.facts import Calendar, Floats, Task
from twin.feeds.grid import Window
from twin.feeds.lab import PRICE_CEILING, Lab
from twin.feeds.mending import Use
from twin.feeds.netting import load_of_net
from twin.feeds.offline import OfflineFeed, Series, Tasks, constant, no_tasks
from twin.feeds.tariff import time_of_use
from twin.feeds.times import Layout
from twin.feeds.trace import Reading, Trace, read_trace
from twin.scenario.notes import Remarks
from twin.scenario.schema import Scenario
from twin.scenario.sections import (
    Demand,
    FedDemand,
    FedSolar,
    Prices,
    ProfileDemand,
    PvlibSolar,
    Retail,
    Solar,
    TraceDemand,
    TraceFile,
    TracePrices,
    TraceSolar,
)
from twin.scenario.tariff import Tariff, week_prices
from twin.scenario.tasks import ProfileTask, TaskList
from twin.scenario.tasks import Task as TaskItem

NOTHING = constant(0.0)
EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""


class Sources:
    """Finds each series of a scenario in the ticks of a calendar; files must cover the run and its history."""

    def __init__(self, scenario: Scenario, calendar: Calendar, remarks: Remarks) -> None:
        self._remarks = remarks
        self._scenario = scenario
        self._calendar = calendar
        self._zone = ZoneInfo(scenario.timezone)
        per_day = calendar.ticks_per_day
        self._window = Window(calendar, -scenario.history_days * per_day, scenario.days * per_day)
        self._files: dict[tuple[Path, Layout], Trace | TwinError] = {}
        self._faults: list[TwinError] = []
        self._lab = Lab(scenario.calendar) if "lab" in scenario.kinds.values() else None

    def suns(self) -> list[Series]:
        """Each array's sun, as a fraction of its rated power."""
        return [self.found(partial(self.sun, array)) for array in self._scenario.solar]

    def base_demand_w(self) -> Series:
        """The base demand; none where every load has a demand of its own."""
        demand = self._scenario.demand
        return NOTHING if demand is None else self.found(lambda: self.demand_w(demand))

    def own_demands_w(self) -> list[Series | None]:
        """The demand of its own that a load has, or none."""
        demands = [load.demand for load in self._scenario.loads]
        return [None if demand is None else self.found(partial(self.demand_w, demand)) for demand in demands]

    def prices(self) -> tuple[Series, Series]:
        """Import and export price."""
        prices = self._scenario.market.prices
        return self.found(lambda: self.import_price(prices)), self.found(lambda: self.export_price(prices))

    def feed(
        self,
        sun: Series = NOTHING,
        demand_w: Series = NOTHING,
        prices: tuple[Series, Series] = (NOTHING, NOTHING),
        tasks: Tasks = no_tasks,
    ) -> OfflineFeed:
        """A feed of these series."""
        last_tick = self._scenario.days * self._calendar.ticks_per_day - 1
        return OfflineFeed(sun, demand_w, *prices, tasks, last_tick=last_tick)

    def found(self, find: Callable[[], Series]) -> Series:
        """What is found; a fault is kept, so that all of them can be told at once."""
        try:
            return find()
        except TwinError as error:
            self._faults.append(error)
            return constant(math.nan)

    def raise_faults(self, other: "Sources | None" = None) -> None:
        """Raise what was wrong here and with other sources, each fault once."""
        others = other._faults if other is not None else []
        faults = list({str(fault): fault for fault in (*others, *self._faults)}.values())
        if faults:
            raise faults[0] if len(faults) == 1 else Errors(faults)

    def sun(self, solar: Solar) -> Series:
        if isinstance(solar, PvlibSolar):
            from twin.feeds.profiles import pv_sun

            needed = self._window.start, self._window.stop - 1
            return pv_sun(self._calendar, solar.weather, solar.tilt, solar.azimuth, needed)
        if isinstance(solar, FedSolar):
            return self._stepped(self._generator.sun)
        return self._measured_sun(solar)

    def demand_w(self, demand: Demand) -> Series:
        base_w, pump = self._base_demand_w(demand), None if isinstance(demand, FedDemand) else demand.heat_pump
        if pump is None:
            return base_w
        from twin.feeds.heat import heat_pump_load

        pump_w = heat_pump_load(self._calendar, pump.weather, pump.annual_heat, pump.hot_water, pump.heating)
        return lambda start, stop: base_w(start, stop) + pump_w(start, stop)

    def _base_demand_w(self, demand: Demand) -> Series:
        if isinstance(demand, ProfileDemand):
            from twin.feeds.profiles import standard_load

            return standard_load(self._calendar, self._zone, demand.profile, demand.annual_energy)
        if isinstance(demand, TraceDemand):
            return self._measured_demand_w(demand)
        return self._stepped(self._generator.demand_w)

    def import_price(self, prices: Prices) -> Series:
        if isinstance(prices, Tariff):
            return time_of_use(self._calendar, self._zone, week_prices(prices.import_bands))
        if isinstance(prices, TracePrices):
            self._note_publication(prices)
            use = Use(prices.import_column, prices.import_unit, prices.fill)
            return self._price(prices, use, prices.import_retail)
        return self._generator.import_price

    def export_price(self, prices: Prices) -> Series:
        if isinstance(prices, Tariff):
            return time_of_use(self._calendar, self._zone, week_prices(prices.export_bands))
        if isinstance(prices, TracePrices):
            if prices.export_column is None:
                return constant(prices.export_price or 0.0)
            use = Use(prices.export_column, prices.export_unit, prices.fill)
            return self._price(prices, use, prices.export_retail)
        return self._generator.export_price

    def tasks(self) -> Tasks:
        tasks = self._scenario.tasks
        if tasks is None:
            return no_tasks
        return daily_tasks(tasks, self._calendar) if isinstance(tasks, TaskList) else self._generator.tasks

    def refuse_cheap_darkness(self, import_price: Series, export_price: Series) -> None:
        """Unserved energy must cost more than any energy, or else going without would look cheap."""
        scenario = self._scenario
        ticks = scenario.days * scenario.ticks_per_day
        highest = PRICE_CEILING
        if scenario.market.prices.kind != "lab":
            highest = float(max(import_price(0, ticks).max(), export_price(0, ticks).max()))
        if scenario.unserved_price <= highest:
            raise ScenarioError(
                f"{scenario.name}: unserved_price",
                f"{_spoken(scenario.unserved_price, scenario.currency)} is not above the highest price",
                f"more than {_spoken(highest, scenario.currency)} is wanted",
            )

    def _stepped(self, series: Series) -> Series:
        """A series of the lab's ticks in this calendar's: constant through the steps of a tick."""
        steps = self._calendar.ticks_per_day // self._scenario.ticks_per_day
        if steps == 1:
            return series

        def by_step(start: int, stop: int) -> Floats:
            first, last = start // steps, -(-stop // steps)
            return np.repeat(series(first, last), steps)[start - first * steps : stop - first * steps]

        return by_step

    @property
    def _generator(self) -> Lab:
        if self._lab is None:
            raise ScenarioError(self._scenario.name, "no lab feed", "something of kind lab is wanted")
        return self._lab

    def _measured_sun(self, solar: TraceSolar) -> Series:
        """The fraction of an array's rated power, as far as that can be told."""
        reading = self._trace(solar).sun(solar.use, self._window, solar.measured_power)
        if solar.of is not None and reading.dimension == "fraction":
            raise ScenarioError(f"{solar.file}:1: {solar.column}", "is a fraction already", "a scenario without 'of'")
        if solar.of is None and reading.dimension != "fraction":
            advice = f"write beside it which rated power {solar.column!r} was measured with, for example 'of: 4 kW'"
            self._remarks.idle["solar.rated_power"] = advice
            self._remarks.add(f"solar.rated_power does not scale {solar.column!r}, which is a power; 'of: POWER' would")
        return self._noted(reading)

    def _measured_demand_w(self, demand: TraceDemand) -> Series:
        trace = self._trace(demand)
        arrays = [array for array in self._scenario.solar if isinstance(array, TraceSolar)]
        if demand.net_of is None or not arrays:
            return self._noted(trace.demand_w(demand.use, self._window))
        suns = [(self._measured_sun(array), array.measured_power * array.efficiency) for array in arrays]

        def given_w(start: int, stop: int) -> Floats:
            given: Floats = np.sum([sun(start, stop) * gain for sun, gain in suns], axis=0)
            return given

        net_w = self._noted(trace.net_w(demand.use, self._window))
        where = f"{demand.file.name}: {demand.column}"
        load_w, notes = load_of_net(where, net_w, given_w, self._window, demand.clip)
        columns = " and ".join(repr(array.column) for array in arrays)
        self._remarks.add(f"{where} is load less sun; the load is that and what {columns} gave", *notes)
        return load_w

    def _price(self, prices: TracePrices, use: Use, retail: Retail) -> Series:
        """A column as what the house pays or gets."""
        wholesale = self._noted(self._trace(prices).price(use, self._window, self._scenario.currency))
        if retail == Retail():
            return wholesale
        return lambda start, stop: retail.factor * (wholesale(start, stop) + retail.add) + retail.tax

    def _note_publication(self, prices: TracePrices) -> None:
        market = self._scenario.market
        if market.published is None and "known_ahead" not in market.model_fields_set:
            day_ahead = "'published: 13:00' (those of the next day, local time) or 'known_ahead: 24 h'"
            advice = f"{day_ahead} beside market.prices says otherwise, 'known_ahead: 0 h' that it is so"
            self._remarks.add(f"{prices.file.name}: plans only guess prices to come: {advice}")

    def _noted(self, reading: Reading) -> Series:
        """The series of a column; what was mended in it is remarked, once."""
        self._remarks.add(*reading.notes)
        return reading.series

    def _trace(self, section: TraceFile) -> Trace:
        key = section.file, section.layout(self._scenario.timezone)
        if key not in self._files:
            try:
                self._files[key] = read_trace(str(section.file), key[1])
            except TwinError as error:
                self._files[key] = error
        found = self._files[key]
        if isinstance(found, TwinError):
            raise found
        return found


def _spoken(price: float, currency: str) -> str:
    return f"{price:g} {currency}/J ({price * 3.6e6:g} {currency}/kWh)"


def daily_tasks(tasks: TaskList, calendar: Calendar) -> Callable[[int], tuple[Task, ...]]:
    """The tasks that a list releases on a day."""

    def of_day(day: int) -> tuple[Task, ...]:
        weekday = (day + EPOCH_WEEKDAY) % 7
        return tuple(task_of(item, calendar, day) for item in tasks.items if weekday in item.days)

    return of_day


def task_of(item: TaskItem, calendar: Calendar, day: int) -> Task:
    """One day's task of a list."""
    midnight = calendar.midnight(day)
    start, end = item.ticks(calendar)
    window = (item.name, midnight, midnight + start, midnight + end)
    if isinstance(item, ProfileTask):
        profile_w = item.profile_w(calendar.tick_s)
        return Task(*window, sum(profile_w) * calendar.tick_s, "profile", profile_w=profile_w)
    least_w = item.min_power if item.shape == "block" else 0.0
    return Task(*window, item.energy, item.shape, least_w, item.max_power)

"""From a scenario's words on the outside to a feed."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from twin.errors import ScenarioError
from twin.facts import Calendar, Feed, Task
from twin.feeds.lab import PRICE_CEILING, Lab
from twin.feeds.offline import OfflineFeed, Series, Tasks, constant, no_tasks
from twin.feeds.tariff import time_of_use
from twin.feeds.trace import Trace, read_trace
from twin.scenario.schema import Scenario
from twin.scenario.sections import Demand, FedSolar, Prices, ProfileDemand, PvlibSolar, Solar, TraceDemand, TracePrices
from twin.scenario.tariff import Tariff, week_prices
from twin.scenario.tasks import ProfileTask, TaskList
from twin.scenario.tasks import Task as TaskItem

EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""


def offline_feed(scenario: Scenario) -> OfflineFeed:
    """The feed of a scenario that asks no server; raises ScenarioError where a file does not hold what is needed."""
    sources = Sources(scenario)
    import_price, export_price = sources.prices(scenario.market.prices)
    sources.refuse_cheap_darkness(import_price, export_price)
    sun = sources.sun(scenario.solar) if scenario.solar else constant(0.0)
    demand_w = sources.demand_w(scenario.demand)
    feed = OfflineFeed(sun, demand_w, import_price, export_price, sources.tasks())
    feed.last_tick = scenario.days * scenario.ticks_per_day - 1
    return feed


class Sources:
    """Finds each series of a scenario; files are read once and must cover the run and its history."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._calendar = scenario.calendar
        self._zone = ZoneInfo(scenario.timezone)
        self._traces: dict[Path, Trace] = {}
        kinds = scenario.kinds.values()
        self._lab = Lab(self._calendar) if "lab" in kinds else None

    def sun(self, solar: Solar) -> Series:
        if isinstance(solar, PvlibSolar):
            from twin.feeds.profiles import pv_sun

            return pv_sun(self._calendar, solar.weather, solar.tilt, solar.azimuth)
        if isinstance(solar, FedSolar):
            return self._generator.sun
        return self._trace(solar.file).sun(solar.column, self._calendar, solar.rated_power)

    def demand_w(self, demand: Demand) -> Series:
        if isinstance(demand, ProfileDemand):
            from twin.feeds.profiles import standard_load

            return standard_load(self._calendar, self._zone, demand.profile, demand.annual_energy)
        if isinstance(demand, TraceDemand):
            return self._trace(demand.file).demand_w(demand.column, self._calendar)
        return self._generator.demand_w

    def prices(self, prices: Prices) -> tuple[Series, Series]:
        """Import and export price."""
        if isinstance(prices, Tariff):
            import_week, export_week = week_prices(prices.import_bands), week_prices(prices.export_bands)
            return (
                time_of_use(self._calendar, self._zone, import_week),
                time_of_use(self._calendar, self._zone, export_week),
            )
        if isinstance(prices, TracePrices):
            trace, currency = self._trace(prices.file), self._scenario.currency
            return (
                trace.price(prices.import_column, self._calendar, currency),
                trace.price(prices.export_column, self._calendar, currency),
            )
        return self._generator.import_price, self._generator.export_price

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

    @property
    def _generator(self) -> Lab:
        if self._lab is None:
            raise ScenarioError(self._scenario.name, "no lab feed", "something of kind lab is wanted")
        return self._lab

    def _trace(self, path: Path) -> Trace:
        if path not in self._traces:
            trace = read_trace(str(path), self._zone)
            per_day = self._scenario.ticks_per_day
            trace.require(self._calendar, -self._scenario.history_days * per_day, self._scenario.days * per_day)
            self._traces[path] = trace
        return self._traces[path]


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


def live_feed(scenario: Scenario) -> Feed:
    """The feed of a scenario that asks a server; it is not asked yet."""
    from twin.feeds.http import HttpFeed

    server = scenario.server
    if server is None:
        raise ScenarioError(scenario.name, "no server", "write 'server: {url: ...}'")
    return HttpFeed(scenario.calendar, server.url, server.connect_timeout, server.read_timeout)

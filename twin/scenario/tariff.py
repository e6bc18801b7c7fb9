"""A tariff: bands of local time that give every minute of the week one price."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from twin.feeds.tariff import MINUTES_PER_WEEK
from twin.scenario.checking import Fault, Section
from twin.scenario.quantities import Price
from twin.scenario.words import ALL_WEEK, MINUTES_PER_DAY, WEEKDAYS, MinuteOfDay, Weekdays, entries


class Band(Section):
    """A price from one local time to another, past midnight if `to` is the earlier; `days` are those it begins on."""

    start: MinuteOfDay = Field(0, alias="from")
    end: MinuteOfDay = Field(MINUTES_PER_DAY, alias="to")
    price: Price
    days: Weekdays = ALL_WEEK

    def faults(self) -> Iterator[Fault]:
        if self.start == self.end:
            yield Fault("to", "another time than 'from' is wanted")

    def minutes(self) -> Iterator[int]:
        """The minutes of the local week, from Monday 00:00, that the band covers."""
        length = (self.end - self.start) % MINUTES_PER_DAY or MINUTES_PER_DAY
        for day in self.days:
            first = day * MINUTES_PER_DAY + self.start
            yield from (minute % MINUTES_PER_WEEK for minute in range(first, first + length))


def _as_bands(value: object) -> object:
    """One price is a band that covers the week."""
    return [{"price": value}] if isinstance(value, str) else value


Bands = Annotated[tuple[Band, ...], entries(100), BeforeValidator(_as_bands)]


class Tariff(Section):
    """What a joule costs and earns through the local week; always known."""

    kind: Literal["tariff"]
    import_bands: Bands = Field(alias="import")
    export_bands: Bands = Field(alias="export")

    def faults(self) -> Iterator[Fault]:
        for key, bands in (("import", self.import_bands), ("export", self.export_bands)):
            counts = _counts(bands)
            wrong = next((minute for minute, count in enumerate(counts) if count != 1), None)
            if wrong is not None:
                place = f"{_local_time(wrong)} has {counts[wrong] or 'none'}"
                yield Fault(key, f"one price for every minute of the week is wanted, but {place}")


def week_prices(bands: Sequence[Band]) -> tuple[float, ...]:
    """The price of every minute of the local week, from Monday 00:00, of bands that cover it."""
    prices = {minute: band.price for band in bands for minute in band.minutes()}
    return tuple(prices[minute] for minute in range(MINUTES_PER_WEEK))


def _counts(bands: Sequence[Band]) -> list[int]:
    counts = [0] * MINUTES_PER_WEEK
    for band in bands:
        for minute in band.minutes():
            counts[minute] += 1
    return counts


def _local_time(minute: int) -> str:
    day, of_day = divmod(minute, MINUTES_PER_DAY)
    return f"{WEEKDAYS[day]} {of_day // 60:02}:{of_day % 60:02}"

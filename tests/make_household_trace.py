"""Write scenarios/traces/household.csv again: three weeks of a made-up house, the same on every machine."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PATH = Path(__file__).parents[1] / "scenarios" / "traces" / "household.csv"
HEADER = ("time", "solar [kW]", "demand [kW]", "import_price [EUR/kWh]", "export_price [EUR/kWh]")
START = datetime(2023, 6, 1, tzinfo=UTC)
DAYS, STEP_MINUTES, NEGATIVE_DAY, SCARCE_DAY = 21, 15, 10, 15
PER_DAY = 24 * 60 // STEP_MINUTES


def columns() -> list[Floats]:
    """Solar, demand, import price and export price, each of shape `(DAYS * PER_DAY,)`, rounded to 4 decimals."""
    rng = np.random.default_rng(2023)
    hour = np.tile(np.arange(PER_DAY) * STEP_MINUTES / 60, DAYS)
    market = day_ahead_price(rng, hour)
    series = (solar_kw(rng, hour), demand_kw(rng, hour), 0.20 + market, 0.9 * market + scarcity())
    return [np.round(values, 4) + 0.0 for values in series]


def solar_kw(rng: np.random.Generator, hour: Floats) -> Floats:
    """A 5 kW array: a bell from five to nineteen o'clock under the day's and the moment's clouds."""
    bell = np.maximum(0.0, np.sin(np.pi * (hour - 5) / 14)) ** 1.3
    clear = np.repeat(rng.uniform(0.35, 1.0, DAYS), PER_DAY)
    return 4.6 * bell * clear * rng.uniform(0.75, 1.0, len(hour))


def demand_kw(rng: np.random.Generator, hour: Floats) -> Floats:
    """A quiet base, a peak at breakfast and a higher one in the evening."""
    peaks = 0.9 * np.exp(-(((hour - 7.5) / 1.2) ** 2)) + 1.6 * np.exp(-(((hour - 19) / 1.8) ** 2))
    return (0.25 + peaks) * rng.lognormal(0.0, 0.25, len(hour))


def day_ahead_price(rng: np.random.Generator, hour: Floats) -> Floats:
    """EUR/kWh: a midday dip and an evening peak; on one day the dip goes below zero."""
    whole = np.floor(hour)
    shape = 0.08 - 0.05 * np.exp(-(((whole - 13) / 3) ** 2)) + 0.07 * np.exp(-(((whole - 20) / 2) ** 2))
    level = np.repeat(rng.uniform(0.8, 1.3, DAYS), PER_DAY)
    noise = np.repeat(rng.normal(0.0, 0.004, DAYS * 24), PER_DAY // 24)
    price = shape * level + noise
    sunday = slice(NEGATIVE_DAY * PER_DAY, (NEGATIVE_DAY + 1) * PER_DAY)
    price[sunday] -= 0.30 * np.exp(-(((whole[sunday] - 13) / 2.5) ** 2))
    return price


def scarcity() -> Floats:
    """EUR/kWh: in one evening hour the grid pays more for a kilowatt-hour than it takes."""
    bonus = np.zeros(DAYS * PER_DAY)
    first = SCARCE_DAY * PER_DAY + 20 * PER_DAY // 24
    bonus[first : first + PER_DAY // 24] = 0.30
    return bonus


def main() -> None:
    with PATH.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for i, values in enumerate(zip(*columns(), strict=True)):
            time = START + timedelta(minutes=i * STEP_MINUTES)
            writer.writerow((time.isoformat(), *(f"{value:.4f}" for value in values)))


if __name__ == "__main__":
    main()

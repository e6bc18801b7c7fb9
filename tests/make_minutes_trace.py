"""A household's load by the minute, in bursts as real ones have; run as a script to write the shipped trace anew.

Made like the models of the field (Richardson et al., "Domestic electricity use: a high-resolution energy demand model",
Energy and Buildings 42, 2010): appliances are switched on by chance, more at some hours than at others, and each then
runs through. The numbers are round ones, of no real house.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from twin.facts import Floats

FIRST = datetime(2023, 3, 3, tzinfo=UTC)
DAYS = 10
PER_DAY = 1440
TRACE = Path(__file__).parents[1] / "scenarios" / "traces" / "minutes.csv"
MORNING, NOON, EVENING, ANY = (6.5, 1.0), (12.0, 1.0), (18.5, 1.5), (14.0, 5.0)
APPLIANCES = (
    # Power [W], minutes, how often a day, and when: hour (local, five behind UTC) and its spread.
    (2200.0, 4, 2.0, MORNING),
    (2200.0, 4, 3.0, EVENING),
    (1500.0, 12, 1.0, NOON),
    (2500.0, 25, 1.0, EVENING),
    (900.0, 8, 2.5, ANY),
    (2000.0, 16, 0.6, ANY),
    (130.0, 150, 1.4, EVENING),
    (60.0, 240, 2.0, EVENING),
)
STANDBY_W, FRIDGE_W = 75.0, 110.0
FRIDGE = (14, 27)
"""Minutes on and off."""
BEHIND_UTC_H = 5


def minute_load_w(days: int, seed: int) -> Floats:
    """The load of each minute of some days, `(days * 1440,)` [W]."""
    random = np.random.default_rng(seed)
    minutes = np.arange(days * PER_DAY)
    load_w = STANDBY_W + FRIDGE_W * (minutes % sum(FRIDGE) < FRIDGE[0])
    for power_w, length, per_day, (hour, spread) in APPLIANCES:
        for day in range(days):
            for _ in range(random.poisson(per_day)):
                begin = day * PER_DAY + round(60 * (hour + BEHIND_UTC_H + spread * random.normal()))
                load_w[max(begin, 0) : max(begin + length, 0)] += power_w
    return load_w.astype(np.float64)


def main() -> None:
    lines = ["time,load [kW]"]
    for minute, load_w in enumerate(minute_load_w(DAYS, seed=7)):
        lines.append(f"{FIRST + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ},{load_w / 1e3:g}")
    TRACE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

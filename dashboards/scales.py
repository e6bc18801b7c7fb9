"""Numbers as a reader wants them: a unit that fits, and no more digits than matter."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from twin.facts import Floats

CENTS = {"EUR": "ct", "USD": "¢", "GBP": "p", "CHF": "Rp"}
KWH_J = 3.6e6
_ENERGIES = (
    ("J", 1.0, 0.0),
    ("Wh", 1e-3 * KWH_J, 0.01 * KWH_J),
    ("kWh", KWH_J, 0.1 * KWH_J),
    ("MWh", 1e3 * KWH_J, 1e4 * KWH_J),
)
_POWERS = (("W", 1.0, 0.0), ("kW", 1e3, 1e3), ("MW", 1e6, 1e6))
_DURATIONS = (("s", 1.0, 0.0), ("min", 60.0, 60.0), ("h", 3600.0, 3600.0))
_BRIEF = (("ms", 1e-3, 0.0), ("s", 1.0, 1.0))
_DEAREST_KWH = 100.0  # in money; what costs more is no household's energy, and is told per joule


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit of the screen: `size` is one of it in the unit inside."""

    unit: str
    size: float
    decimals: int

    def of(self, values: Floats) -> Floats:
        return values / self.size

    def rounded(self, value: float) -> float:
        """The same value as far as it is shown."""
        return round(value / self.size, self.decimals) * self.size

    def number(self, value: float) -> str:
        # "z": what rounds to nothing has no sign.
        return f"{value / self.size:z,.{self.decimals}f}".replace("-", "−")

    def text(self, value: float) -> str:
        return f"{self.number(value)} {self.unit}"


def energy_scale(energies_j: Iterable[float], digits: int = 3) -> Scale:
    """J, Wh, kWh or MWh, for all of these energies in J; so many digits of the largest matter."""
    return _fitting(energies_j, _ENERGIES, digits)


def power_scale(powers_w: Iterable[float]) -> Scale:
    """W, kW or MW, for all of these powers in W."""
    return _fitting(powers_w, _POWERS)


def brief_scale(durations_s: Iterable[float]) -> Scale:
    """ms or s, for all of these short durations in s."""
    return _fitting(durations_s, _BRIEF)


def money_scale(amounts: Iterable[float], currency: str) -> Scale:
    """The currency, or its cents where all amounts are below one."""
    largest = _largest(amounts)
    if largest < 1 and currency in CENTS:
        return Scale(CENTS[currency], 0.01, 1)
    return Scale(currency, 1.0, 2 if largest < 1000 else 0)


def price_scale(prices: Iterable[float], currency: str) -> Scale:
    """Money or cents, per kWh or per J, for all of these prices in money per J."""
    largest = _largest(prices)
    unit, size = ("kWh", 1 / KWH_J) if largest * KWH_J < _DEAREST_KWH else ("J", 1.0)
    money = Scale(CENTS[currency], 0.01, 0) if largest / size < 2 and currency in CENTS else Scale(currency, 1.0, 0)
    return _with_digits(f"{money.unit}/{unit}", money.size * size, largest)


def energy_text(energy_j: float) -> str:
    """`50.0 J`, `10.0 kWh`"""
    return energy_scale([energy_j]).text(energy_j)


def power_text(power_w: float) -> str:
    """`4.60 W`, `7.40 kW`"""
    return power_scale([power_w]).text(power_w)


def money_text(amount: float, currency: str) -> str:
    """`12.30 EUR`, `31.0 ct`"""
    return money_scale([amount], currency).text(amount)


def price_text(price: float, currency: str) -> str:
    """`31.0 ct/kWh`, `45.0 ct/J`"""
    return price_scale([price], currency).text(price)


def share_text(share: float | None) -> str:
    """`74 %`, and a dash for what is not defined."""
    return "–" if share is None else Scale("%", 0.01, 0).text(share)


def duration_text(duration_s: float) -> str:
    """`5 s`, `15 min`"""
    scale = _fitting([duration_s], _DURATIONS)
    return f"{round(duration_s / scale.size, 2):g} {scale.unit}"


def rough_duration_text(duration_s: float) -> str:
    """`18 min`, `1.5 h`: as exact as what is left of a run can be told."""
    scale = _fitting([duration_s], _DURATIONS)
    long = duration_s / scale.size >= 10 or scale.size == 1.0
    return f"{round(duration_s / scale.size, None if long else 1):,} {scale.unit}"


def _largest(values: Iterable[float]) -> float:
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)


def _fitting(values: Iterable[float], units: tuple[tuple[str, float, float], ...], digits: int = 3) -> Scale:
    """The last of the units (name, size, least value worth it) that the largest value is worth."""
    largest = _largest(values)
    unit, size = next((unit, size) for unit, size, least in reversed(units) if largest >= least)
    return _with_digits(unit, size, largest, digits)


def _with_digits(unit: str, size: float, largest: float, digits: int = 3) -> Scale:
    """So many digits of the largest value matter, and never more than two behind the point."""
    before = math.floor(math.log10(largest / size)) if largest else digits - 1
    return Scale(unit, size, min(max(digits - 1 - before, 0), 2))

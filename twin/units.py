"""Quantities at the edge of the house: "10 kWh" -> 3.6e7. The one door of pint."""

import math
import re
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from twin.currencies import CURRENCIES

if TYPE_CHECKING:
    from pint import UnitRegistry

LONGEST = 60  # characters of a quantity's text


class Dimension(NamedTuple):
    """What a number measures: how it is spoken of, the unit it has inside, and how one is written."""

    phrase: str
    unit: str
    example: str


def _dimensions() -> dict[str, Dimension]:
    prices = {
        f"price in {currency}": Dimension(f"a price in {currency}", f"{currency}/J", f"0.31 {currency}/kWh")
        for currency in CURRENCIES
    }
    return prices | {
        "energy": Dimension("an energy", "J", "10 kWh"),
        "power": Dimension("a power", "W", "5 kW"),
        "duration": Dimension("a duration", "s", "15 min"),
        "voltage": Dimension("a voltage", "V", "14 V"),
        "current": Dimension("a current", "A", "0.2 A"),
        "capacitance": Dimension("a capacitance", "F", "0.5 F"),
        "resistance": Dimension("a resistance", "ohm", "100 kohm"),
        "fraction": Dimension("a fraction", "", "95 %"),
        "rate": Dimension("a rate", "s^-1", "3 %/month"),
        "angle": Dimension("an angle", "deg", "30 deg"),
        "inertia": Dimension("a moment of inertia", "kg*m^2", "0.02 kg*m^2"),
        "speed": Dimension("a speed of rotation", "rad/s", "3000 rpm"),
        "drag": Dimension("a drag", "N*m*s", "1e-6 N*m*s"),
    }


DIMENSIONS = MappingProxyType(_dimensions())

QUICK = MappingProxyType(
    {
        "J": ("energy", 1.0),
        "kJ": ("energy", 1e3),
        "Wh": ("energy", 3.6e3),
        "kWh": ("energy", 3.6e6),
        "W": ("power", 1.0),
        "kW": ("power", 1e3),
        "s": ("duration", 1.0),
        "min": ("duration", 60.0),
        "h": ("duration", 3600.0),
        "V": ("voltage", 1.0),
        "A": ("current", 1.0),
        "F": ("capacitance", 1.0),
        "ohm": ("resistance", 1.0),
        "kohm": ("resistance", 1e3),
        "%": ("fraction", 0.01),
        "%/month": ("rate", 0.01 / 2_629_800),
        "deg": ("angle", 1.0),
    }
    | {f"{currency}/J": (f"price in {currency}", 1.0) for currency in CURRENCIES}
    | {f"{currency}/kWh": (f"price in {currency}", 1 / 3.6e6) for currency in CURRENCIES}
)
"""Units of every day, so that most scenarios need not wait for pint; a test holds them equal to pint's."""

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_FACTOR = r"(?:%|€|[^\W\d_][^\W\d]*|°[CF]?)(?:\^-?[0-9])?"
_EURO = re.compile(r"€|\b[Ee]ur\b")
_QUANTITY = re.compile(rf"({_NUMBER})\s*({_FACTOR}(?:\s*[/*·.]\s*{_FACTOR})*)?")


def to_si(text: str, dimension: str) -> float:
    """The value of `NUMBER UNIT` in the unit that `dimension` has inside.

    Raises ValueError that says what came, and after "; " what is expected.
    """
    wanted = DIMENSIONS[dimension]
    number, unit = _split(text, wanted)
    found, scale = unit_scale(unit)
    if found != dimension:
        nature = f"is {DIMENSIONS[found].phrase}" if found else f"has the unit {unit!r}"
        raise ValueError(f"{text!r} {nature}; {wanted.phrase} is wanted, for example {wanted.example!r}")
    # A small unit is one of so many in ours, and 35 / 100 is 0.35 to the last bit where 35 * 0.01 is not.
    value = number / float(f"{1 / scale:.15g}") if scale < 1 else number * scale
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not finite; write for example {wanted.example!r}")
    return value


def unit_scale(unit: str) -> tuple[str, float]:
    """The name of the dimension that a unit measures ("" if none of ours) and its size in the unit inside."""
    unit = _EURO.sub("EUR", unit)
    return QUICK.get(unit) or ask_pint(unit)


@lru_cache(maxsize=256)
def ask_pint(unit: str) -> tuple[str, float]:
    """What `unit_scale` says, by pint alone."""
    from pint.errors import PintError

    registry = _registry()
    try:
        root = registry.Quantity(1.0, unit).to_root_units()
        offset = registry.Quantity(0.0, unit).to_root_units().magnitude
    except (PintError, ValueError):
        return "", math.nan
    if offset:  # °C or dBm: twice the number is not twice the quantity
        return "", math.nan
    for name, dimension in DIMENSIONS.items():
        inside = registry.Quantity(1.0, dimension.unit).to_root_units()
        # Units, not dimensions, are compared: for pint a degree is as dimensionless as a percent.
        if root.units == inside.units:
            return name, float(root.magnitude / inside.magnitude)
    return "", math.nan


def _split(text: str, wanted: Dimension) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if match is None:
        shown = repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
        raise ValueError(f"{shown} is not a decimal number and a unit; write for example {wanted.example!r}")
    number, unit = match.groups()
    if unit is None:
        raise ValueError(f"{text!r} has no unit; write for example {_suggested(number, wanted)}")
    return float(number), re.sub(r"\s*[*·.]\s*", "*", unit)


def _suggested(number: str, wanted: Dimension) -> str:
    """The number as it came, now with a unit, and the dimension's example."""
    return " or ".join(dict.fromkeys((f"'{number} {wanted.unit or '%'}'", f"'{wanted.example}'")))


@cache
def _registry() -> "UnitRegistry":
    from pint import UnitRegistry

    # A cent shares its sign with the carat, which nobody here weighs.
    registry = UnitRegistry(on_redefinition="ignore")
    for currency in CURRENCIES:
        registry.define(f"{currency} = [money_{currency}]")
        registry.define(f"{currency}_ct = 0.01 {currency}")
    registry.define("ct = 0.01 EUR = _ = cent")
    return registry

"""The types of a scenario's quantities: each reads `NUMBER UNIT` into SI, and refuses what it could not mean."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from twin.currencies import CURRENCIES
from twin.scenario.loader import shown
from twin.scenario.words import text_of
from twin.units import to_si

LARGEST = 1e15  # in SI units; beyond it squares and sums lose their sense


def _amount(dimension: str) -> Callable[[object], float]:
    """Reads what may be nil but not negative."""

    def read(value: object) -> float:
        number = to_si(text_of(value), dimension)
        if number < 0:
            raise ValueError(f"{value!r} is negative; 0 or more is wanted")
        if number > LARGEST:
            raise ValueError(f"{value!r} is too large; at most {LARGEST:g} in SI units is wanted")
        return number

    return read


def _positive(dimension: str) -> Callable[[object], float]:
    """Reads what must be more than nil."""

    def read(value: object) -> float:
        number = _amount(dimension)(value)
        if number == 0:
            raise ValueError(f"{value!r} is nil; more than 0 is wanted")
        return number

    return read


def _share(value: object) -> float:
    number = _amount("fraction")(value)
    if number > 1:
        raise ValueError(f"{value!r} is more than the whole; at most 100 % is wanted")
    return number


def _multiplier(value: object) -> float:
    """A pure number, which may be written as a share."""
    text = text_of(value)
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    if text.endswith("%"):
        return _amount("fraction")(text)
    raise ValueError(f"{shown(text)} is not a factor; write for example '1.06' or '106 %'")


def _efficiency(value: object) -> float:
    if number := _share(value):
        return number
    raise ValueError(f"{value!r} lets nothing through; more than 0 % and at most 100 % is wanted")


def _angle(largest: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        number = to_si(text_of(value), "angle")
        if not 0 <= number <= largest:
            raise ValueError(f"{value!r} is out of range; 0 deg to {largest:g} deg is wanted")
        return number

    return read


def _price(value: object, info: ValidationInfo) -> float:
    """Money per joule, in one of the `currencies` that the validation's context names."""
    text = text_of(value)
    # There are several only while the scenario's own currency is in error: then any of them will do.
    currencies = (info.context or {}).get("currencies", CURRENCIES)
    price = to_si(text, f"price in {next((name for name in currencies if name in text), currencies[0])}")
    if abs(price) > LARGEST:
        raise ValueError(f"{text!r} is too large; at most {LARGEST:g} a joule is wanted")
    return price


def _penalty(value: object, info: ValidationInfo) -> float:
    if (price := _price(value, info)) <= 0:
        raise ValueError(f"{value!r} is not above 0; more than 0 is wanted")
    return price


def _cost(value: object, info: ValidationInfo) -> float:
    if (price := _price(value, info)) < 0:
        raise ValueError(f"{value!r} is negative; 0 or more is wanted")
    return price


Energy = Annotated[float, BeforeValidator(_positive("energy"))]
Power = Annotated[float, BeforeValidator(_positive("power"))]
PowerOrNil = Annotated[float, BeforeValidator(_amount("power"))]
Duration = Annotated[float, BeforeValidator(_positive("duration"))]
DurationOrNil = Annotated[float, BeforeValidator(_amount("duration"))]
Voltage = Annotated[float, BeforeValidator(_positive("voltage"))]
VoltageOrNil = Annotated[float, BeforeValidator(_amount("voltage"))]
Current = Annotated[float, BeforeValidator(_positive("current"))]
Capacitance = Annotated[float, BeforeValidator(_positive("capacitance"))]
Resistance = Annotated[float, BeforeValidator(_positive("resistance"))]
ResistanceOrNil = Annotated[float, BeforeValidator(_amount("resistance"))]
Inertia = Annotated[float, BeforeValidator(_positive("inertia"))]
Speed = Annotated[float, BeforeValidator(_positive("speed"))]
SpeedOrNil = Annotated[float, BeforeValidator(_amount("speed"))]
Drag = Annotated[float, BeforeValidator(_amount("drag"))]
Rate = Annotated[float, BeforeValidator(_amount("rate"))]
Share = Annotated[float, BeforeValidator(_share)]
Factor = Annotated[float, BeforeValidator(_amount("fraction"))]
Multiplier = Annotated[float, BeforeValidator(_multiplier)]
Efficiency = Annotated[float, BeforeValidator(_efficiency)]
Tilt = Annotated[float, BeforeValidator(_angle(90))]
Azimuth = Annotated[float, BeforeValidator(_angle(360))]
Price = Annotated[float, BeforeValidator(_price)]
Penalty = Annotated[float, BeforeValidator(_penalty)]
Cost = Annotated[float, BeforeValidator(_cost)]

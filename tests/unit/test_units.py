import math
import re

import pytest

from twin.units import DIMENSIONS, QUICK, ask_pint, to_si


@pytest.mark.parametrize("unit", QUICK)
def test_the_quick_table_says_what_pint_says(unit: str) -> None:
    dimension, scale = ask_pint(unit)
    assert dimension == QUICK[unit][0]
    assert scale == pytest.approx(QUICK[unit][1], rel=1e-14)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("12kWh", "energy", 4.32e7),
        ("  50 J ", "energy", 50.0),
        ("-1.5e3 W", "power", -1500.0),
        (".5 MW", "power", 5e5),
        ("35 %", "fraction", 0.35),
        ("95 %", "fraction", 0.95),
        ("3 %/month", "rate", 0.03 / 2_629_800),
        ("3000 rpm", "speed", 100 * math.pi),
        ("35 °", "angle", 35.0),
        ("100 kΩ", "resistance", 1e5),
        ("250 mF", "capacitance", 0.25),
        ("0.02 kg·m^2", "inertia", 0.02),
        ("1e-6 N*m*s", "drag", 1e-6),
        ("24 h", "duration", 86_400.0),
        ("36 ct/kWh", "price in EUR", 1e-7),
        ("10 ct/J", "price in EUR", 0.1),
        ("36 USD_ct / kWh", "price in USD", 1e-7),
        ("0.36 €/kWh", "price in EUR", 1e-7),
        ("0.36 Eur/kWh", "price in EUR", 1e-7),
        ("3.6 SEK/kWh", "price in SEK", 1e-6),
        ("36 JPY/kWh", "price in JPY", 1e-5),
        ("-0.36 CHF/kWh", "price in CHF", -1e-7),
    ],
)
def test_a_quantity_becomes_si(text: str, dimension: str, value: float) -> None:
    assert to_si(text, dimension) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("percent", range(101))
def test_a_percent_is_the_nearest_float(percent: int) -> None:
    assert to_si(f"{percent} %", "fraction") == percent / 100


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("50", "energy", "'50' has no unit; write for example '50 J' or '10 kWh'"),
        ("1", "fraction", "'1' has no unit; write for example '1 %' or '95 %'"),
        ("5 kW", "energy", "'5 kW' is a power; an energy is wanted, for example '10 kWh'"),
        ("5 deg", "fraction", "'5 deg' is an angle; a fraction is wanted"),
        ("3 rpm", "rate", "'3 rpm' is a speed of rotation; a rate is wanted"),
        ("1 USD/kWh", "price in EUR", "'1 USD/kWh' is a price in USD; a price in EUR is wanted"),
        ("5 kwh", "energy", "'5 kwh' has the unit 'kwh'; an energy is wanted"),
        ("5 ct", "energy", "'5 ct' has the unit 'ct'"),
        ("5 dBm", "power", "'5 dBm' has the unit 'dBm'"),
        ("1e999 J", "energy", "'1e999 J' is not finite"),
    ],
)
def test_a_refusal_says_what_came_and_what_is_wanted(text: str, dimension: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        to_si(text, dimension)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "J",
        "1,5 kWh",
        "nan J",
        "inf J",
        "9**9**9",
        "5 m^9^9^9",
        "5 (J)",
        "٣ J",
        "0x10 J",
        "1_0 J",
        "5 J;",
        f"1{60 * ' '}J",
    ],
)
def test_only_the_grammar_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="is not a decimal number and a unit; write for example '10 kWh'"):
        to_si(text, "energy")


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_example_of_a_dimension_is_one(dimension: str) -> None:
    assert to_si(DIMENSIONS[dimension].example, dimension) > 0

"""What the columns of a trace seem to hold: their role in a house, told by their names, units and numbers."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Floats
from twin.feeds.cells import number_of
from twin.feeds.trace import Trace
from twin.units import unit_scale

Role = Literal["solar", "load", "import price", "export price", "grid import", "other"]
_WORDS: tuple[tuple[Role, str], ...] = (
    ("other", "export|to_grid|feed|einspeis|return|soc|charge|battery|batterie|akku|temp|cumul_cost|cost|revenue"),
    ("solar", "pv|solar|sun|photovolt|produktion|production|erzeugung|generation|inverter|wechselrichter|panel"),
    ("grid import", "grid_(import|consum)|from_grid|bezug"),
    ("load", "load|demand|last|verbrauch|usage|house|haus|home|household|consum|conso"),
    ("grid import", "grid|import|meter|netz|zaehler|zähler"),
)
_PRICES = "price|preis|prix|spot|day_ahead|tariff|marktpreis"
_UNITS = {"w": "W", "kw": "kW", "wh": "Wh", "kwh": "kWh", "mwh": "MWh", "watt": "W", "%": "%"}
_FEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's role and unit; `is_sure` if its head tells the unit, `is_cumulative` if it is a meter's readings."""

    column: str
    role: Role
    unit: str
    is_sure: bool
    is_cumulative: bool


def guesses(trace: Trace, currency: str) -> list[Guess]:
    """What each column seems to hold; those without numbers are left out."""
    found = []
    for name, column in trace.columns.items():
        values = _numbers(trace, column.index)
        if len(values):
            found.append(_guess(name, column.unit, values, currency))
    return found


def _guess(name: str, headed: str, values: Floats, currency: str) -> Guess:
    unit = headed or _unit_in(name)
    plain = re.sub("[^a-zäöü0-9]+", "_", name.lower())
    dimension = unit_scale(unit)[0] if unit else ""
    if dimension.startswith("price") or re.search(_PRICES, plain):
        role: Role = "export price" if re.search("export|feed|sell|einspeis", plain) else "import price"
        sure = dimension == f"price in {currency}"
        return Guess(name, role, unit if sure else _price_unit(values, currency), sure, False)
    role = next((role for role, words in _WORDS if re.search(words, plain)), "load" if not plain else "other")
    if dimension not in ("power", "energy", "fraction"):
        return Guess(name, role, "W" if np.abs(values).max() > 50.0 else "kW", False, False)
    rises = len(values) > _FEW_ROWS and bool((np.diff(values) >= 0).all()) and values[-1] > values[0] > 0
    return Guess(name, role, unit, True, rises and dimension == "energy")


def _unit_in(name: str) -> str:
    """A unit at the end of a name, as in 'pv_kw' or 'Verbrauch (kWh)'."""
    last = re.split(r"[\s_()/]+", name.rstrip(" )"))[-1]
    return _UNITS.get(last.lower(), "")


def _price_unit(values: Floats, currency: str) -> str:
    """The unit that makes prices of their size those of electricity: of one in kWh, ct/kWh or MWh."""
    middle = float(np.median(np.abs(values)))
    if middle > 40.0:
        return f"{currency}/MWh"
    cent = "ct" if currency == "EUR" else f"{currency}_ct"
    return f"{cent}/kWh" if middle > 2.0 else f"{currency}/kWh"


def _numbers(trace: Trace, index: int) -> Floats:
    """The numbers of a column, of which there may be none."""
    table = trace.stamps.table
    try:
        numbers = np.array([number_of(row.cells[index], table.separator != ",") for row in table.rows])
    except (ValueError, ScenarioError):
        return np.empty(0)
    finite: Floats = numbers[np.isfinite(numbers)]
    return finite

"""A tick's decision in a plain sentence: what was done, at which price, and why."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dashboards.scales import Scale, energy_scale, energy_text, price_scale

WHY: Mapping[str, str] = MappingProxyType(
    {
        "store_surplus": "because the sun gave more than was needed{worth}",
        "export_full": "because the sun gave more than was needed and the storage could take no more",
        "export_price_high": "because selling earns {export} now{beside_export}",
        "discharge_need": "because the sun gave less than was needed and the storage is used before the grid",
        "discharge_price_high": "because energy costs {import} now{beside_import}",
        "discharge_export": "because selling earns {export} now{beside_export}",
        "charge_price_low": "because {cheap}",
        "hold_for_later": "and kept what is stored for later{because_worth}",
        "import_empty": "because the storage had nothing left to give",
        "import_limited": "because the storage could not give as much as was needed",
        "task_deadline": "because a task had to be served before its deadline",
        "task_price_low": "because a task could be served now for less than later",
        "curtail_price": "and left sun unused because selling it would have earned nothing",
        "curtail_limit": "and left sun unused because no more may be sold at once",
        "shed_limit": "and left some demand unserved because no more may be bought at once",
        "follow_load": "to follow the load as far as the storage could",
        "balanced": "because sun and demand were equal",
        "no_storage": "because this policy uses no storage",
        "fallback_time_limit": "as the rule would, because the planner had no answer in time",
        "fallback_no_solution": "as the rule would, because the planner found no plan",
        "fallback_worker_lost": "as the rule would, because the planner's process was lost",
        "fallback_forecast": "as the rule would, because there was no forecast",
    }
)
"""For every `Reason`, the half of the sentence that comes after what was done."""
LEAST_J = 1e-6
LEAST_SAID_J = 0.005


def decision_sentence(row: Mapping[str, Any], currency: str, first_use: int | None = None) -> str:
    """`Bought 7.0 J at 31 ct/J and stored 5.0 J because …` for one row of the record.

    `first_use` is the tick in which the storage first gave something back, where that is known.
    """
    why = WHY.get(str(row["reason"]), f"for the reason '{row['reason']}'")
    text = f"{_done(row, currency)} {why.format_map(_worths(row, currency))}"
    if row["storage_j"] < -LEAST_J and first_use is not None:
        text += f"; it was first drawn on in tick {first_use}"
    return f"{text}.{_left_out(row)}"


def _left_out(row: Mapping[str, Any]) -> str:
    """What demand got nothing, whatever the reason of the decision."""
    unserved_j = row["unserved_j"]
    return f" Demand of {energy_text(unserved_j)} was not served." if unserved_j > LEAST_SAID_J else ""


def _done(row: Mapping[str, Any], currency: str) -> str:
    """What was bought or sold, and what the storage did."""
    scale = energy_scale(abs(row[name]) for name in ("import_j", "export_j", "storage_j"))
    prices = _price_scale(row, currency)
    done = []
    for verb, energy_j, price in (
        ("bought", row["import_j"], f" at {prices.text(row['import_price'])}"),
        ("sold", row["export_j"], f" at {prices.text(row['export_price'])}"),
        ("stored", -row["storage_j"], ""),
        ("drew", row["storage_j"], " from the storage"),
    ):
        if energy_j > max(LEAST_J, 0.5 * scale.size * 10**-scale.decimals):
            done.append(f"{verb} {scale.text(energy_j)}{price}")
    text = " and ".join(done) or "traded and stored nothing"
    return text[0].upper() + text[1:]


def _worths(row: Mapping[str, Any], currency: str) -> dict[str, str]:
    prices = _price_scale(row, currency)
    worth = row["shadow_price"]
    known = worth is not None and math.isfinite(worth)
    text = f"stored energy is worth {prices.text(worth)}" if known else ""
    return {
        "import": prices.text(row["import_price"]),
        "export": prices.text(row["export_price"]),
        "worth": f", and {text}" if known else "",
        "cheap": text
        if known and worth > row["import_price"]
        else f"energy costs only {prices.text(row['import_price'])} now",
        "beside_import": _beside(row["import_price"], worth, prices) if known else "",
        "beside_export": _beside(row["export_price"], worth, prices) if known else "",
        "because_worth": f", because {text}" if known else "",
    }


def _beside(price: float, worth: float, scale: Scale) -> str:
    """What stored energy is worth, beside a price; `more` only where a reader can see it."""
    if scale.number(price) != scale.number(worth) and price > worth:
        return f", more than the {scale.text(worth)} that stored energy is worth"
    return f" and stored energy is worth {scale.text(worth)}"


def _price_scale(row: Mapping[str, Any], currency: str) -> Scale:
    return price_scale([row["import_price"], row["export_price"]], currency)

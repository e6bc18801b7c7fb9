"""The shipped scenarios under every policy, and their golden totals; run as a script to write these anew."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.facts import COLUMNS
from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.session import Outcome

GOLDEN = Path(__file__).parent / "golden"
DAYS = {
    "household_csv": 2,
    "household_full": 1,
    "household_week": 2,
    "lab_bare": 3,
    "lab_day": 1,
    "lab_hybrid": 1,
    "lab_ideal": 3,
    "lab_month": 3,
}
POLICIES = ("rule", "milp", "milp:perfect", "oracle")
TOTALS = (
    *("cost", "import_j", "export_j", "solar_j", "load_j", "curtailed_j", "unserved_j"),
    *("stored_j_start", "stored_j_end", "throughput_j", "wear_cost"),
)
Rows = dict[str, NDArray[Any]]


def ran(scenario: str, policy: str, folder: Path) -> tuple[Outcome, Rows]:
    """What a scenario comes to under a policy, and all of its rows as they were stored."""
    with open_store(str(folder / "runs.sqlite")) as store:
        outcome = simulate(scenario, policy, [f"days={DAYS[scenario]}"], store)
        parts = [f"{name}_j" for name in store.run(outcome.run or 0).header.components]
        (rows,) = store.columns(outcome.run or 0, [*COLUMNS, *(name for name in parts if name not in COLUMNS)])
    return outcome, rows | {"moved_j": np.sum([np.abs(rows[name]) for name in parts], axis=0)}


def totals(outcome: Outcome) -> dict[str, float]:
    summary: Mapping[str, Any] = outcome.summary
    return {"net_cost": outcome.net_cost} | {name: summary[name] for name in TOTALS}


def main() -> None:
    for scenario in DAYS:
        with tempfile.TemporaryDirectory() as folder:
            found = {policy: totals(ran(scenario, policy, Path(folder))[0]) for policy in POLICIES}
        (GOLDEN / f"{scenario}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Tasks of the days to come are expected: no plan gives away what they will need."""

import re
from pathlib import Path

import pytest

from twin.scenario import simulate
from twin.scenario.schema import SHIPPED
from twin.score import share_of_gap


def without_car(folder: Path) -> str:
    """The house with the dishwasher alone, which becomes known at 00:00 UTC, in the midst of the peak."""
    text = (SHIPPED / "household_week.yaml").read_text(encoding="utf-8")
    kept, cuts = re.subn(r" +- name: car.*?(?= +- name: dishwasher)", "", text, flags=re.DOTALL)
    assert cuts == 1
    (folder / "house.yaml").write_text(kept, encoding="utf-8")
    return str(folder / "house.yaml")


def share(scenario: str, policy: str, days: int) -> float:
    costs = [simulate(scenario, name, [f"days={days}"]).net_cost for name in ("rule", policy, "oracle")]
    return share_of_gap(*costs) or 0.0


@pytest.mark.slow
def test_a_plan_knows_of_the_dishwasher_before_it_is_announced(tmp_path: Path) -> None:
    """Before, perfect foresight of all but the task came to 66 % of the gap."""
    assert share(without_car(tmp_path), "milp:perfect", 7) >= 0.95


@pytest.mark.slow
def test_a_task_that_came_on_earlier_days_is_as_good_as_known(tmp_path: Path) -> None:
    assert share(without_car(tmp_path), "milp:persistence", 4) >= 0.85


@pytest.mark.slow
def test_tasks_that_are_expected_leave_no_stochastic_plan_without_a_solution() -> None:
    assert simulate("lab_ideal", "stochastic:mean5", ["days=2"]).summary["plan_fallbacks"] == {}

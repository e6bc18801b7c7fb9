"""Every shipped scenario under every policy: the laws of the record in each row, and totals that stay what they are."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from shipped import DAYS, GOLDEN, POLICIES, Rows, ran, totals

from twin.scenario import simulate
from twin.scenario.schema import SHIPPED
from twin.scenario.session import Outcome

BATTERIES = ("household_csv", "household_week", "lab_bare", "lab_ideal")
MOST = 1e-9
"""Of the energy moved in a tick."""


def cases() -> Iterator[object]:
    """Every scenario under every policy; the long ones are slow."""
    for scenario, policy in product(DAYS, POLICIES):
        is_slow = scenario.startswith("household") and policy.startswith("milp")
        marks = [pytest.mark.slow] if is_slow else []
        yield pytest.param((scenario, policy), marks=marks, id=f"{scenario}-{policy}")


@pytest.fixture(scope="module", params=cases())
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Outcome, Rows]:
    scenario, policy = request.param
    return scenario, policy, *ran(scenario, policy, tmp_path_factory.mktemp("run"))


STEPPED = "household_full"


def test_every_shipped_scenario_is_tried() -> None:
    assert set(DAYS) == {path.stem for path in SHIPPED.glob("*.yaml")}


def test_what_flows_into_the_bus_is_nil_in_every_row(case: tuple[str, str, Outcome, Rows]) -> None:
    rows = case[3]
    inflow_j = rows["solar_j"] + rows["load_j"] + rows["storage_j"] + rows["import_j"] - rows["export_j"]
    assert not rows["mismatch_j"].any()
    assert (np.abs(inflow_j) <= MOST * rows["moved_j"]).all()


def test_the_store_changes_by_what_flows_and_what_is_lost(case: tuple[str, str, Outcome, Rows]) -> None:
    outcome, rows = case[2:]
    before_j = np.append(outcome.summary["stored_j_start"], rows["stored_j"][:-1])
    error_j = before_j - rows["storage_j"] - rows["loss_j"] - rows["stored_j"]
    assert (np.abs(error_j) <= MOST * (rows["moved_j"] + rows["stored_j"])).all()
    assert (rows["loss_j"] >= -MOST * rows["moved_j"]).all()


def test_cost_is_energy_times_price(case: tuple[str, str, Outcome, Rows]) -> None:
    rows = case[3]
    cost = rows["import_j"] * rows["import_price"] - rows["export_j"] * rows["export_price"]
    assert rows["cost"] == pytest.approx(cost, rel=1e-12, abs=1e-15)


def test_no_flow_is_negative_and_none_goes_both_ways(case: tuple[str, str, Outcome, Rows]) -> None:
    scenario, _, _, rows = case
    for name in ("import_j", "export_j", "curtailed_j", "unserved_j", "solar_j"):
        assert (rows[name] >= 0.0).all(), name
    assert (rows["load_j"] <= 0.0).all()
    # A tick of several steps may import in one and export in another.
    assert (rows["import_j"] * rows["export_j"]).any() == (scenario == STEPPED)


def test_losses_are_never_negative(case: tuple[str, str, Outcome, Rows]) -> None:
    assert (case[3]["loss_j"] >= 0.0).all()


def test_every_tick_is_decided_as_asked_and_none_fell_back(case: tuple[str, str, Outcome, Rows]) -> None:
    _, policy, outcome, rows = case
    assert outcome.summary["plan_fallbacks"] == {}
    assert set(rows["decision"]) == {"rule" if policy == "rule" else "plan"}


def test_totals_are_the_golden_ones(case: tuple[str, str, Outcome, Rows]) -> None:
    scenario, policy, outcome, _ = case
    golden = json.loads((GOLDEN / f"{scenario}.json").read_text(encoding="utf-8"))[policy]
    found = totals(outcome)
    dust_j = 1e-6 * abs(golden["load_j"])
    for name, value in golden.items():
        assert found[name] == pytest.approx(value, rel=1e-6, abs=dust_j if name.endswith("_j") else 1e-12), name


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("scenario", ["lab_day", pytest.param("lab_ideal", marks=pytest.mark.slow)])
def test_the_same_scenario_gives_the_same_numbers(scenario: str, policy: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    _, first = ran(scenario, policy, tmp_path)
    _, again = ran(scenario, policy, tmp_path / "again")
    for name in first.keys() - {"plan_s", "late_s"}:
        np.testing.assert_array_equal(first[name], again[name], name)


@pytest.mark.parametrize("scenario", BATTERIES)
def test_nobody_beats_the_oracle_where_storage_is_linear(scenario: str) -> None:
    golden = json.loads((GOLDEN / f"{scenario}.json").read_text(encoding="utf-8"))
    costs = {policy: golden[policy]["net_cost"] for policy in POLICIES}
    assert min(costs.values()) >= costs["oracle"] - 1e-6 * abs(costs["oracle"])


def net_costs(days: int, *policies: str) -> dict[str, float]:
    return {policy: simulate("lab_ideal", policy, [f"days={days}"]).net_cost for policy in policies}


@pytest.mark.slow
def test_a_plan_with_perfect_foresight_comes_within_a_hundredth_of_the_oracle() -> None:
    costs = net_costs(10, "milp:perfect", "oracle")
    assert costs["oracle"] <= costs["milp:perfect"] * (1 + 1e-6)
    assert costs["milp:perfect"] <= costs["oracle"] * 1.01


@pytest.mark.slow
def test_plans_on_plain_forecasts_capture_most_of_the_gap() -> None:
    costs = net_costs(30, "rule", "milp:mean5", "milp:persistence", "oracle")
    gap = costs["rule"] - costs["oracle"]
    assert (costs["rule"] - costs["milp:mean5"]) / gap >= 0.70
    assert (costs["rule"] - costs["milp:persistence"]) / gap >= 0.50

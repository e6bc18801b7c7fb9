"""Several arrays and storages on one bus, and steps within a tick: laws, and bounds by an independent program."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from worlds import LAWS

from twin.errors import TwinError
from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.blueprint import Blueprint
from twin.scenario.policies import Maker
from twin.scenario.schema import load_text

HEAD = """
currency: EUR
tick: 5 s
ticks_per_day: 60
start_day: {day}
days: 1
history_days: 1
unserved_price: 100 EUR/J
loads:
  - name: lamp
    rated_power: 5 W
  - name: heater
    demand: {{kind: lab}}
demand: {{kind: lab}}
market: {{prices: {{kind: lab}}}}
"""
BATTERY = "{{name: {name}, kind: battery, capacity: {capacity:.3f} J, charge_efficiency: {part:.3f} %, "
BATTERY += "discharge_efficiency: {part:.3f} %, max_charge_power: {power:.3f} W, max_discharge_power: {power:.3f} W}}"
KINDS = {
    "battery": BATTERY,
    "flywheel": "{{name: {name}, kind: flywheel, inertia: 0.001 kg*m^2, max_speed: 3000 rpm, max_power: {power:.3f} W, "
    "drag: 1e-6 N*m*s}}",
    "supercapacitor": "{{name: {name}, kind: supercapacitor, capacitance: 0.5 F, max_voltage: 14 V, bus_voltage: 7 V, "
    "max_current: 0.2 A, leakage_resistance: 5 kohm, series_resistance: 1 ohm}}",
}


def array(name, rated_w, curtailable="yes"):
    return f"{{name: {name}, kind: lab, rated_power: {rated_w:.3f} W, curtailable: {curtailable}}}"


def scenario(day, arrays, storages, step="5 s"):
    lines = [f"step: {step}", "solar:", *(f"  - {part}" for part in arrays)]
    lines += ["storage:", *(f"  - {part}" for part in storages)]
    return HEAD.format(day=day) + "\n".join(lines) + "\n"


def battery(name, capacity, power=9.0, part=95.0):
    return BATTERY.format(name=name, capacity=capacity, power=power, part=part)


def blueprint(text):
    return Blueprint(load_text(text, "parts.yaml", Path()).model)


@st.composite
def texts(draw):
    """A scenario of 1 to 3 arrays and 1 to 4 storages of any kinds."""
    arrays = [
        array(f"array{i}", draw(st.floats(0.5, 6.0)), draw(st.sampled_from(["yes", "no"])))
        for i in range(draw(st.integers(1, 3)))
    ]
    storages = [
        KINDS[draw(st.sampled_from(sorted(KINDS)))].format(
            name=f"store{i}",
            capacity=draw(st.floats(5.0, 100.0)),
            power=draw(st.floats(0.2, 6.0)),
            part=draw(st.floats(70.0, 100.0)),
        )
        for i in range(draw(st.integers(1, 4)))
    ]
    return scenario(draw(st.integers(5_700_000, 5_700_400)), arrays, storages, draw(st.sampled_from(["5 s", "1 s"])))


@settings(LAWS, max_examples=30)
@given(texts(), st.sampled_from(["rule", "milp:perfect", "stochastic:persistence"]))
def test_energy_is_kept_in_every_tick_by_every_storage_and_in_all(text, policy):
    plan = blueprint(text)
    before_j = dict(plan.start_j)
    for record in plan.microgrid(Maker(plan).policy(policy)).records():
        moved_j = sum(map(abs, record.energies_j)) + 1e-9
        assert abs(sum(record.energies_j)) <= 1e-9 * moved_j
        for name in plan.physics:
            reading = record.readings[name]
            error_j = before_j[name] - reading.energy_j - reading.loss_j - reading.stored_j
            assert abs(error_j) <= 1e-9 * max(moved_j, before_j[name])
            before_j[name] = reading.stored_j
        stores = [record.readings[name] for name in plan.physics]
        assert record.stored_j == pytest.approx(sum(reading.stored_j for reading in stores))
        assert record.storage_j == pytest.approx(sum(reading.energy_j for reading in stores), abs=1e-9)
        assert min(record.import_j, record.export_j, record.curtailed_j, record.unserved_j) >= -1e-9
        assert not [violation for violation in record.violations if violation.kind == "balance"]


def least_net_cost(plan):
    """What a linear program of its own says that the run costs at least; prices are positive, export below import."""
    buy, sell, demand_w, solar_w = plan.trace(0, plan.ticks).T
    ticks, tick_s = plan.ticks, plan.calendar.tick_s
    linear = [physics.linear(tick_s) for physics in plan.physics.values()]
    blocks = 3 + 3 * len(linear)  # import, export, curtailed; per storage charged, discharged, stored
    cost, upper, equal, right = np.zeros((blocks, ticks)), np.full((blocks, ticks), np.inf), [], []
    cost[0], cost[1], upper[2] = buy, -sell, solar_w * tick_s
    for place, (each, start_j) in enumerate(zip(linear, plan.start_j.values(), strict=True)):
        charged, discharged, stored = range(3 + 3 * place, 6 + 3 * place)
        upper[charged], upper[discharged], upper[stored] = each.max_charge_j, each.max_discharge_j, each.max_j
        cost[stored, -1] = -each.discharge_efficiency * sell.mean()
        for k in range(ticks):
            row = np.zeros((blocks, ticks))
            row[stored, k], row[charged, k], row[discharged, k] = 1.0, -each.charge_gain, each.discharge_drain
            if k:
                row[stored, k - 1] = -each.retention
            equal.append(row.ravel())
            right.append(0.0 if k else each.retention * start_j)
    for k in range(ticks):
        row = np.zeros((blocks, ticks))
        row[0, k], row[1, k], row[2, k] = 1.0, -1.0, -1.0
        row[3::3, k], row[4::3, k] = -1.0, 1.0
        equal.append(row.ravel())
        right.append((demand_w[k] - solar_w[k]) * tick_s)
    bounds = [(0.0, most) for most in upper.ravel()]
    found = linprog(cost.ravel(), A_eq=np.array(equal), b_eq=right, bounds=bounds, method="highs")
    gained = sum(each.discharge_efficiency * start for each, start in zip(linear, plan.start_j.values(), strict=True))
    return float(found.fun) + gained * sell.mean()


OPEN = ["rated_power: 5 W", "rated_power: 1000 W"]


@settings(LAWS, max_examples=6)
@given(st.integers(5_700_000, 5_700_400), st.floats(5.0, 60.0), st.floats(5.0, 60.0), st.floats(0.3, 3.0))
def test_the_oracle_of_two_storages_is_what_a_program_of_its_own_says(day, first_j, second_j, power_w):
    storages = [battery("first", first_j, power_w), battery("second", second_j, 2.0 * power_w, 85.0)]
    text = scenario(day, [array("east", 3.0), array("west", 2.0)], storages).replace(*OPEN)
    bound = simulated(text, "oracle")
    assert bound == pytest.approx(least_net_cost(blueprint(text)), rel=1e-6)
    for policy in ("rule", "milp:perfect", "stochastic:persistence"):
        assert simulated(text, policy) >= bound - 1e-6 * abs(bound)


def simulated(text, policy):
    """The net cost of a scenario's text."""
    from twin.scenario.session import Session

    plan = blueprint(text)
    return Session(plan, Maker(plan).policy(policy)).run().net_cost


@pytest.mark.parametrize("policy", ["rule", "milp:perfect", "stochastic:persistence"])
def test_no_policy_is_better_than_the_oracle_that_plans_the_steps(policy):
    text = scenario(5_700_003, [array("roof", 5.0)], [battery("store", 50.0, 2.0)], "1 s").replace(*OPEN)
    assert simulated(text, policy) >= simulated(text, "oracle") - 1e-6


@pytest.mark.parametrize("policy", ["rule", "milp:perfect", "stochastic:persistence", "oracle"])
def test_halves_come_to_what_the_whole_comes_to(policy):
    # The rule fills one storage after the other, so that its halves must not be held back by their power.
    power_w = 100.0 if policy == "rule" else 2.0
    whole = scenario(5_700_003, [array("roof", 5.0)], [battery("store", 50.0, power_w)])
    storages = [battery(name, 25.0, power_w / 2) for name in ("left", "right")]
    halves = scenario(5_700_003, [array("east", 2.5), array("west", 2.5)], storages)
    tolerance = 1e-3 if policy.startswith("stochastic") else 1e-6
    assert simulated(halves, policy) == pytest.approx(simulated(whole, policy), rel=tolerance)


def test_a_tick_of_equal_steps_comes_to_what_it_does_without_them():
    costs = [
        simulated(scenario(5_700_003, [array("roof", 5.0)], [battery("store", 50.0, 2.0)], step), "rule")
        for step in ("5 s", "2.5 s", "0.5 s")
    ]
    assert costs == pytest.approx([costs[0]] * 3, rel=1e-9)


def test_a_store_keeps_each_storages_columns(tmp_path):
    file = tmp_path / "two.yaml"
    file.write_text(
        scenario(5_700_003, [array("east", 3.0), array("west", 2.0)], [battery("a1", 30.0), battery("b1", 9.0)])
    )
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        outcome = simulate(str(file), "rule", store=store)
        names = ["stored_j", "a1_stored_j", "b1_stored_j", "a1_loss_j", "b1_j", "east_j", "west_j", "solar_j", "loss_j"]
        (columns,) = store.columns(outcome.run, [*names, "b1_loss_j"])
        summary = outcome.summary
    assert columns["a1_stored_j"] + columns["b1_stored_j"] == pytest.approx(columns["stored_j"])
    assert columns["a1_loss_j"] + columns["b1_loss_j"] == pytest.approx(columns["loss_j"])
    assert columns["east_j"] + columns["west_j"] == pytest.approx(columns["solar_j"])
    assert columns["east_j"] == pytest.approx(1.5 * columns["west_j"])
    assert json.loads(json.dumps(summary))["storages"]["a1"]["stored_j_end"] == columns["a1_stored_j"][-1]


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        (scenario(1, [array("a", 1.0), array("a", 1.0)], [battery("b", 1.0)]), "solar.1.name", "another name"),
        (scenario(1, [array("lamp", 1.0)], [battery("b", 1.0)]), "loads.0.name", "another name"),
        (scenario(1, [array("a", 1.0)], [battery("b", 1.0)], "3 s"), "step", "divides the tick"),
        (scenario(1, [array("a", 1.0)], [battery("b", 1.0)], "10 s"), "step", "divides the tick"),
        (scenario(1, [array("a", 1.0)], [battery(f"b{i}", 1.0) for i in range(50)]), "storage", "1 to 20"),
        (scenario(1, [array("a", 1.0)], [battery("market", 1.0)]), "storage.0.name", "market1"),
    ],
    ids=["two arrays", "an array and a load", "no divisor", "above the tick", "50 storages", "a column's name"],
)
def test_parts_that_cannot_be_are_refused_where_they_stand(text, where, expected):
    with pytest.raises(TwinError) as caught:
        blueprint(text)
    assert where in str(caught.value)
    assert expected in str(caught.value)

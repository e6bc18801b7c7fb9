import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.facts import Economics, Reading, Reason, Record, StorageEconomics
from twin.pricing import Columns, net_costs_by_day
from twin.resampled import Resampled
from twin.score import (
    NEEDED,
    Summary,
    Totals,
    net_cost,
    record_columns,
    share_of_gap,
)

ECONOMICS = Economics("EUR", 10.0, {"storage": StorageEconomics(0.5, 0.9, 20.0)})


def columns(ticks: int, **changes: list[object]) -> dict[str, list[object]]:
    """Ticks in which nothing happens, but for the changes."""
    nothing: dict[str, list[object]] = {name: [0.0] * ticks for name in NEEDED}
    return nothing | {"reason": ["balanced"] * ticks, "plan_s": [math.nan] * ticks} | changes


def summary(chunk: Columns) -> Summary:
    totals = Totals()
    totals.add(chunk)
    return totals.summary(ECONOMICS)


def test_a_day_is_added_up() -> None:
    day = columns(2, solar_j=[8.0, 0.0], load_j=[-2.0, -6.0], storage_j=[-4.0, 4.0], stored_j=[4.0, 0.0])
    day |= {"export_j": [2.0, 0.0], "import_j": [0.0, 2.0], "import_price": [3.0, 3.0], "export_price": [1.0, 1.0]}
    found = summary(day | {"cost": [-2.0, 6.0]})
    assert (found["ticks"], found["cost"], found["throughput_j"], found["wear_cost"]) == (2, 4.0, 8.0, 4.0)
    assert (found["stored_j_start"], found["stored_j_end"], found["cycles"]) == (0.0, 0.0, 0.2)
    assert (found["self_consumption"], found["self_sufficiency"]) == (0.75, 0.75)
    assert found["max_balance_error_j"] == 0.0


def test_what_is_not_defined_is_none() -> None:
    dark = Totals().summary(Economics("EUR", 1.0, {"storage": StorageEconomics(0.0, 1.0, 0.0)}))
    assert (dark["self_consumption"], dark["self_sufficiency"], dark["cycles"]) == (None, None, None)
    assert dark["plan_s"] == {"median": None, "p99": None, "max": None}


def test_exporting_what_was_imported_is_no_negative_self_consumption() -> None:
    assert summary(columns(1, solar_j=[1.0], export_j=[3.0], storage_j=[2.0]))["self_consumption"] == 0.0


@pytest.mark.parametrize(
    ("changes", "error_j"),
    [
        ({"solar_j": [0.0, 0.25, 0.0]}, 0.25),
        ({"mismatch_j": [0.0, 0.0, -2.0]}, 2.0),
        ({"stored_j": [0.0, 0.0, 3.0]}, 3.0),
        ({"loss_j": [0.0, 1.0, 0.0]}, 1.0),
        ({"stored_j": [0.0, 3.0, 0.0], "board_source": ["model", "hardware", "model"]}, 0.0),
    ],
)
def test_a_row_that_does_not_balance_is_found(changes: dict[str, list[object]], error_j: float) -> None:
    assert summary(columns(3, **changes))["max_balance_error_j"] == error_j


def test_a_jump_of_the_store_between_two_chunks_is_found() -> None:
    totals = Totals()
    totals.add(columns(1))
    totals.add(columns(1, stored_j=[2.0]))
    assert totals.summary(ECONOMICS)["max_balance_error_j"] == 2.0


def test_a_wrong_cost_is_kept_apart() -> None:
    totals = Totals()
    totals.add(columns(1, cost=[0.5]))
    assert (totals.max_cost_error, totals.summary(ECONOMICS)["max_balance_error_j"]) == (0.5, 0.0)


def test_fallbacks_and_late_ticks_are_counted() -> None:
    reasons = [Reason.FALLBACK_FORECAST, Reason.BALANCED, "fallback_forecast"]
    found = summary(columns(3, reason=reasons, late_s=[0.0, 0.1, 0.2], led_source=["model", "fallback", "held"]))
    assert found["plan_fallbacks"] == {"fallback_forecast": 2}
    assert (found["link_fallbacks"], found["late_ticks"]) == ({"led": 1}, 2)


def test_plan_times_leave_out_the_ticks_without_a_plan() -> None:
    found = summary(columns(4, plan_s=[0.25, None, 0.75, 0.5]))["plan_s"]
    assert found == {"median": 0.5, "p99": pytest.approx(0.745), "max": 0.75}


def record(tick: int, source: str) -> Record:
    zeros = (0.0,) * 16
    return Record(tick, 0.0, 0, 0, *zeros, "rule", "balanced", None, None, None, 0.0, {"led": Reading(0.0, source)})


@pytest.mark.parametrize(("source", "fallbacks"), [("model", {}), ("fallback", {"led": 2})])
def test_records_become_columns(source: str, fallbacks: dict[str, int]) -> None:
    chunk = record_columns([record(0, source), record(1, source)], ["led"])
    assert ("led_source" in chunk) == (source != "model")
    assert summary(chunk)["link_fallbacks"] == fallbacks


def test_no_records_change_nothing() -> None:
    assert summary(record_columns([], ["led"]))["ticks"] == 0


def test_net_cost_counts_wear_darkness_and_what_is_left_in_store() -> None:
    run = summary(columns(1, cost=[4.0], storage_j=[-2.0], stored_j=[2.0], unserved_j=[1.0]))
    assert net_cost(run, ECONOMICS, mean_export_price=0.5) == pytest.approx(4 + 1 + 10 - 2 * 0.9 * 0.5)


@pytest.mark.parametrize(
    ("rule", "it", "oracle", "share"),
    [
        (10.0, 7.0, 6.0, 0.75),
        (10.0, 11.0, 6.0, -0.25),
        (-1.0, -2.0, -3.0, 0.5),
        (None, 7.0, 6.0, None),
        (10.0, 7.0, None, None),
        (6.0, 6.0, 6.0, None),
        (0.0, 0.0, 0.0, None),
    ],
)
def test_the_share_of_the_gap(rule: float | None, it: float, oracle: float | None, share: float | None) -> None:
    assert share_of_gap(rule, it, oracle) == share


floats = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(floats, floats, floats), min_size=1, max_size=30), st.data())
def test_however_a_run_is_cut_the_totals_are_the_same_to_the_bit(
    rows: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    cost, storage_j, stored_j = (np.array(column) for column in zip(*rows, strict=True))
    whole = columns(len(rows), cost=cost, storage_j=storage_j, stored_j=stored_j)
    cut = data.draw(st.integers(0, len(rows)))
    totals = Totals()
    totals.add({name: values[:cut] for name, values in whole.items()})
    totals.add({name: values[cut:] for name, values in whole.items()})
    assert totals.summary(ECONOMICS) == summary(whole)


@given(st.lists(st.tuples(floats, floats, floats), min_size=2, max_size=30))
def test_the_net_costs_of_the_days_sum_to_that_of_the_run(rows: list[tuple[float, float, float]]) -> None:
    cost, storage_j, stored_j = (np.array(column) for column in zip(*rows, strict=True))
    price = np.linspace(0.1, 0.9, len(rows))
    run = columns(len(rows), cost=cost, storage_j=storage_j, stored_j=stored_j, export_price=price)
    by_day = net_costs_by_day(run | {"day": np.arange(len(rows)) // 4}, ECONOMICS)
    assert len(by_day) == math.ceil(len(rows) / 4)
    assert by_day.sum() == pytest.approx(net_cost(summary(run), ECONOMICS, price.mean()), rel=1e-9, abs=1e-3)


def lived(days: int, seed: int, gap: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days of the rule, of a policy that takes half of the gap on average, and of the oracle."""
    rng = np.random.default_rng(seed)
    oracle = rng.normal(5.0, 2.0, days)
    rule = oracle + rng.normal(gap, 0.5, days)
    return rule, oracle + 0.5 * gap + rng.normal(0.0, 0.3, days), oracle


def test_the_rule_and_the_oracle_are_the_ends_whatever_days_come() -> None:
    rule, _, oracle = lived(9, seed=1)
    drawn = Resampled(rule, oracle)
    assert drawn.share_interval(rule) == (0.0, 0.0)
    assert drawn.share_interval(oracle) == pytest.approx((1.0, 1.0))


def test_nine_of_ten_intervals_hold_the_share_that_long_runs_come_to() -> None:
    held = 0
    for seed in range(200):
        rule, it, oracle = lived(28, seed)
        low, high = Resampled(rule, oracle).share_interval(it) or (0.0, 0.0)
        held += low <= 0.5 <= high
    assert 0.86 <= held / 200 <= 0.96


def test_the_same_days_give_the_same_interval() -> None:
    rule, it, oracle = lived(14, seed=2)
    assert len({Resampled(rule, oracle).share_interval(it) for _ in range(3)}) == 1


def test_what_is_saved_every_day_alike_is_sure_and_what_one_day_brought_is_not() -> None:
    rule, oracle, lucky = np.full(14, 2.0), np.full(14, 1.0), np.array([2.0] * 13 + [-5.0])
    assert Resampled(rule, oracle).share_interval(rule - 0.5) == pytest.approx((0.5, 0.5))
    low, high = Resampled(rule, oracle).share_interval(lucky) or (0.0, 0.0)
    assert low == 0.0 < 0.5 < high


@pytest.mark.parametrize(("gap", "is_noise"), [(1.0, False), (0.02, True)])
def test_a_gap_that_other_days_might_not_have_had_is_noise(gap: float, is_noise: bool) -> None:
    rule, _, oracle = lived(14, 3, gap)
    assert Resampled(rule, oracle).gap_is_noise == is_noise


def test_what_is_paid_on_fridays_and_earned_on_sundays_is_no_noise() -> None:
    gap = np.array([0.1, 0.1, 0.1, 0.1, -0.4, 0.0, 0.4] * 4)
    assert not Resampled(gap, np.zeros(28)).gap_is_noise


def test_where_no_day_has_a_gap_there_is_no_interval() -> None:
    assert Resampled(np.ones(5), np.ones(5)).share_interval(np.zeros(5)) is None

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.facts import Economics, Reason, Record
from twin.score import NEEDED, Columns, Summary, Totals, net_cost, record_columns, share_of_gap

ECONOMICS = Economics("EUR", unserved_price=10.0, wear_price=0.5, discharge_efficiency=0.9, usable_j=20.0)


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
    dark = Totals().summary(Economics("EUR", 1.0, 0.0, 1.0, usable_j=0.0))
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
    return Record(tick, 0.0, 0, 0, *zeros, "rule", "balanced", None, None, None, 0.0, (0.0,), (source,))


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

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import LAWS

from dashboards.daily import (
    day_average,
    green_scores,
    last_days,
    self_consumption,
    self_sufficiency,
    weekly,
    whole_days,
)


def days(count: int, **columns: float) -> dict[str, np.ndarray]:
    return {"day": 100.0 + np.arange(count)} | {name: np.full(count, value) for name, value in columns.items()}


@pytest.mark.parametrize(("count", "kept"), [(1, [109]), (3, [107, 108, 109]), (90, list(range(100, 110)))])
def test_a_range_is_the_last_days_of_a_run(count: int, kept: list[int]) -> None:
    assert last_days(days(10, cost=1.0), count)["day"].tolist() == kept


def test_a_day_that_is_not_over_is_no_whole_day() -> None:
    found = days(3, cost=1.0) | {"ticks": np.array([60.0, 60.0, 12.0])}
    assert whole_days(found, 60)["day"].tolist() == [100, 101]


def test_no_days_have_no_last_ones() -> None:
    assert last_days(days(0, cost=1.0), 7)["cost"].tolist() == []
    assert day_average(days(0, cost=1.0), "cost", 7) is None


def test_what_is_sold_is_not_consumed_and_what_is_bought_is_not_sufficiency() -> None:
    found = days(1, solar_j=100.0, export_j=25.0, load_j=-80.0, import_j=20.0)
    assert self_consumption(found).tolist() == [0.75]
    assert self_sufficiency(found).tolist() == [0.75]


def test_a_share_of_nothing_is_unknown_and_none_is_below_zero() -> None:
    assert np.isnan(self_consumption(days(1, solar_j=0.0, export_j=5.0))).all()
    assert self_consumption(days(1, solar_j=1.0, export_j=5.0)).tolist() == [0.0]


@pytest.mark.parametrize(
    ("used_j", "scores"),
    [([10.0, 30.0, 20.0], [100.0, 0.0, 50.0]), ([5.0, 5.0], [100.0, 100.0]), ([0.0, 0.0], [100.0, 100.0])],
)
def test_the_leanest_day_scores_100_and_the_heaviest_0(used_j: list[float], scores: list[float]) -> None:
    assert green_scores(np.array(used_j)).tolist() == scores


@pytest.mark.parametrize("used_j", [[], [5.0]])
def test_a_single_day_has_no_other_to_be_measured_against(used_j: list[float]) -> None:
    assert np.isnan(green_scores(np.array(used_j))).all()


@LAWS
@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=90))
def test_a_score_is_between_0_and_100_and_less_use_never_scores_less(used_j: list[float]) -> None:
    scores = green_scores(np.array(used_j))
    assert ((scores >= 0) & (scores <= 100)).all()
    assert (np.diff(scores[np.argsort(used_j)]) <= 1e-9).all()


def test_weeks_are_counted_back_from_the_last_day_and_add_up_to_all() -> None:
    firsts, costs = weekly(days(16, cost=2.0), "cost")
    assert costs.tolist() == [4.0, 14.0, 14.0]
    assert firsts.tolist() == [100.0, 102.0, 109.0]

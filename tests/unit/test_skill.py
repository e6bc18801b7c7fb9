import numpy as np
import pytest

from twin.forecast.skill import Tally, coverage, crps, mae, rmse, skill

CAME = np.array([1.0, 2.0, 4.0])


def test_errors_are_in_the_unit_of_the_series():
    said = np.array([1.0, 4.0, 2.0])
    assert rmse(said, CAME) == pytest.approx((8 / 3) ** 0.5)
    assert mae(said, CAME) == pytest.approx(4 / 3)


def test_a_tally_tells_the_same_per_series():
    tally = Tally(3)
    tally.add(in_column([1.0, 4.0, 2.0]), in_column(CAME))
    assert tally.rmse == pytest.approx([0.0, 0.0, (8 / 3) ** 0.5, 0.0])
    assert tally.mae == pytest.approx([0.0, 0.0, 4 / 3, 0.0])


def test_errors_are_pooled_over_forecasts_and_leads():
    tally = Tally(4)
    tally.add(in_column([2.0, 2.0]), in_column([0.0, 0.0]))
    tally.add(in_column([4.0]), in_column([0.0]))
    assert tally.rmse[2] == pytest.approx(np.sqrt((4 + 4 + 16) / 3))
    assert tally.rmse_by_lead[:, 2] == pytest.approx([np.sqrt((4 + 16) / 2), 2.0])


def in_column(demand_w):
    """Values of `(ticks, 4)` in which only demand is anything."""
    return np.outer(demand_w, [0.0, 0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("error", "reference", "share"), [(0.0, 2.0, 1.0), (2.0, 2.0, 0.0), (3.0, 2.0, -0.5), (1.0, 0.0, None)]
)
def test_skill_is_the_share_of_the_references_error_that_is_gone(error, reference, share):
    assert skill(error, reference) == share


def test_crps_is_the_sum_over_all_pairs():
    paths = np.random.default_rng(1).normal(size=(7, 3))
    pairs = np.abs(paths[:, None] - paths[None]).sum(axis=(0, 1)) / (7 * 6)
    assert crps(paths, CAME) == pytest.approx(np.mean(np.abs(paths - CAME).mean(axis=0) - pairs / 2))


def test_crps_of_one_path_is_its_absolute_error():
    assert crps(np.zeros((1, 3)), CAME) == mae(np.zeros(3), CAME)


def test_crps_of_a_normal_distribution_is_known():
    random = np.random.default_rng(1)
    score = crps(random.normal(size=(500, 4000)), random.normal(size=4000))
    assert score == pytest.approx(1.0 / np.sqrt(np.pi), rel=0.03)


def test_coverage_counts_the_bounds_in():
    paths = np.arange(11.0)[:, None] * np.ones(4)
    assert coverage(paths, np.array([0.9, 1.0, 9.0, 9.1])) == 0.5

import numpy as np
import pytest

from twin.forecast.skill import coverage, crps, mae, rmse, skill

CAME = np.array([1.0, 2.0, 4.0])


def test_errors_are_in_the_unit_of_the_series():
    said = np.array([1.0, 4.0, 2.0])
    assert rmse(said, CAME) == pytest.approx((8 / 3) ** 0.5)
    assert mae(said, CAME) == pytest.approx(4 / 3)


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

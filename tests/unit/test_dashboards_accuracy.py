import numpy as np
import pytest

from dashboards.accuracy import errors_by_tick_of_day, skill_of, skills, told

Row = tuple[object, ...]
HORIZON, TICKS = 4, 12
CAME = np.array([3.0, 5.0, 4.0, 8.0, 6.0, 7.0, 2.0, 9.0, 1.0, 5.0, 4.0, 6.0])


def rows(error: float = 0.0, band: float | None = None, ticks: range = range(TICKS)) -> list[Row]:
    """A forecaster that is off by `error` for all but the present tick."""
    found: list[Row] = []
    for tick in ticks:
        mean = np.append(CAME, np.zeros(HORIZON))[tick : tick + HORIZON].copy()
        mean[1:] += error
        edges = (None, None) if band is None else (mean - band, mean + band)
        found.append((tick, "demand_w", mean, *edges))
    return found


def test_what_was_said_stands_at_the_tick_it_speaks_of() -> None:
    found = told(rows(error=0.5), "demand_w")
    assert found is not None
    said, low, _ = found.ahead(2)
    assert said[2:].tolist() == (CAME[2:] + 0.5).tolist()
    assert np.isnan(said[:2]).all()
    assert np.isnan(low).all()


def test_a_series_that_nobody_spoke_of_is_not_judged() -> None:
    assert told(rows(), "solar_w") is None
    assert [line.series for line in skills(rows(), [1])] == ["demand_w"]


def test_a_gap_in_the_ticks_moves_no_forecast() -> None:
    found = told([*rows(ticks=range(3)), *rows(ticks=range(7, 12))], "demand_w")
    assert found is not None
    said, _, _ = found.ahead(1)
    assert said[np.isfinite(said)].tolist() == [CAME[1], CAME[2], *CAME[8:]]


def test_a_perfect_forecast_has_no_error_and_all_skill() -> None:
    line = skill_of(told(rows(), "demand_w"), 1)
    assert (line.rmse, line.mae, line.skill, line.covered) == (0.0, 0.0, 1.0, None)


def test_saying_that_nothing_changes_has_no_skill() -> None:
    still = [(tick, "demand_w", np.full(HORIZON, CAME[tick]), None, None) for tick in range(TICKS)]
    assert skill_of(told(still, "demand_w"), 1).skill == pytest.approx(0.0)


@pytest.mark.parametrize(("band", "covered"), [(0.6, 1.0), (0.4, 0.0)])
def test_a_band_covers_what_comes_within_it(band: float, covered: float) -> None:
    assert skill_of(told(rows(error=0.5, band=band), "demand_w"), 1).covered == covered


def test_what_is_said_exactly_lies_in_its_band_whatever_the_last_digits() -> None:
    wide = [(tick, series, mean, low * (1 + 1e-15), high) for tick, series, mean, low, high in rows(band=0.0)]
    assert skill_of(told(wide, "demand_w"), 1).covered == 1.0


def test_beyond_the_horizon_there_is_nothing_to_judge() -> None:
    assert skill_of(told(rows(), "demand_w"), HORIZON) is None


def test_errors_are_those_of_each_tick_of_the_day() -> None:
    wrong = rows()
    wrong[4][2][1] += 3.0  # said in tick 4 of tick 5
    ticks, errors = errors_by_tick_of_day(told(wrong, "demand_w"), 1, 6)
    assert dict(zip(ticks.tolist(), errors.tolist(), strict=True)) == {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 1.5}

from pathlib import Path

import numpy as np
import pytest

from dashboards.data import Data
from twin.errors import StoreRequestError
from twin.runs import RunStore, open_store, thinned
from twin.runs.thinned import Part
from twin.scenario import simulate

DAYS, TICKS = 3, 180


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three planned days of the lab."""
    path = tmp_path_factory.mktemp("thinned") / "runs.sqlite"
    with open_store(str(path)) as store:
        simulate("lab_day", policy="milp:mean5", sets=[f"days={DAYS}"], store=store)
    return path


@pytest.fixture
def store(path: Path) -> RunStore:
    with open_store(str(path), read_only=True) as opened:
        yield opened


def whole(store: RunStore, name: str) -> np.ndarray:
    return np.concatenate([chunk[name] for chunk in store.columns(1, [name])])


@pytest.mark.parametrize("name", ["stored_j", "cost", "load2_j"])
def test_no_peak_is_lost_however_few_points_there_are(store: RunStore, name: str) -> None:
    thin = thinned.extremes(store, Part(1, 0, TICKS), [name], points=8)
    assert len(thin["tick"]) == 8
    assert thin[name].min() == whole(store, name).min()
    assert thin[name].max() == whole(store, name).max()


def test_a_short_stretch_is_not_thinned(store: RunStore) -> None:
    thin = thinned.extremes(store, Part(1, 20, 30), ["cost"], points=10)
    assert thin["tick"].tolist() == list(range(20, 30))
    assert thin["cost"].tolist() == whole(store, "cost")[20:30].tolist()


def test_two_ticks_stand_for_all_between_them(store: RunStore) -> None:
    thin = thinned.extremes(store, Part(1, 0, TICKS), ["cost"], points=6)
    assert thin["tick"].tolist() == [0, 59, 60, 119, 120, 179]


def test_running_sums_end_where_the_run_ends(store: RunStore) -> None:
    grown = thinned.running_sums(store, Part(1, 0, TICKS), ["cost"], points=9)
    assert grown["tick"].tolist() == [19, 39, 59, 79, 99, 119, 139, 159, 179]
    np.testing.assert_allclose(grown["cost"], whole(store, "cost").cumsum()[grown["tick"]])


def test_sums_of_days_are_those_of_their_ticks(store: RunStore) -> None:
    days = thinned.sums(store, Part(1, 0, TICKS), ["import_j", "load1_j"], "day")
    assert days["ticks"].tolist() == [60] * DAYS
    np.testing.assert_allclose(days["load1_j"], whole(store, "load1_j").reshape(DAYS, 60).sum(axis=1))


def test_many_ticks_made_into_one_are_added_up(store: RunStore) -> None:
    rows = thinned.coarse(store, 1, [0, 1, 50, 100, TICKS])
    assert (rows["tick"].tolist(), rows["ticks"].tolist()) == ([0, 1, 50, 100], [1, 49, 50, 80])
    parts = [slice(0, 1), slice(1, 50), slice(50, 100), slice(100, TICKS)]
    for name, put in (("cost", np.sum), ("loss_j", np.sum), ("import_price", np.mean), ("start_s", np.min)):
        np.testing.assert_allclose(rows[name], [put(whole(store, name)[part]) for part in parts])
    np.testing.assert_allclose(
        rows["storage_throughput_j"], [abs(whole(store, "storage_j")[part]).sum() for part in parts]
    )
    for name, put in (("least_j", np.min), ("most_j", np.max), ("stored_j", lambda values: values[-1])):
        np.testing.assert_allclose(rows[name], [put(whole(store, "stored_j")[part]) for part in parts])


def test_where_there_is_no_tick_there_is_no_row(store: RunStore) -> None:
    assert thinned.coarse(store, 1, [0, 60, TICKS, TICKS + 60])["tick"].tolist() == [0, 60]


def test_what_is_no_number_is_refused(store: RunStore) -> None:
    with pytest.raises(StoreRequestError, match="has no number reason; it has tick, "):
        thinned.extremes(store, Part(1, 0, TICKS), ["reason"], points=10)


def test_a_series_keeps_its_texts_and_clocks(path: Path) -> None:
    data = Data(str(path))
    thin, full = data.series(1, ["cost", "reason", "start_s"], 0, TICKS, 6), data.ticks(1, ["reason", "start_s"])
    assert thin["reason"].tolist() == full["reason"][thin["tick"]].tolist()
    assert thin["start_s"].tolist() == full["start_s"][thin["tick"]].tolist()


def test_a_listing_is_the_runs_without_their_texts(store: RunStore) -> None:
    (light,), (full,) = store.listing(store.stamps()), store.runs()
    assert light.header.text == ""
    assert (light.id, light.header.overrides, light.summary) == (full.id, full.header.overrides, full.summary)


@pytest.mark.parametrize("which", ["0", "-1", "01", "1.0", "", "first", "99999999999999999999", "1; --"])
def test_a_run_is_found_by_its_number_only(store: RunStore, which: str) -> None:
    with pytest.raises(StoreRequestError, match="there is no run"):
        store.run(which)

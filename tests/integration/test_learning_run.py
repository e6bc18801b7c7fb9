"""Runs whose forecasters learn on the way: on the past only, the same every time, and with a record of it."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal import told
from worlds import LAWS, lasting

from twin.errors import StoreError
from twin.feeds.lab import Lab
from twin.feeds.offline import OfflineFeed, Series
from twin.forecast.populations import load, save
from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.blueprint import Blueprint
from twin.scenario.feeding import Feeds
from twin.scenario.launch import fingerprint, new_book, prepare, recorded, reopened
from twin.scenario.league import prices, scores
from twin.scenario.policies import Maker
from twin.scenario.request import Request
from twin.scenario.schema import SHIPPED
from twin.scenario.session import nobody

QUICK = "forecast.training.generations=3"
LEARNING = ("milp:evolved", "milp:ridge", "milp:seasonal")
DAY = (SHIPPED / "lab_day.yaml").read_text(encoding="utf-8")


def table(store: Path, run: int, name: str) -> list[tuple[object, ...]]:
    with open_store(str(store), read_only=True) as opened:
        return list(opened.table(run, name))


def run_recorded(store: Path, scenario: object, *sets: str, policy: str = "milp:evolved") -> int:
    with open_store(str(store)) as opened:
        return simulate(str(scenario), policy, sets, opened).run or 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population that was evolved ahead."""
    folder = tmp_path_factory.mktemp("trained")
    assert told(folder / "runs.sqlite", "train", "lab_day", "--out", folder / "nets.npz").status == 0
    return folder / "nets.npz"


@pytest.mark.parametrize("policy", LEARNING)
def test_the_same_run_is_the_same_bit_for_bit(policy: str) -> None:
    rows = [lasting(list(world().microgrid(Maker(world()).policy(policy)).records())) for _ in range(2)]
    assert rows[0] == rows[1]


@pytest.mark.slow
@settings(parent=LAWS, max_examples=15)
@given(st.sampled_from(LEARNING), st.integers(0, 59), st.sampled_from([0.0, 3.0, 1e4]))
def test_no_decision_of_a_run_depends_on_a_later_value(policy: str, now: int, other: float) -> None:
    before, after = (world(), world(now, other))
    rows = [list(islice(one.microgrid(Maker(one).policy(policy)).records(), now + 1)) for one in (before, after)]
    assert lasting(rows[0]) == lasting(rows[1])


def world(changed_after: int = 60, other: float = 0.0) -> Blueprint:
    """A lab day of quick trainings, in which every series has another value after a tick."""
    sets = (QUICK, "forecast.retrain_ticks=20", "forecast.training.population=6", "horizon=12")
    blueprint = Blueprint(Request("lab_bare", sets=sets).load().model)
    lab = Lab(blueprint.calendar)

    def so_far(series: Series, other: float) -> Series:
        return lambda start, stop: np.where(np.arange(start, stop) <= changed_after, series(start, stop), other)

    demand_w, price = so_far(lab.demand_w, other), so_far(lab.import_price, min(other, 2.0))
    feed = OfflineFeed(so_far(lab.sun, min(other, 1.0)), demand_w, price, so_far(lab.export_price, 0.0), lambda day: ())
    blueprint.feeds = Feeds(feed, (feed,), feed, (None,) * len(blueprint.scenario.loads))
    return blueprint


@pytest.mark.slow
@pytest.mark.parametrize("policy", LEARNING)
@pytest.mark.parametrize("history_days", [0, 1, 3])
def test_a_run_with_hardly_a_history_and_a_longer_horizon_is_planned_throughout(policy: str, history_days: int) -> None:
    sets = (QUICK, f"history_days={history_days}", "horizon=130", "days=2")
    blueprint = Blueprint(Request("lab_bare", sets=sets).load().model)
    rows = list(islice(blueprint.microgrid(Maker(blueprint).policy(policy)).records(), 65))
    assert {row.decision for row in rows} == {"plan"}


def test_each_training_is_recorded_generation_by_generation(tmp_path: Path) -> None:
    run = run_recorded(tmp_path / "runs.sqlite", "lab_day", QUICK, "forecast.retrain_ticks=25")
    rows = table(tmp_path / "runs.sqlite", run, "training")
    assert Counter(row[:2] for row in rows) == {
        (tick, series): 3 for tick in (0, 25, 50) for series in ("import_price", "export_price", "demand_w")
    }
    assert all(fitness > 0.0 and held_back > 0.0 for _, _, _, fitness, held_back in rows)


def test_a_training_that_runs_out_of_time_says_so_and_the_run_goes_on(tmp_path: Path) -> None:
    run = run_recorded(tmp_path / "runs.sqlite", "lab_day", "forecast.training.budget=1 us")
    faults = table(tmp_path / "runs.sqlite", run, "fault")
    assert [row[:3] for row in faults] == [
        (0, series, "training_budget") for series in ("demand_w", "export_price", "import_price")
    ]
    assert faults[0][3] == "time was over after generation 1; the best net so far is used"


@pytest.mark.parametrize("policy", LEARNING)
def test_a_forecast_is_recorded_with_its_band(tmp_path: Path, policy: str) -> None:
    run = run_recorded(tmp_path / "runs.sqlite", "lab_day", QUICK, policy=policy)
    for _, series, mean, low, high in table(tmp_path / "runs.sqlite", run, "forecast"):
        assert len(mean) == len(low) == len(high) == 60
        assert mean[0] == low[0] == high[0]
        assert (low <= high).all()
        assert series == "solar_w" or (low < high)[1:].mean() > 0.9


def scenario(folder: Path, population: Path) -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"{DAY}\nforecast: {{population_file: '{population}'}}\n", encoding="utf-8")
    return path


def test_a_population_is_used_where_a_scenario_names_it_and_its_hash_is_kept(trained: Path, tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    runs = [run_recorded(store, name) for name in ("lab_day", scenario(tmp_path, trained))]
    first = [table(store, run, "training")[0] for run in runs]
    assert first[0] != first[1]
    with open_store(str(store)) as opened:
        hashes = [opened.run(run).header.versions.get("population") for run in runs]
    assert hashes == [None, fingerprint(trained)]


def test_training_again_gives_the_same_file(trained: Path, tmp_path: Path) -> None:
    said = told(tmp_path / "runs.sqlite", "train", "lab_day", "--out", tmp_path / "again.npz", "--json")
    assert said.json["sha256"] == fingerprint(trained)
    assert set(said.json) == {"scenario", "file", "sha256", "series"}
    for series in said.json["series"].values():
        assert len(series["fitness"]) == len(series["held_back"]) > 10


@pytest.mark.parametrize("sets", [["forecast.training.hidden.0=7"], ["forecast.same_days=2"], []])
def test_a_population_of_another_shape_is_refused_before_the_first_tick(
    trained: Path, tmp_path: Path, sets: list[str]
) -> None:
    file = tmp_path / "nets.npz"
    file.write_bytes(trained.read_bytes() if sets else trained.read_bytes()[:1000])
    for command in (["check"], ["run", "--policy", "milp:evolved"]):
        options = [option for one in sets for option in ("--set", one)]
        text = f"{DAY}\nforecast: {{population_file: '{file}', training: {{hidden: [6]}}}}\n"
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        said = told(tmp_path / "runs.sqlite", *command, tmp_path / "mine.yaml", *options)
        assert said.status == 2
        assert said.err.startswith("population: its nets have" if sets else str(file))


def test_a_run_is_not_resumed_with_another_population(trained: Path, tmp_path: Path) -> None:
    file, store = tmp_path / "nets.npz", str(tmp_path / "runs.sqlite")
    file.write_bytes(trained.read_bytes())
    start = prepare(Request(str(scenario(tmp_path, file))).load())
    with open_store(store) as opened:
        run = new_book(opened, start, start.policy("milp:evolved")).run
        nets = load(file)
        save(file, type(nets)(nets.inputs, nets.hidden, {name: 2.0 * nets.nets[name] for name in nets.nets}))
        with pytest.raises(StoreError, match="has changed since run 1; put back the one with SHA-256"):
            reopened(opened, opened.run(run))
        file.write_bytes(trained.read_bytes())
        session, book = reopened(opened, opened.run(run))
        assert recorded(session, book).summary["ticks"] == 60


FIELDS = {"rmse", "mae", "skill_vs_persistence", "crps", "coverage", "over_floor"}


def test_the_league_has_the_documented_keys(tmp_path: Path) -> None:
    said = told(tmp_path / "runs.sqlite", "forecast", "lab_day", "--set", QUICK, "--json")
    assert (said.status, said.err, said.out.count("\n")) == (0, "", 1)
    assert list(said.json["series"]) == ["import_price", "export_price", "demand_w", "solar_w"]
    assert {series["unit"] for series in said.json["series"].values()} == {"EUR/J", "W"}
    for series in said.json["series"].values():
        names = ["persistence", "mean5", "seasonal", "ridge", "evolved", "perfect"]
        assert list(series["forecasters"]) == names
        assert all(set(fields) == FIELDS for fields in series["forecasters"].values())
    assert list(said.json["money"]) == ["rule", *(f"milp:{name}" for name in names), "oracle"]


@pytest.mark.slow
def test_over_ten_lab_days_the_nets_come_near_the_floor_and_know_how_wrong_they_are() -> None:
    blueprint = Blueprint(Request("lab_bare", days=10).load().model)
    found = scores(blueprint, ("persistence", "mean5", "ridge", "evolved", "perfect"), lambda tick: None)
    for name in ("import_price", "export_price", "demand_w"):
        of = found[name]
        assert (of["evolved"].over_floor or 0.0) <= 1.03
        assert of["evolved"].rmse <= 1.01 * of["ridge"].rmse
        assert of["evolved"].crps < of["mean5"].crps < of["persistence"].crps
        assert 0.75 <= of["evolved"].coverage <= 0.85
        assert of["perfect"].rmse == of["perfect"].crps == 0.0
    solar = found["solar_w"]["evolved"]
    assert (solar.rmse, solar.mae, solar.crps, solar.coverage, solar.over_floor) == (0.0, 0.0, 0.0, 1.0, None)


@pytest.mark.slow
def test_over_ten_lab_days_a_plan_on_the_nets_word_is_worth_one_on_a_mean() -> None:
    blueprint = Blueprint(Request("lab_bare", days=10).load().model)
    found = prices(blueprint, ("persistence", "mean5", "evolved"), lambda policy, work: work(nobody))
    shares = {policy: price.share_of_gap or 0.0 for policy, price in found.items()}
    assert shares["milp:persistence"] < 0.5 < shares["milp:evolved"] < 1.0
    assert shares["milp:evolved"] > shares["milp:mean5"] - 0.05
    assert (shares["rule"], shares["oracle"]) == (0.0, 1.0)


@pytest.mark.slow
def test_in_a_house_the_nets_know_demand_by_the_week_and_the_sun_better_than_means() -> None:
    blueprint = Blueprint(Request("household_week").load().model)
    means = ("persistence", "mean5", "mean20")
    found = scores(blueprint, (*means, "ridge", "evolved"), lambda tick: None)
    for name in ("demand_w", "solar_w"):
        assert found[name]["evolved"].rmse <= 1.01 * found[name]["ridge"].rmse
        assert found[name]["evolved"].rmse < min(found[name][mean].rmse for mean in means)
    assert found["import_price"]["evolved"].rmse == 0.0


def test_the_league_fits_80_columns_and_can_be_looked_at(tmp_path: Path) -> None:
    picture = tmp_path / "league.html"
    said = told(tmp_path / "runs.sqlite", "forecast", "lab_day", "--set", QUICK, "--plot", picture)
    assert (said.status, said.err) == (0, f"The picture is in {picture}\n")
    assert max(map(len, said.out.splitlines())) <= 80
    assert "It took the storage for linear" in said.out
    assert "src=" not in picture.read_text(encoding="utf-8").split("<body>")[1]


def test_a_training_is_shown_in_80_columns(tmp_path: Path) -> None:
    said = told(tmp_path / "runs.sqlite", "train", "lab_day", "--out", tmp_path / "nets.npz")
    assert (said.status, said.err) == (0, "")
    assert max(map(len, said.out.splitlines()[:-2])) <= 80
    assert "█" in said.out
    assert json.loads(str(np.load(tmp_path / "nets.npz")["header"]))["version"] == 1

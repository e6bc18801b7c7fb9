"""Days on a live feed, under virtual time: what was missed is told afterwards, and plans for days to come know it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from course_server import DAY, serving
from forecasting import lab_values
from lab_server import LabServer, hung_up, joined, kept, lived

from twin.control.rule import Rule
from twin.facts import Calendar, Decision, Forecast, Forecaster, Observation, Record
from twin.feeds.lab import Lab
from twin.runs import open_store
from twin.scenario.blueprint import Blueprint
from twin.scenario.forecasters import Forecasters
from twin.scenario.launch import Start
from twin.scenario.policies import Maker
from twin.scenario.schema import load_scenario

JOINED = 30


@pytest.fixture
def server() -> Iterator[LabServer]:
    """Half of its day is gone."""
    with serving(LabServer()) as server:
        server.turn_to(DAY, JOINED - 1)
        yield server


def offline(policy: str, days: int, history_days: int = 1) -> list[Record]:
    sets = [f"start_day={DAY}", f"days={days}", f"history_days={history_days}"]
    same = Blueprint(load_scenario("lab_day", sets).model)
    return list(same.microgrid(Maker(same).policy(policy)).records())


def worth(records: Sequence[Record], day: int) -> float:
    """What a day cost, with what was not served, less the worth of what it left in the storage."""
    before = [record.stored_j for record in records if record.tick < 60 * day]
    of_day = [record for record in records if record.tick // 60 == day]
    price = float(np.mean([record.export_price for record in of_day]))
    stored_j = of_day[-1].stored_j - (before[-1] if before else 0.0)
    return sum(record.cost + 3.0 * record.unserved_j for record in of_day) - price * stored_j


def test_a_second_live_day_under_a_known_sun_earns_what_it_earns_offline(server: LabServer) -> None:
    live = worth(lived(joined(server, ["days=2", "solar.kind=lab"]), "milp:persistence"), 1)
    same, rule, oracle = (worth(offline(name, 2), 1) for name in ("milp:persistence", "rule", "oracle"))
    assert abs(live - same) <= 0.05 * (rule - oracle)


@pytest.mark.parametrize("policy", ["milp:persistence", "milp:mean5"])
def test_a_third_live_day_earns_what_it_earns_offline_with_as_much_history(server: LabServer, policy: str) -> None:
    live = worth(lived(joined(server, ["days=3"]), policy), 2)
    same, rule, oracle = (worth(offline(name, 3), 2) for name in (policy, "rule", "oracle"))
    assert abs(live - same) <= 0.05 * (rule - oracle)


class Listening(Rule):
    """Decides by the rule, and keeps what a forecaster said at each tick."""

    seen: Observation

    def __init__(self, forecaster: Forecaster) -> None:
        super().__init__(5.0)
        self._forecaster = forecaster
        self.said: dict[int, Forecast] = {}

    def decide(self, seen: Observation) -> Decision:
        self.seen = seen
        self.said[seen.tick.number] = self._forecaster.predict(seen, 60)
        return super().decide(seen)


def forecasts(start: Start, forecaster: str) -> dict[int, Forecast]:
    """What a forecaster says at each tick that is lived."""
    listening = Listening(Forecasters(start.blueprint).named(forecaster))
    lived(start, listening)
    return listening.said


def test_at_midnight_the_hours_before_joining_are_known(server: LabServer) -> None:
    said = forecasts(joined(server, ["days=2"]), "persistence")[60]
    lab = Lab(Calendar(5.0, 60, DAY))
    assert said.import_price[1:].tolist() == pytest.approx(lab.import_price(1, 60).tolist())
    assert said.demand_w[1:].tolist() == pytest.approx(lab.demand_w(1, 60).tolist())


def test_until_midnight_hours_that_were_missed_are_as_the_day_before(server: LabServer) -> None:
    said = forecasts(joined(server, ["days=1"]), "persistence")[JOINED]
    yesterday = Lab(Calendar(5.0, 60, DAY)).import_price(-60, 0)
    assert said.import_price[30:].tolist() == pytest.approx(yesterday[:30].tolist())


@pytest.mark.parametrize("forecaster", ["persistence", "seasonal", "ridge"])
def test_sample_paths_know_what_was_told_of_other_hours(server: LabServer, forecaster: str) -> None:
    start = joined(server, ["days=1"])
    paths = Forecasters(start.blueprint).paths(forecaster)
    listening = Listening(paths)
    lived(start, listening)
    said = paths.sample(listening.seen, 60, 20)
    assert np.isfinite(said.demand_w).all()
    assert said.import_price.std(axis=0)[1:].min() > 0.0


def test_a_run_resumed_on_a_later_day_takes_yesterday_for_what_it_missed(server: LabServer) -> None:
    server.turn_to(DAY + 2, 3)
    said = forecasts(joined(server, ["days=3"], DAY), "persistence")[124]
    lab = Lab(Calendar(5.0, 60, DAY + 1))
    assert said.import_price[1:56].tolist() == pytest.approx(lab.import_price(5, 60).tolist())


def test_a_known_sun_is_known_before_it_was_lived(server: LabServer) -> None:
    said = forecasts(joined(server, ["days=1", "solar.kind=lab"]), "persistence")
    sun = 4.6 * Lab(Calendar(5.0, 60, DAY)).sun(0, 60)
    assert said[JOINED].solar_w.tolist() == pytest.approx(np.roll(sun, -JOINED).tolist())


@pytest.mark.parametrize("changes", [[], ["storage.capacitance=1 F"], ["server.read_timeout=59 s"]])
def test_days_that_runs_on_the_same_server_recorded_are_history(
    server: LabServer, tmp_path: Path, changes: list[str]
) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        server.turn_to(DAY - 2, 19)
        kept(joined(server, ["days=2", *changes]), store)
        server.turn_to(DAY, JOINED - 1)
        start = joined(server, ["history_days=3"])
        start.remember(store)
        past = start.blueprint.history()
    with hung_up(start):
        known = np.flatnonzero(np.isfinite(past).all(axis=1))
    assert known.tolist() == list(range(80, 180))
    assert past[known] == pytest.approx(lab_values(Calendar(5.0, 60, DAY), -100, 0))


@pytest.mark.parametrize("changes", [["server.url=http://localhost:{port}"], ["solar.rated_power=9 W"]])
def test_what_a_run_recorded_of_other_things_is_no_history(
    server: LabServer, tmp_path: Path, changes: list[str]
) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        server.turn_to(DAY - 2, 19)
        kept(joined(server, ["days=2", *(change.format(port=server.server_port) for change in changes)]), store)
        server.turn_to(DAY, JOINED - 1)
        start = joined(server, ["history_days=3"])
        start.remember(store)
    with hung_up(start):
        assert not np.isfinite(start.blueprint.history()[:, 3]).any()

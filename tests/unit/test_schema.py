import math
from pathlib import Path

import pytest

from twin.errors import ScenarioError, TwinError
from twin.scenario.schema import SHIPPED, Scenario, load_scenario, load_text, split_policy
from twin.scenario.storages import Battery, Supercapacitor
from twin.scenario.tariff import Tariff, week_prices
from twin.scenario.tasks import BlockTask, ProfileTask, TaskList

NAMES = (
    *("lab_day", "lab_month", "lab_ideal", "lab_bare", "lab_hybrid"),
    *("household_week", "household_csv", "household_full"),
)


def scenario(name: str, *overrides: str) -> Scenario:
    return load_scenario(SHIPPED / f"{name}.yaml", overrides).model


def refusals(name: str, *overrides: str) -> list[str]:
    with pytest.raises(TwinError) as caught:
        scenario(name, *overrides)
    return str(caught.value).splitlines()


LIVE = ("solar.kind=http", "demand.kind=http", "tasks.kind=http", "market.prices.kind=http", "history_days=1")
SERVER = "server.url=http://127.0.0.1:5000"


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_is_right_and_carries_its_name(name: str) -> None:
    assert scenario(name).name == name


def test_the_bench_is_the_course_s() -> None:
    bench = scenario("lab_day")
    assert bench.storage[0] == Supercapacitor(
        kind="supercapacitor",
        capacitance="0.5 F",
        min_voltage="1 V",
        max_voltage="14 V",
        bus_voltage="7 V",
        max_current="0.2 A",
        series_resistance="0.1 ohm",
        leakage_resistance="100 kohm",
    )
    assert (bench.tick, bench.horizon_ticks, bench.time_limit_s, bench.is_live) == (5, 60, 1.5, False)
    assert bench.shares == (1 / 3, 1 / 3, 1 / 3)


@pytest.mark.parametrize("name", ["lab_ideal", "lab_bare"])
def test_nothing_but_energy_binds_the_textbook_cases(name: str) -> None:
    ideal = scenario(name)
    assert ideal.storage[0] == Battery(kind="battery", capacity="50 J", initial_soc="0 %")
    assert {load.rated_power for load in ideal.loads} == {ideal.market.import_limit} == {math.inf}
    assert ideal.start_day == 5727101
    assert (ideal.tasks is None) == (name == "lab_bare")


def test_a_date_is_a_day_number() -> None:
    assert scenario("household_week").calendar.tick(0).start_s == 1685923200  # 2023-06-05T00:00Z


def test_a_bare_name_is_a_shipped_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_scenario("lab_day").path == SHIPPED / "lab_day.yaml"
    Path("lab_day").write_text((SHIPPED / "lab_bare.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_scenario("lab_day").path == tmp_path / "lab_day"


def test_a_name_that_is_nowhere_is_told_what_there_is() -> None:
    with pytest.raises(ScenarioError, match=r"^nowhere: no such file; shipped are household_csv, .*lab_month$"):
        load_scenario("nowhere")


def test_a_name_that_is_nearly_right_is_told_the_right_one() -> None:
    with pytest.raises(ScenarioError, match=r"^lab_dya: no such file; did you mean 'lab_day'\?$"):
        load_scenario("lab_dya")


def test_what_was_loaded_can_be_loaded_again(tmp_path: Path) -> None:
    first = load_scenario(SHIPPED / "household_csv.yaml", ["days=2", "seed=7"])
    again = load_text(first.text, str(first.path), first.path.parent, first.overrides)
    assert again == first
    assert (first.model.days, first.model.seed) == (2, 7)


@pytest.mark.parametrize(
    ("name", "override", "where", "expected"),
    [
        ("lab_day", "tick=6 s", "tick: '6 s'", "'5 s' is wanted, for the kind lab knows no other"),
        ("lab_day", "ticks_per_day=96", "ticks_per_day: '96'", "'60' is wanted, for the kind lab knows no other"),
        ("lab_day", "days=0", "days: '0' is too few", "1 or more is wanted"),
        ("lab_day", "days=100001", "days: '100001'", "at most 100000 is wanted"),
        ("lab_day", "days=1e2", "days: '1e2' is not a whole number", "write for example '60'"),
        ("lab_day", "history_days=100001", "history_days: '100001'", "at most 100000 is wanted"),
        ("lab_day", "start_day=3", "history_days: '20'", "at most 3 is wanted"),
        ("lab_day", "start_day=900000000000", "start_day: '900000000000'", "an end before the year 9999 is wanted"),
        (
            "lab_day",
            "start_day=2023-06-05",
            "start_day: '2023-06-05' counts days of 24 h",
            "tick × ticks_per_day is 0.0833333 h",
        ),
        ("household_week", "start_day=2023-02-30", "start_day: '2023-02-30' is no date", "write"),
        ("lab_day", "horizon=10001", "horizon: '10001'", "at most 10000 is wanted"),
        ("lab_day", "guard.time_limit=6 s", "guard.time_limit: '6 s'", "at most a tick is wanted"),
        ("lab_day", "timezone=../passwd", "timezone: '../passwd' is no time zone", "write for example 'Europe/Berlin'"),
        ("lab_day", "unserved_price=0 EUR/J", "unserved_price: '0 EUR/J' is not above 0", "more than 0 is wanted"),
        (
            "lab_day",
            "unserved_price=1 GBP/J",
            "unserved_price: '1 GBP/J' is a price in GBP",
            "a price in EUR is wanted",
        ),
        ("lab_day", "currency=EURO", "currency: 'EURO'", "did you mean 'EUR'?"),
        ("lab_day", "currency=??", "currency: '??'", "a code of ISO 4217 is wanted, for example 'EUR' or 'USD'"),
        (
            "lab_day",
            "policy=best",
            "policy: 'best' is no policy",
            "one of none, rule, milp, stochastic, oracle is wanted",
        ),
        ("lab_day", "policy=mlip", "policy: 'mlip' is no policy", "did you mean 'milp'?"),
        ("lab_day", "policy=milp:evolvd", "policy: 'evolvd' is no forecaster", "did you mean 'evolved'?"),
        ("lab_day", "policy=rule:mean5", "policy: 'rule:mean5' names a forecaster", "'rule' alone is wanted"),
        ("lab_day", "policy=oracle:perfect", "policy: 'oracle:perfect' names a forecaster", "'oracle' alone is wanted"),
        ("lab_day", "start_day=-4", "start_day: '-4' is not a whole number", "write for example"),
        (
            "household_week",
            "tick=7 min",
            "start_day: '2023-06-05' counts days of 24 h",
            "tick × ticks_per_day is 11.2 h",
        ),
        ("lab_day", "policy=milp:mean61", "policy: 'mean61' is no forecaster", "one of persistence, seasonal"),
        ("lab_day", "solar.efficiency=0 %", "solar.efficiency: '0 %' lets nothing through", "more than 0 %"),
        (
            "lab_day",
            "solar.curtailable=maybe",
            "solar.curtailable: 'maybe' is neither yes nor no",
            "write 'yes' or 'no'",
        ),
        ("lab_day", "loads.1.name=load1", "loads.1.name: 'load1'", "write another name: loads.0 is named load1"),
        ("lab_day", "loads.1.name=solar", "loads.1.name: 'solar' is the name of a column already", "write"),
        ("lab_day", "loads.1.name=Lamp 1", "loads.1.name: 'Lamp 1' is not a name", "small letters"),
        ("lab_day", "loads.1.share=50 %", "loads: is a list of 3", "a share for each of them, or for none, is wanted"),
        ("lab_day", "storage.capacitance=-1 F", "storage.capacitance: '-1 F' is negative", "0 or more is wanted"),
        ("lab_day", "storage.capacitance=0 F", "storage.capacitance: '0 F' is nil", "more than 0 is wanted"),
        ("lab_day", "storage.min_voltage=14 V", "storage.min_voltage: '14 V'", "less than max_voltage is wanted"),
        ("lab_day", "storage.initial_voltage=15 V", "storage.initial_voltage: '15 V'", "at most max_voltage is wanted"),
        ("lab_ideal", "storage.min_soc=120 %", "storage.min_soc: '120 %' is more than the whole", "at most 100 %"),
        ("lab_ideal", "storage.min_soc=0.1", "storage.min_soc: '0.1' has no unit", "write for example '0.1 %'"),
        ("household_week", "solar.tilt=91 deg", "solar.tilt: '91 deg' is out of range", "0 deg to 90 deg is wanted"),
        ("household_week", "solar.weather=x.csv", "solar.weather: 'x.csv' is not there", "a file is wanted"),
        ("household_csv", "demand.file=\0", "demand.file: '\\x00' is not there", "a file is wanted"),
        ("household_week", "tasks.items.0.start=22:05", "tasks.items.0.start: '22:05'", "a boundary of ticks of 900 s"),
        ("household_week", "tasks.items.0.start=96", "tasks.items.0.start: '96'", "a start before the day's end"),
        ("household_week", "tasks.items.0.end=97", "tasks.items.0.end: '97'", "at most 96"),
        ("household_week", "tasks.items.0.end=25:00", "tasks.items.0.end: '25:00' is after midnight", "a time from"),
        ("household_week", "tasks.items.0.energy=97 kWh", "tasks.items.0.energy: '97 kWh'", "at most 96.2 kWh fit"),
        ("household_week", "tasks.items.1.end=01:00", "tasks.items.1.profile: is a list of 5", "at most the 4 ticks"),
        (
            "household_week",
            "tasks.items.1.profile_step=20 min",
            "tasks.items.1.profile_step: '20 min'",
            "a whole number",
        ),
        ("household_week", "tasks.items.1.name=car", "tasks.items.1.name: 'car'", "a name that no other has is wanted"),
        ("household_week", "market.prices.import.1.to=05:45", "market.prices.import: is a list of 5", "one price for"),
        ("household_week", "market.prices.import.2.from=18:00", "market.prices.import.2.to: '18:00'", "another time"),
        ("lab_day", SERVER, "server: is a mapping", "a server is wanted only where something has the kind http"),
    ],
)
def test_one_wrong_value_is_one_error(name: str, override: str, where: str, expected: str) -> None:
    (line,) = refusals(name, override)
    place, _, rest = line.removeprefix(f"--set {override}: ").partition("; ")
    assert place.endswith(where)
    assert rest.startswith(expected)


def test_a_live_scenario_is_live_in_all_parts_but_the_sun() -> None:
    assert scenario("lab_day", *LIVE, SERVER).is_live
    assert scenario("lab_day", *LIVE, SERVER, "solar.kind=lab").is_live
    assert len(refusals("lab_day", LIVE[0], "history_days=0", SERVER)) == 3
    assert "only the sun is mixed" in refusals("lab_day", *LIVE, SERVER, "demand.kind=lab")[0]
    assert refusals("lab_day", *LIVE)[0].endswith(
        "server: is missing; write 'server: {url: ...}', for something has the kind http"
    )


@pytest.mark.parametrize("future", ["policy=oracle", "policy=milp:perfect", "forecaster=perfect"])
def test_a_live_feed_has_no_future(future: str) -> None:
    assert len(refusals("lab_day", *LIVE, SERVER, future)) == 1


@pytest.mark.parametrize("url", ["127.0.0.1:5000", "ftp://host", "http://", "http://host:port", "http://[::1"])
def test_a_server_has_an_address(url: str) -> None:
    assert "is no address" in refusals("lab_day", *LIVE, f"server.url={url}")[0]


@pytest.mark.parametrize(("energy", "fits"), [("1 kWh", True), ("1.4 kWh", True), ("1.1 kWh", False), ("9 kWh", False)])
def test_a_block_is_a_whole_number_of_ticks(energy: str, fits: bool) -> None:
    task = BlockTask.model_validate(
        {"shape": "block", "name": "washer", "start": "8", "end": "10", "energy": energy}
        | {"min_power": "2.8 kW", "max_power": "4 kW"}
    )
    calendar = scenario("household_week").calendar
    assert (not list(task.misfits(calendar))) == fits


def test_windows_cross_midnight_and_profiles_come_tick_by_tick() -> None:
    household = scenario("household_week", "tasks.items.1.profile_step=30 min")
    assert isinstance(household.tasks, TaskList)
    car, dishwasher = household.tasks.items
    assert isinstance(dishwasher, ProfileTask)
    assert car.ticks(household.calendar) == (88, 140)
    assert dishwasher.profile_w(household.tick)[:4] == (2000, 2000, 100, 100)


def test_a_tariff_prices_every_minute_of_the_week() -> None:
    tariff = scenario("household_week").market.prices
    assert isinstance(tariff, Tariff)
    cents = [round(price * 3.6e8) for price in week_prices(tariff.import_bands)]
    assert [cents[minute] for minute in (0, 60, 360, 1080, 1260, 6 * 1440 + 1080)] == [13, 9, 13, 27, 13, 13]
    assert set(week_prices(tariff.export_bands)) == {0.03 / 3.6e6}


@pytest.mark.parametrize(("policy", "names"), [("rule", ("rule", "mean5")), ("milp:mean3", ("milp", "mean3"))])
def test_a_policy_may_bring_its_forecaster(policy: str, names: tuple[str, str]) -> None:
    assert split_policy(policy, "mean5") == names


def test_the_readme_shows_how_forecasters_learn_by_default() -> None:
    readme = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```yaml\n")[1].split("```")[0]
    learned = load_text(f"{(SHIPPED / 'lab_ideal.yaml').read_text()}\n{shown.partition(chr(10))[2]}", "f.yaml", SHIPPED)
    assert "held_back" in shown
    assert learned.model.forecast == scenario("lab_ideal").forecast

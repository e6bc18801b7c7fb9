import json
from pathlib import Path

import pytest
from board_store import LOST, write_board_run

from dashboards import bell
from dashboards.accuracy import Skill
from dashboards.caveats import common, names_of
from dashboards.comparison import Comparison
from dashboards.data import Data
from dashboards.figures.comparing import days_per_bar
from dashboards.looks import days_table, ledger_in, look_at, rows_in, tasks_j
from dashboards.pages import compare, consumption, finance, following, forecasts, hardware, live, tick
from dashboards.scales import energy_scale, power_scale
from twin.errors import StoreError
from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.launch import new_book, prepare
from twin.scenario.request import Request

PAGES = (live, consumption, finance, compare, forecasts, hardware)
NOTHING = {"days": 1, "key": [0, 0, 0], "tick": -1, "series": ""}
RULE, PLANNED, OTHER, DAY, BOARDS, BEGUN = 1, 2, 3, 4, 5, 6


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Three runs of three days, a planned day, the same with boards, and a run that has not begun."""
    path = tmp_path_factory.mktemp("pages") / "runs.sqlite"
    with open_store(str(path)) as store:
        simulate("lab_day", "rule", sets=["days=3"], store=store)
        simulate("lab_day", "milp:persistence", sets=["days=3"], store=store)
        simulate("lab_day", "rule", sets=["days=2", "start_day=5727200"], store=store)
    write_board_run(path)
    with open_store(str(path)) as store:
        start = prepare(Request("lab_day").load())
        new_book(store, start, start.policy("rule"))
    return Data(str(path))


def told(component: object) -> str:
    """All that a page says, as it goes to the browser."""
    return json.dumps(component.to_plotly_json(), default=lambda one: one.to_plotly_json(), ensure_ascii=False)


@pytest.mark.parametrize("module", PAGES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_an_empty_store_is_told_with_the_command_that_fills_it(module, tmp_path: Path) -> None:
    assert "twin compare lab_day" in told(module.layout(Data(str(tmp_path / "none.sqlite")), {}))


@pytest.mark.parametrize("module", PAGES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("run", [RULE, PLANNED, BOARDS])
def test_every_page_can_show_every_run(module, run: int, data: Data) -> None:
    shown = told(module.layout(data, {"run": str(run)}))
    assert "NaN" not in shown
    assert "?" in shown or "twin run lab_day" in shown


@pytest.mark.parametrize("module", [page for page in PAGES if page is not compare], ids=lambda module: module.__name__)
def test_a_run_without_ticks_says_so(module, data: Data) -> None:
    assert f"Run {BEGUN} has no ticks" in told(module.layout(data, {"run": str(BEGUN)}))


@pytest.mark.parametrize(
    "query",
    [{"tick": "-1"}, {"tick": "1e9"}, {"tick": "99999999999999"}, {"days": "x"}, {"series": "<b>"}, {"ahead": "0"}],
)
def test_nonsense_in_an_address_shows_what_one_would_see_without_it(query: dict[str, str], data: Data) -> None:
    for module in PAGES:
        asked, bare = (module.layout(data, one | {"run": "2"}) for one in (query, {}))
        asked.children = [child for child in asked.children if child.id != "minded"]
        assert told(asked) == told(bare)


@pytest.mark.parametrize(
    ("module", "query", "said"),
    [
        (live, {"tick": "180"}, "address: tick=180; a whole number from 0 to 179 is wanted, this shows 179"),
        (live, {"tick": "-3", "days": "8"}, "address: days=8; 1, 3 or 7 is wanted, this shows 1"),
        (live, {"series": "nonsense"}, "import_price, export_price, demand_w or solar_w is wanted"),
        (consumption, {"days": "abc"}, "address: days=abc; 1, 3, 7, 30 or 90 is wanted, this shows 7"),
        (finance, {"days": "8"}, "address: days=8; 1, 3, 7, 30 or 90 is wanted, this shows 7"),
        (forecasts, {"series": "nonsense"}, "demand_w or solar_w is wanted, this shows import_price"),
        (forecasts, {"ahead": "2"}, "address: ahead=2; 1, 6 or 24 is wanted, this shows 1"),
        (hardware, {"days": "30"}, "address: days=30; 1, 3 or 7 is wanted, this shows 1"),
        (compare, {"runs": "1,2,3,4,5,1,2"}, "two to six runs can be compared, these are the first 6"),
    ],
)
def test_what_an_address_asks_in_vain_is_told(module, query: dict[str, str], said: str, data: Data) -> None:
    assert said in told(module.layout(data, {"run": "2"} | query))


@pytest.mark.parametrize("query", [{}, {"tick": "0"}, {"tick": "179", "days": "7", "series": "solar_w"}])
def test_of_an_address_that_can_be_had_nothing_is_told(query: dict[str, str], data: Data) -> None:
    assert "minded" not in told(live.layout(data, {"run": "2"} | query))


def test_a_run_that_is_not_there_is_an_error_that_names_those_that_are(data: Data) -> None:
    with pytest.raises(StoreError, match="there is no run 99"):
        live.layout(data, {"run": "99"})


def test_days_add_up_to_the_run(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    days, summary = days_table(data, looked, 90), looked.row.summary
    assert len(days["day"]) == 3
    assert sum(days["cost"]) == pytest.approx(summary["cost"])
    assert -sum(days["load_j"]) == pytest.approx(-summary["load_j"])


def test_the_rule_s_cost_per_day_is_what_the_rule_s_own_run_paid(data: Data) -> None:
    planned, rule = (days_table(data, look_at(data, str(run)), 3) for run in (PLANNED, RULE))
    assert planned["rule_cost"] == pytest.approx(rule["cost"])


@pytest.mark.parametrize("days", [1, 3])
def test_the_cost_so_far_ends_at_the_run_s_whichever_days_are_looked_at(days: int, data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    of = tick.stretch_at(data, looked, 179, days)
    found = ledger_in(data, looked, of)
    assert found.cost[-1] == pytest.approx(looked.row.summary["cost"])
    assert found.rule_cost[-1] == pytest.approx(look_at(data, str(RULE)).row.summary["cost"])


def test_what_was_saved_is_what_a_comparison_with_the_rule_says(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    told = dict(finance.summary(looked.about, days_table(data, looked, 3)))
    rule, planned = (data.run(run).summary["cost"] for run in (RULE, PLANNED))
    assert told["cost"] == f"{planned:,.2f} EUR"
    assert told["cost per day"] == f"{planned / 3:,.2f} EUR"
    assert told["of that on bills"].startswith(f"{rule - planned:,.2f} EUR (")


def net_of_served(summary: dict[str, float], unserved_price: float) -> float:
    return summary["net_cost"] - summary["unserved_j"] * unserved_price


def test_net_savings_are_those_of_a_comparison_but_for_energy_not_served(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    price = looked.about.economics.unserved_price
    rule, planned = (net_of_served(data.run(run).summary, price) for run in (RULE, PLANNED))
    assert days_table(data, looked, 3)["net_saved"].sum() == pytest.approx(rule - planned, rel=0.02)
    told = list(dict(finance.summary(looked.about, days_table(data, looked, 3))))
    assert told[:3] == ["net savings over the rule, but for energy not served", "of that on bills", "cost"]


def test_net_savings_of_some_days_add_up_to_those_of_all(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    assert days_table(data, looked, 3)["net_saved"][2] == pytest.approx(days_table(data, looked, 1)["net_saved"][0])


def test_what_tasks_got_is_no_more_than_what_was_used(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    of = tick.stretch_at(data, looked, 100, 1)
    got_j = tasks_j(of, rows_in(data, looked, "task", of.start, of.stop))
    assert got_j.sum() > 10
    assert (got_j <= -of.of("load_j") + 1e-9).all()


def test_a_stretch_that_is_drawn_is_not_drawn_again(data: Data) -> None:
    drawn = following.redrawn(data, PLANNED, (70, "solar_w"), NOTHING)
    again = following.redrawn(data, PLANNED, (80, "solar_w"), drawn["drawn"])
    other = following.redrawn(data, PLANNED, (130, "solar_w"), drawn["drawn"])
    assert drawn["drawn"]["start"] == 60
    assert other["drawn"]["start"] == 120
    assert answered(again) == {*following.TICK, *following.OUTLOOK, "drawn"}


def test_a_tick_that_is_drawn_is_not_drawn_again(data: Data) -> None:
    drawn = following.redrawn(data, PLANNED, (70, "solar_w"), NOTHING)["drawn"]
    assert answered(following.redrawn(data, PLANNED, (70, "solar_w"), drawn)) == {"drawn"}
    assert answered(following.redrawn(data, PLANNED, (70, "demand_w"), drawn)) == {*following.OUTLOOK, "drawn"}


def answered(given: dict[str, object]) -> set[str]:
    """What is sent to the browser."""
    return {name for name, value in given.items() if value is not following.no_update}


def test_only_what_is_new_of_a_run_is_news(data: Data) -> None:
    assert following.news(data, PLANNED, 100) == (180, "done, 180 of 180 ticks", True)
    assert following.news(data, BEGUN, 0) == (following.no_update, following.no_update, False)


def test_the_sentence_of_a_tick_says_when_its_energy_was_used(data: Data) -> None:
    looked = look_at(data, str(RULE))
    sun = next(number for number in range(60) if tick.moment_at(data, looked, number).row["storage_j"] < 0)
    assert "it was first drawn on in tick" in tick.sentence(tick.moment_at(data, looked, sun))


def test_a_tick_whose_feed_gave_no_new_answer_says_so_and_rings_the_bell(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with open_store(str(path)) as store:
        simulate("lab_day", "rule", store=store)
        store.note(
            1, {"fault": [(7, "feed", "held", "http://course/sun: no answer"), (8, "feed", "missing", "no day")]}
        )
    data = Data(str(path))
    facts = [dict(tick.tick_facts(tick.moment_at(data, look_at(data, "1"), number))) for number in (7, 8)]
    assert [of.get("feed") for of in facts] == ["no new answer, the last one is held", None]
    shown = told(bell.shown(data, "1"))
    assert "Feed gave no new answer, so its last one was held (http://course/sun: no answer)" in shown
    assert "tick 7" in shown


def test_what_came_is_what_later_forecasts_began_with(data: Data) -> None:
    moment = tick.moment_at(data, look_at(data, str(PLANNED)), 30)
    said, came = tick.outlook(moment, "solar_w").figure.data
    sun_w = (moment.later["solar_j"] + moment.later["curtailed_j"]) / 5.0
    assert list(came.y) == pytest.approx(list(sun_w))
    assert said.y[0] == pytest.approx(sun_w[0])


def test_where_nothing_was_expected_only_what_came_is_drawn(data: Data) -> None:
    _, figure, note = tick.outlook(tick.moment_at(data, look_at(data, str(RULE)), 30), "demand_w")
    assert [trace.name for trace in figure.data] == ["came"]
    assert note.startswith("Nothing was expected")


def test_a_tick_that_is_not_over_yet_is_answered_with_the_last_one_that_is(data: Data) -> None:
    later, last = (following.redrawn(data, RULE, (number, "solar_w"), NOTHING) for number in (180, 179))
    assert told(later["facts"]) == told(last["facts"])
    assert (later["sentence"], later["when"]) == (last["sentence"], last["when"])


def test_outages_are_told_with_their_end_and_what_the_board_did(data: Data) -> None:
    shown = told(hardware.layout(data, {"run": str(BOARDS)}))
    assert f"tick {LOST.start}" in shown
    assert f"tick {LOST.stop}" in shown
    assert "gave no reading in time" in shown


def test_the_bell_counts_what_needs_attention(data: Data) -> None:
    assert "5 alerts in run 5" in told(bell.shown(data, str(BOARDS)))
    assert "0 alerts in run 1" in told(bell.shown(data, str(RULE)))


def test_a_failed_run_tells_the_bell_why(tmp_path: Path) -> None:
    data = Data(str(tmp_path / "runs.sqlite"))
    with open_store(data.where) as store:
        run = simulate("lab_day", "rule", store=store).run
        store.finish(run, "failed", None, "sun: no answer")
    shown = told(bell.shown(data, str(run)))
    assert "1 alert in run 1" in shown
    assert "The run failed (sun: no answer)" in shown
    assert "tick=59" in shown


def test_a_run_that_failed_before_its_first_tick_says_why(tmp_path: Path) -> None:
    data = Data(str(tmp_path / "runs.sqlite"))
    with open_store(data.where) as store:
        start = prepare(Request("lab_day").load())
        book = new_book(store, start, start.policy("rule"))
        store.finish(book.run, "failed", None, "sun: no answer")
    assert "It failed before its first tick: sun: no answer" in told(live.layout(data, {}))
    assert "0 alerts" not in told(bell.shown(data, "last"))


def test_runs_on_one_trace_are_compared_without_a_caveat(data: Data) -> None:
    shown = told(compare.layout(data, {"runs": "1,2"}))
    assert "Before you compare" not in shown
    assert "−" in shown


@pytest.mark.parametrize(
    ("runs", "caveat"),
    [
        ("1,3", "different settings: rule (run 1) days=3; rule (run 3) days=2, start_day=5727200"),
        ("1,3", "different traces"),
        ("1,3", "begin on different days"),
        ("1,4", "differ in length"),
    ],
)
def test_what_differs_between_runs_is_said(runs: str, caveat: str, data: Data) -> None:
    assert caveat in told(compare.layout(data, {"runs": runs}))


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a comparison of three days made of some thirty rows."""
    monkeypatch.setattr(compare, "MOST_TICKS", 100)
    monkeypatch.setattr(compare, "ROWS", 30)


def comparison(data: Data) -> Comparison:
    return compare.comparison_of(common(compare.compared(data, [data.run(RULE), data.run(PLANNED)])))


def test_a_long_comparison_comes_to_the_same(data: Data, coarse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    thin = comparison(data)
    monkeypatch.undo()
    full = comparison(data)
    assert len(thin.runs["rule"]["tick"]) < 40
    assert compare.panels(thin)["levels"].note == "The least and the most of every 6 ticks."
    assert (thin.ticks, thin.days) == (full.ticks, full.days) == (180, 3)
    for name in full.runs:
        assert thin.summaries[name] == pytest.approx(full.summaries[name])


def test_a_long_comparison_ends_where_it_should_and_loses_no_peak(
    data: Data, coarse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    thin = compare.panels(comparison(data))
    monkeypatch.undo()
    full = compare.panels(comparison(data))
    for few, all_of_it in zip(thin["costs"].figure.data, full["costs"].figure.data, strict=True):
        assert (few.x[0], few.x[-1], few.y[-1]) == pytest.approx((all_of_it.x[0], all_of_it.x[-1], all_of_it.y[-1]))
    for few, all_of_it in zip(thin["levels"].figure.data, full["levels"].figure.data, strict=True):
        assert (few.y[0], min(few.y), max(few.y)) == pytest.approx((all_of_it.y[0], min(all_of_it.y), max(all_of_it.y)))
    for few, all_of_it in zip(thin["daily"].figure.data, full["daily"].figure.data, strict=True):
        assert list(few.y) == pytest.approx(list(all_of_it.y))


@pytest.mark.parametrize(("runs", "caveat"), [("1,3", "different traces"), ("1,3", "begin on different days")])
def test_what_differs_between_long_runs_is_said(runs: str, caveat: str, data: Data, coarse: None) -> None:
    assert caveat in told(compare.layout(data, {"runs": runs}))


def test_long_runs_on_one_trace_are_compared_without_a_caveat(data: Data, coarse: None) -> None:
    assert "Before you compare" not in told(compare.layout(data, {"runs": "1,2"}))


def test_a_run_that_has_not_begun_has_no_tick_in_common(data: Data) -> None:
    assert "No tick is common" in told(compare.layout(data, {"runs": f"{RULE},{BEGUN}"}))


@pytest.mark.parametrize(("first", "stop", "per_day"), [(0, 1_000_000, 60), (37, 1_000_000, 86_400), (0, 35_040, 96)])
def test_no_row_of_a_long_comparison_is_in_two_bars(first: int, stop: int, per_day: int) -> None:
    edges = compare.edges_of(first, stop, per_day)
    bar = days_per_bar(stop / per_day) * per_day
    assert (edges[0], edges[1], edges[-2], edges[-1]) == (first, first + 1, stop - 1, stop)
    assert set(range(bar, stop, bar)) <= set(edges)
    assert compare.ROWS / 2 < len(edges) < 2 * compare.ROWS


def test_a_comparison_that_nobody_asked_for_is_of_runs_on_one_trace(data: Data) -> None:
    assert [row.id for row in compare.chosen_rows(data.runs(), None)] == [DAY, BOARDS]


def test_runs_of_one_policy_are_told_apart_by_their_numbers(data: Data) -> None:
    rows = [data.run(number) for number in (RULE, OTHER, PLANNED)]
    assert names_of(rows) == ["rule (run 1)", "rule (run 3)", "milp:persistence"]


def test_a_forecast_is_looked_at_where_something_was_not_known(data: Data) -> None:
    sun = told(forecasts.layout(data, {"run": str(DAY), "series": "solar_w"}))
    assert "It was known exactly." in sun
    assert "At which time of the day is it wrong?" not in sun
    assert "Did the import price come as expected?" in told(forecasts.layout(data, {"run": str(DAY)}))
    known, wrong = (
        Skill(series, 1, rmse, rmse, 1.0, None) for series, rmse in (("export_price", 0.0), ("solar_w", 1.0))
    )
    assert forecasts.uncertain([known, wrong]) == "solar_w"


def test_errors_of_one_series_stand_under_each_other() -> None:
    scale = power_scale([9.62, 10.0])
    rows = [forecasts.skill_row(Skill("demand_w", 1, rmse, 7.84, 0.5, None), scale) for rmse in (9.62, 10.0)]
    assert [row[2:4] for row in rows] == [("9.6 W", "7.8 W"), ("10.0 W", "7.8 W")]


def test_a_table_of_differences_adds_up_as_it_is_shown() -> None:
    scale = energy_scale([1965.0])
    assert (scale.number(163.6), scale.number(160.2)) == ("164", "160")
    assert scale.number(scale.rounded(160.2) - scale.rounded(163.6)) == "−4"


def test_forecasts_of_a_rule_are_not_invented(data: Data) -> None:
    assert "rule does not forecast" in told(forecasts.layout(data, {"run": "1"}))


def test_runs_are_listed_as_they_are_now_though_most_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with open_store(str(path)) as store:
        first = simulate("lab_day", "rule", store=store)
        data = Data(str(path))
        before = data.runs()
        second = simulate("lab_day", "rule", store=store)
        store.finish(first.run, "failed", None)
        assert [(row.id, row.state) for row in data.runs()] == [(second.run, "done"), (first.run, "failed")]
        store.delete(second.run)
    assert [row.id for row in data.runs()] == [row.id for row in before]


def test_a_store_that_is_just_being_made_has_no_runs_yet(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite").touch()
    assert Data(str(tmp_path / "runs.sqlite")).runs() == ()


@pytest.mark.parametrize("stops", [(0, 60, 120, 180), (180, 120, 0, 60), (100, 101, 99, 100)])
def test_sums_are_the_same_whichever_were_asked_for_before(stops: tuple[int, ...], data: Data) -> None:
    cost = data.ticks(PLANNED, ["cost"])["cost"]
    fresh = Data(data.where)
    for stop in stops:
        assert fresh.sums_before(PLANNED, stop, ("cost", "import_j"))[0] == pytest.approx(cost[:stop].sum())

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboards.colours import policy_colours
from dashboards.comparison import Comparison, kept_points, time_axis
from dashboards.figures import Panel, cost_panel, daily_panel, flow_panel, price_panel, stored_panel
from dashboards.report import compare_report, result_text
from dashboards.scales import (
    duration_text,
    energy_scale,
    energy_text,
    money_scale,
    money_text,
    power_text,
    price_text,
    share_text,
)
from twin.errors import StoreError
from twin.facts import Calendar, Economics, StorageEconomics
from twin.pricing import Columns
from twin.score import Totals, net_cost

LAB = Calendar(tick_s=5.0, ticks_per_day=60, start_day=5727101)
HOUSE = Calendar(tick_s=900.0, ticks_per_day=96, start_day=20022)  # 2024-10-26, when Berlin is 2 h ahead of UTC
ECONOMICS = Economics("EUR", 2.0, {"storage": StorageEconomics(0.02, 0.9, 50.0)})
PER_POLICY = (price_panel, flow_panel, stored_panel)


def run(calendar: Calendar, ticks: int) -> dict[str, np.ndarray]:
    """A steady sun, a load that wavers around it, a store that is filled and emptied in turns."""
    tick = np.arange(ticks)
    solar_j, load_j = np.full(ticks, 2.0 * calendar.tick_s), -(2.0 + np.sin(tick)) * calendar.tick_s
    storage_j = np.where(tick % 2, 0.5, -0.5) * calendar.tick_s
    import_j, export_j = (np.maximum(sign * (solar_j + load_j + storage_j), 0.0) for sign in (-1, 1))
    price = 0.3 + 0.1 * np.cos(tick)
    columns = {"tick": tick, "start_s": np.array([calendar.tick(number).start_s for number in range(ticks)])}
    columns |= {"day": calendar.start_day + tick // calendar.ticks_per_day}
    columns |= {"solar_j": solar_j, "load_j": load_j, "storage_j": storage_j}
    columns |= {"import_j": import_j, "export_j": export_j, "stored_j": -np.cumsum(storage_j)}
    columns |= {name: np.zeros(ticks) for name in ("loss_j", "curtailed_j", "mismatch_j", "plan_s", "late_s")}
    columns |= {"unserved_j": 0.1 * (tick % 3)}
    columns |= {"import_price": price, "export_price": price / 2, "shadow_price": np.array([None] * ticks)}
    columns |= {"cost": import_j * price - export_j * price / 2}
    return columns | {"reason": np.array(["store_surplus"] * ticks), "decision": np.array(["rule"] * ticks)}


def planned(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return columns | {"shadow_price": columns["import_price"] * 0.8, "cost": columns["cost"] * 0.7}


def comparison(calendar: Calendar = LAB, ticks: int = 60, timezone: str = "UTC") -> Comparison:
    rule = run(calendar, ticks)
    runs = {"rule": rule, "milp:mean5": planned(rule), "oracle": planned(rule)}
    costs = zip(runs, (20.0, 12.6, 10.0), (0.0, 0.74, 1.0), strict=True)
    summaries = {name: {"net_cost": cost, "cost": cost, "share_of_gap": share} for name, cost, share in costs}
    return Comparison("lab_day", timezone, calendar, dict.fromkeys(runs, ECONOMICS), runs, summaries)


def without(of: Comparison, *names: str) -> Comparison:
    summaries = {name: {**summary, "share_of_gap": None} for name, summary in of.summaries.items()}
    return replace(of, runs={name: of.runs[name] for name in of.runs if name not in names}, summaries=summaries)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (energy_text(50), "50.0 J"),
        (energy_text(-4.567), "−4.57 J"),
        (energy_text(0), "0 J"),
        (energy_text(29_500), "29,500 J"),
        (energy_text(142_543), "39.6 Wh"),
        (energy_text(3.6e7), "10.0 kWh"),
        (power_text(4.6), "4.60 W"),
        (power_text(7400), "7.40 kW"),
        (money_text(12.3, "EUR"), "12.30 EUR"),
        (money_text(0.314, "EUR"), "31.4 ct"),
        (money_text(6230.5, "EUR"), "6,230 EUR"),
        (money_text(-0.0001, "EUR"), "0.0 ct"),
        (money_text(0.314, "XYZ"), "0.31 XYZ"),
        (price_text(0.31 / 3.6e6, "USD"), "31.0 ¢/kWh"),
        (price_text(0.45, "EUR"), "45.0 ct/J"),
        (share_text(0.737), "74 %"),
        (share_text(None), "–"),
        (duration_text(5), "5 s"),
        (duration_text(900), "15 min"),
        (duration_text(104), "1.73 min"),
    ],
)
def test_a_number_has_a_fitting_unit_and_the_digits_that_matter(text: str, expected: str) -> None:
    assert text == expected


def test_numbers_that_are_compared_share_unit_and_digits() -> None:
    energy, money = energy_scale([3.6e7, 1800.0, math.nan]), money_scale([123.5, 0.1], "EUR")
    assert [energy.text(3.6e7), energy.text(1.8e6)] == ["10.0 kWh", "0.5 kWh"]
    assert [money.text(123.5), money.text(0.1)] == ["123.50 EUR", "0.10 EUR"]


def test_every_policy_keeps_its_colour_whoever_else_is_compared() -> None:
    all_three, two = policy_colours(["rule", "milp:mean5", "oracle"]), policy_colours(["milp:mean5", "oracle"])
    assert len(set(all_three.values())) == 3
    assert two.items() <= all_three.items()


def test_thinning_keeps_every_peak_and_both_ends() -> None:
    lines = [np.sin(np.arange(20_000) * step) for step in (0.1, 0.37)]
    lines[0][7_777], lines[1][12_345] = 9.0, -9.0
    kept = kept_points(lines, most=1000)
    assert {0, 7_777, 12_345, 19_999} <= set(kept.tolist())
    assert len(kept) <= 1000
    assert (np.diff(kept) > 0).all()


def test_a_short_line_is_drawn_whole() -> None:
    assert kept_points([np.zeros(60)]).tolist() == list(range(60))


def test_a_lab_day_is_drawn_by_ticks() -> None:
    axis = time_axis(comparison())
    assert axis.title == "tick of 5 s, 60 a day"
    assert axis.edges(comparison().runs["rule"]).tolist() == list(range(61))


@pytest.mark.parametrize(
    ("ticks", "title"),
    [(90, "local time, Europe/Berlin"), (192, "Europe/Berlin, UTC+02:00 throughout")],
)
def test_a_day_of_24_hours_is_drawn_in_local_time_even_when_the_clocks_change(ticks: int, title: str) -> None:
    of = comparison(HOUSE, ticks, "Europe/Berlin")
    edges = time_axis(of).edges(of.runs["rule"])
    assert time_axis(of).title == title
    assert edges[0] == np.datetime64("2024-10-26T02:00", "ms").astype(float)
    assert set(np.diff(edges)) == {900_000.0}


@pytest.mark.parametrize("panel", PER_POLICY)
@pytest.mark.parametrize("policy", ["rule", "milp:mean5", "oracle"])
def test_every_panel_asks_a_question_and_names_its_units(
    panel: Callable[[Comparison, str], Panel], policy: str
) -> None:
    question, figure, _ = panel(comparison(), policy)
    assert question.endswith("?")
    assert re.fullmatch(r".* \[(W|J|ct/J)\]", figure.layout.yaxis.title.text)
    assert figure.layout.xaxis.title.text


def score(columns: Columns) -> float:
    totals = Totals()
    totals.add(columns)
    return net_cost(totals.summary(ECONOMICS), ECONOMICS, float(np.mean(columns["export_price"])))


def test_costs_grow_from_nothing_to_the_run_s_net_cost() -> None:
    of = comparison()
    rule, *_, bound = cost_panel(of).figure.data
    assert (rule.y[0], rule.y[-1]) == (0.0, pytest.approx(score(of.runs["rule"])))
    assert (rule.line.dash, bound.line.dash) == ("solid", "dash")


def test_what_flows_in_flows_out() -> None:
    traces = [trace for trace in flow_panel(comparison(), "rule").figure.data if trace.stackgroup]
    sums = {name: sum(trace.y for trace in traces if trace.stackgroup == name) for name in ("in", "out")}
    assert sums["in"] == pytest.approx(-sums["out"])
    assert [trace.name for trace in traces if trace.showlegend] == ["solar", "storage", "import", "load", "export"]


def test_the_reason_and_the_shadow_price_of_each_decision_are_told() -> None:
    told = flow_panel(comparison(), "milp:mean5").figure.data[-1].text
    assert len(told) == 60
    assert told[0].startswith("store surplus (rule)<br>solar 2.00 W<br>storage −0.50 W")
    assert told[0].endswith("shadow price 32.0 ct/J")


@pytest.mark.parametrize(("policy", "lines"), [("rule", 2), ("milp:mean5", 3)])
def test_a_shadow_price_is_drawn_where_there_is_one(policy: str, lines: int) -> None:
    assert len(price_panel(comparison(), policy).figure.data) == lines


@pytest.mark.parametrize(("policy", "names"), [("milp:mean5", ["milp:mean5", "oracle"]), ("oracle", ["oracle"])])
def test_stored_energy_is_drawn_beside_the_bound_s(policy: str, names: list[str]) -> None:
    assert [trace.name for trace in stored_panel(comparison(), policy).figure.data] == names


@pytest.mark.parametrize(("days", "bars", "unit"), [(3, 3, "day"), (100, 50, "2 days")])
def test_a_bar_is_a_day_or_several_of_a_long_run(days: int, bars: int, unit: str) -> None:
    of = comparison(ticks=60 * days)
    figure = daily_panel(of).figure
    assert figure.layout.yaxis.title.text == f"net cost per {unit} [EUR]"
    assert len(figure.data[0].y) == bars
    assert sum(figure.data[0].y) == pytest.approx(score(of.runs["rule"]))


def test_a_year_is_drawn_with_few_points() -> None:
    of = comparison(ticks=365 * 60)
    figures = [cost_panel(of).figure, *(panel(of, "milp:mean5").figure for panel in PER_POLICY)]
    assert max(len(trace.y) for figure in figures for trace in figure.data) <= 5001


@pytest.mark.parametrize(
    ("of", "result"),
    [
        (comparison(), "milp:mean5 captures 74 % of what perfect foresight could save over the rule."),
        (without(comparison(), "oracle"), "Net cost: rule 20.00 EUR, milp:mean5 12.60 EUR."),
        (without(comparison(), "milp:mean5", "oracle"), "Net cost: rule 20.00 EUR."),
    ],
)
def test_the_result_is_said_in_words(of: Comparison, result: str) -> None:
    assert result_text(of).startswith(result)


def test_a_planner_that_loses_is_not_praised() -> None:
    of = comparison()
    of = replace(of, summaries={**of.summaries, "milp:mean5": {"net_cost": 21.0, "share_of_gap": -0.1}})
    assert result_text(of).startswith("milp:mean5 costs more than the rule here.")


def test_the_page_holds_all_that_it_needs() -> None:
    page = compare_report(comparison())
    body = page[page.index("</head>") :]
    assert not re.search(r"""(src|href)=|https?://""", body)
    assert "bound: it sees the whole trace" in body
    assert [panel["id"] for panel in panels(page)] == ["cost", "prices", "flows", "stored"]
    assert [len(panel["figures"]) for panel in panels(page)] == [1, 3, 3, 3]


def test_more_than_a_day_has_bars_too() -> None:
    assert "daily" in [panel["id"] for panel in panels(compare_report(comparison(ticks=120)))]


def test_nothing_from_data_is_read_as_html() -> None:
    evil = "</script><b onclick='x()'>"
    rule = {**comparison().runs["rule"], "reason": np.array([evil] * 60), "decision": np.array([evil] * 60)}
    page = compare_report(
        Comparison(evil, "UTC", LAB, {evil: replace(ECONOMICS, currency=evil)}, {evil: rule}, {evil: {"net_cost": 1.0}})
    )
    assert evil not in page
    assert page.count("</script>") == 2
    assert "onclick" in json.dumps(panels(page))
    assert "<b " not in json.dumps(panels(page))


@pytest.mark.parametrize(
    ("runs", "got"),
    [
        ({}, "no runs"),
        ({"rule": run(LAB, 0)}, "the run of rule has no ticks"),
        ({"mine": run(LAB, 1)}, "the run of mine has no summary"),
    ],
)
def test_what_cannot_be_compared_is_refused(runs: dict[str, Columns], got: str) -> None:
    with pytest.raises(StoreError, match=f"comparison of lab_day: {got}; "):
        replace(comparison(), runs=runs)


def panels(page: str) -> Any:
    """What the page's script is given to draw."""
    found, _ = json.JSONDecoder().raw_decode(page, page.index("const panels = ") + len("const panels = "))
    return found

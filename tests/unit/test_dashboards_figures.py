import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from test_figures import ECONOMICS, HOUSE, LAB, planned, run

from dashboards.accuracy import told
from dashboards.figures import Panel
from dashboards.figures.boards import late_panel, link_panel, residual_panel, sources_panel, stretches
from dashboards.figures.days import (
    average_panel,
    average_text,
    cost_per_day_panel,
    cost_per_week_panel,
    energy_panel,
    saved_panel,
    score_panel,
    shares_panel,
    traded_panel,
)
from dashboards.figures.foresight import error_panel, lead_panel, learning_panel, said_panel
from dashboards.figures.power import SUN, arrow, power_panel
from dashboards.figures.ticks import (
    ledger_panel,
    outlook_panel,
    planned_panel,
    produced_panel,
    stored_level_panel,
    trade_panel,
    used_panel,
)
from dashboards.ledger import Ledger
from dashboards.window import About, Window
from twin.facts import Calendar
from twin.runs.tables import TABLES

TICKS = 60


def about(calendar: Calendar = LAB, zone: str = "UTC") -> About:
    return About("lab_day", "milp:mean5", zone, calendar, ECONOMICS)


def window(calendar: Calendar = LAB, zone: str = "UTC", ticks: int = TICKS) -> Window:
    columns = planned(run(calendar, ticks))
    columns |= {f"planned_{name}": columns[name] for name in ("storage_j", "import_j", "export_j")}
    return Window(about(calendar, zone), 0, max(ticks, TICKS), columns)


def ledger(of: Window) -> Ledger:
    cost = np.cumsum(of.of("cost"))
    return Ledger(of.of("tick"), cost, 0.2 * of.of("stored_j"), 2 * cost)


def forecasts() -> list[tuple[object, ...]]:
    means = [np.linspace(tick, tick + 3, 4) for tick in range(TICKS)]
    return [(tick, "demand_w", mean, mean - 1, mean + 1) for tick, mean in enumerate(means)]


def days(count: int = 10) -> dict[str, np.ndarray]:
    wave = 2 + np.sin(np.arange(count))
    names = ("solar_j", "import_j", "export_j", "unserved_j", "curtailed_j", "cost")
    return {"day": LAB.start_day + np.arange(float(count)), "load_j": -50 * wave} | dict.fromkeys(names, 10 * wave)


def links(column: str = "latency_s") -> list[tuple[object, ...]]:
    values = {"component": "storage", "quality": "good", column: 0.012}
    known = [{**values, "tick": tick} for tick in range(TICKS) if tick not in (20, 21)]
    return [tuple(row.get(name) for name in TABLES["link"]) for row in known]


PANELS: dict[str, Callable[[], Panel]] = {
    "used": lambda: used_panel(window(), np.ones(TICKS)),
    "produced": lambda: produced_panel(window()),
    "level": lambda: stored_level_panel(window()),
    "trade": lambda: trade_panel(window()),
    "ledger": lambda: ledger_panel(window(), ledger(window())),
    "planned": lambda: planned_panel(window()),
    "outlook": lambda: outlook_panel(window(), told(forecasts()[:1], "demand_w"), (np.arange(2.0), np.ones(2))),
    "said": lambda: said_panel(window(), told(forecasts(), "demand_w"), 1),
    "error": lambda: error_panel(window(), told(forecasts(), "demand_w"), 1),
    "lead": lambda: lead_panel(window(), told(forecasts(), "demand_w")),
    "learning": lambda: learning_panel([(0, "demand_w", 1, 4.0, None), (0, "demand_w", 2, 16.0, 4.0)]),
    "energy": lambda: energy_panel(about(), days()),
    "traded": lambda: traded_panel(about(), days()),
    "shares": lambda: shares_panel(about(), days()),
    "score": lambda: score_panel(about(), days()),
    "cost per day": lambda: cost_per_day_panel(about(), days(), days()["cost"]),
    "cost per week": lambda: cost_per_week_panel(about(), days()),
    "saved": lambda: saved_panel(about(), days(), days()["cost"]),
    "latency": lambda: link_panel(window(), links(), "latency_s"),
    "residual": lambda: residual_panel(window(), links("residual_j")),
    "late": lambda: late_panel(window()),
}


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_asks_a_question_and_titles_both_axes(name: str) -> None:
    question, figure, _ = PANELS[name]()
    assert question.endswith("?")
    assert figure.layout.xaxis.title.text
    assert re.search(r"\[.+\]$", figure.layout.yaxis.title.text)


@pytest.mark.parametrize("name", PANELS)
def test_no_figure_holds_a_value_that_json_cannot_say(name: str) -> None:
    assert "NaN" not in PANELS[name]().figure.to_json()


def test_an_arrow_is_as_wide_as_its_power_and_points_where_it_flows() -> None:
    into, out = arrow(SUN, 1.0), arrow(SUN, -0.5)
    assert (abs(into[0][0]), abs(out[0][0])) == (pytest.approx(0.31), pytest.approx(0.155))
    assert into[1][3] < into[1][0]  # the tip is nearer to the bus
    assert out[1][3] > out[1][0]


def test_the_flows_of_a_picture_add_up_to_nothing() -> None:
    rows = power_panel(about(), {name: values[7] for name, values in window().columns.items()}, 5.0).figure.layout.meta
    assert sum(power for _, power in rows["rows"]) == pytest.approx(0.0)


def test_a_thing_without_power_has_no_arrow() -> None:
    row = {name: values[0] for name, values in window().columns.items()} | {"solar_j": 0.0}
    names = [trace.name for trace in power_panel(about(), row, 5.0).figure.data]
    assert "Sun" not in names


def test_a_power_that_is_told_as_nothing_has_neither_arrow_nor_price() -> None:
    row = {name: values[0] for name, values in window().columns.items()}
    figure = power_panel(about(), row | {"import_j": 0.0, "export_j": 0.01}, 5.0).figure
    assert "Grid" not in [trace.name for trace in figure.data]
    assert "<b>Grid</b> 0.00 W" in [note.text for note in figure.layout.annotations]


def test_the_heaviest_day_has_no_bar_and_says_so() -> None:
    (scores,) = score_panel(about(), days(3)).figure.data
    assert sorted(scores.text) == ["0", "100", "7"]
    assert score_panel(about(), days(15)).figure.data[0].text is None


def test_use_without_tasks_is_use_less_what_tasks_got() -> None:
    base, used, *_ = used_panel(window(), np.full(TICKS, 2.0)).figure.data
    assert used.y - base.y == pytest.approx(2.0)


def test_the_worth_of_what_is_stored_is_taken_off_the_cost() -> None:
    traces = {trace.name: trace for trace in ledger_panel(window(), ledger(window())).figure.data}
    assert list(traces) == ["rule", "milp:mean5", "with its store"]
    worth = 0.2 * window().of("stored_j")
    assert traces["milp:mean5"].y - traces["with its store"].y == pytest.approx(worth)


def test_a_run_without_a_baseline_has_no_line_of_the_rule() -> None:
    alone = replace(ledger(window()), rule_cost=np.full(TICKS, np.nan))
    assert "rule" not in [trace.name for trace in ledger_panel(window(), alone).figure.data]


def test_the_axis_of_a_day_is_whole_while_its_ticks_arrive() -> None:
    half = window(ticks=30)
    assert produced_panel(half).figure.layout.xaxis.range == (0.0, 60.0)
    assert produced_panel(half).figure.layout.uirevision == produced_panel(window()).figure.layout.uirevision


def test_a_house_is_drawn_in_its_local_time() -> None:
    figure = produced_panel(window(HOUSE, "Europe/Berlin", 92)).figure
    assert figure.layout.xaxis.title.text == "local time, Europe/Berlin"
    assert figure.data[0].x[0] == np.datetime64("2024-10-26T02:00", "ms").astype(float)


def test_a_date_has_a_line_between_the_times_and_their_title() -> None:
    dated, counted = produced_panel(window(HOUSE, "Europe/Berlin", 92)), produced_panel(window())
    assert dated.figure.layout.margin.b >= counted.figure.layout.margin.b + 14


@pytest.mark.parametrize(
    ("week", "month", "text"),
    [
        (
            12.0,
            10.0,
            "A day of the last 7 cost 12.00 EUR, 20 % above the 10.00 EUR of a day of the last 30 (the mark).",
        ),
        (8.0, 10.0, "A day of the last 7 cost 8.00 EUR, 20 % below the 10.00 EUR of a day of the last 30 (the mark)."),
        (10.0, 10.0, "A day of the last 7 cost 10.00 EUR, the same as a day of the last 30."),
        (
            -2.0,
            -4.0,
            "A day of the last 7 cost −2.00 EUR, 2.00 EUR above the −4.00 EUR of a day of the last 30 (the mark).",
        ),
    ],
)
def test_a_week_is_told_to_be_above_or_below_its_month(week: float, month: float, text: str) -> None:
    assert average_text(about(), week, month) == text


def test_the_gauge_shows_the_week_and_marks_the_month() -> None:
    figure = average_panel(about(), 12.0, 10.0).figure
    assert (figure.data[0].value, figure.data[0].gauge.threshold.value) == (12.0, 10.0)
    assert figure.data[0].gauge.axis.range == (0.0, 15.0)
    assert figure.data[0].gauge.steps[0].range == (0.0, 12.0)


def test_a_week_that_earned_is_drawn_from_nothing_downwards() -> None:
    gauge = average_panel(about(), -2.0, 1.0).figure.data[0].gauge
    assert (gauge.steps[0].range, gauge.axis.range) == ((-2.0, 0.0), (-2.4, 1.5))


def test_a_run_shorter_than_a_month_is_compared_with_its_own_days() -> None:
    assert average_text(about(), 8.0, 10.0, 9).endswith("20 % below the 10.00 EUR of a day of the last 9 (the mark).")


def test_a_week_is_as_wide_as_its_days_and_says_which_they_are() -> None:
    (weeks,) = cost_per_week_panel(about(), days(10)).figure.data
    assert (list(weeks.x), list(weeks.customdata)) == ([1.0, 4.0], ["1 to 3", "4 to 10"])
    assert weeks.width == pytest.approx([2.4, 6.4])


def test_many_days_are_lines_as_bars_beside_each_other_would_be_hairs() -> None:
    assert {trace.type for trace in energy_panel(about(), days(45)).figure.data} == {"bar"}
    assert {trace.type for trace in energy_panel(about(), days(46)).figure.data} == {"scatter"}
    assert {trace.type for trace in score_panel(about(), days(46)).figure.data} == {"bar"}


@pytest.mark.parametrize(
    ("zone", "told"),
    [("Europe/Berlin", "24 h from 02:00"), ("America/New_York", "24 h to 20:00"), ("UTC", "24 h from 00:00")],
)
def test_a_date_names_the_day_in_which_most_of_its_hours_lie(zone: str, told: str) -> None:
    axis = about(HOUSE, zone).axis(0, 0)
    midnight = about(HOUSE, zone).local_time(0)
    figure = energy_panel(about(HOUSE, zone), days(1) | {"day": np.array([float(HOUSE.start_day)])}).figure
    assert axis.day_title == figure.layout.xaxis.title.text == f"{told}, {zone}"
    end = midnight + timedelta(days=1)
    named = end if told.startswith("24 h to") else midnight
    assert figure.data[0].x[0] == named.date().isoformat()
    assert f"{named:%H:%M}" == told[-5:]


def test_the_days_of_a_rule_are_beside_no_other() -> None:
    assert cost_per_day_panel(about(), days(), None).question == "What did each day cost?"


def test_who_answered_is_a_bar_per_stretch() -> None:
    said = ["hardware"] * 20 + ["fallback"] * 5 + ["hardware"] * 35
    figure = sources_panel(window(), {"storage": said, "load1": ["model"] * TICKS}).figure
    bars = {trace.name: trace for trace in figure.data}
    assert (list(bars["hardware"].base), list(bars["hardware"].x)) == ([0.0, 25.0], [20.0, 35.0])
    assert (list(bars["fallback"].base), list(bars["fallback"].x)) == ([20.0], [5.0])


def test_stretches_are_where_something_holds_without_a_break() -> None:
    assert stretches(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert stretches(np.array([False, False])) == []


def test_learning_is_told_as_the_error_of_the_last_training() -> None:
    rows = [(0, "demand_w", 1, 1.0, 1.0), (60, "demand_w", 1, 4.0, None), (60, "demand_w", 2, 16.0, 4.0)]
    learned, held_back = learning_panel(rows).figure.data
    assert (list(learned.y), list(held_back.y)) == ([0.5, 0.25], [None, 0.5])


def test_no_line_is_drawn_over_a_silence() -> None:
    (line,) = link_panel(window(), links(), "latency_s").figure.data
    assert np.isnan(line.y[20])
    assert line.y[19] == pytest.approx(12.0)

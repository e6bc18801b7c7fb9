"""A run with two arrays and two batteries, as the pages tell of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from terminal import told
from two_of_each import written

from dashboards.data import Data
from dashboards.figures import cost_panel, daily_panel
from dashboards.figures.power import power_panel
from dashboards.figures.ticks import stored_level_panel
from dashboards.looks import days_table, ledger_in, look_at
from dashboards.pages import compare, finance, tick
from twin.runs import open_store
from twin.scenario import simulate

RULE, PLANNED = 1, 2


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("parts")
    with open_store(str(folder / "runs.sqlite")) as store:
        for policy in ("rule", "milp:persistence"):
            simulate(written(folder), policy, store=store)
    return Data(str(folder / "runs.sqlite"))


def compared(data: Data) -> compare.Comparison:
    return compare.comparison_of(compare.common(compare.compared(data, data.runs()[::-1])))


def net_costs(data: Data) -> list[float]:
    return [data.run(run).summary["net_cost"] for run in (RULE, PLANNED)]


@pytest.mark.parametrize("most", [compare.MOST_TICKS, 50], ids=["every tick", "rows of many ticks"])
def test_net_costs_of_a_comparison_are_the_runs_own(most: int, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "MOST_TICKS", most)
    monkeypatch.setattr(compare, "ROWS", 40)
    of = compared(data)
    assert of.numbers("net_cost") == pytest.approx(net_costs(data), rel=1e-9, abs=1e-6)
    drawn = [trace.y[-1] for trace in cost_panel(of).figure.data]
    assert drawn == pytest.approx(net_costs(data), abs=1e-6)
    by_day = [np.sum(trace.y) for trace in daily_panel(of).figure.data]
    assert by_day == pytest.approx(net_costs(data), abs=1e-6)


def test_the_cost_so_far_counts_what_each_storage_holds(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    found = ledger_in(data, looked, tick.stretch_at(data, looked, 191, 1))
    summary = looked.row.summary
    assert found.cost[-1] - found.worth[-1] + summary["wear_cost"] == pytest.approx(summary["net_cost"], abs=1e-6)


def test_net_savings_are_left_to_a_comparison_where_storages_differ(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    days = days_table(data, looked, 2)
    assert np.isnan(days["net_saved"]).all()
    assert "saved" not in finance.panels(looked.about, days, days)
    assert finance.summary(looked.about, days)[0][1] == "see Compare, as the storages differ"


def test_a_report_prices_each_storage(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    asked = ("compare", written(tmp_path, 1), "--policies", "rule", "--plot", page)
    assert told(tmp_path / "runs.sqlite", *asked).status == 0
    assert "net cost so far" in page.read_text(encoding="utf-8")


def test_the_flows_name_each_array_and_storage_with_what_it_holds(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    moment = tick.moment_at(data, looked, 150)
    figure = tick.flow(moment, 5000.0).figure
    notes = [note.text for note in figure.layout.annotations]
    named = ("east", "west", "Grid", "Loads", "old", "new")
    assert [title for title, _ in figure.layout.meta["rows"]] == list(named)
    assert all(any(note.startswith(f"<b>{name}</b>") for note in notes) for name in named)
    assert sum("holds" in note for note in notes) == 2
    assert sum(power for _, power in figure.layout.meta["rows"]) == pytest.approx(0.0, abs=1e-9)


def test_each_storage_has_a_level_that_adds_up_to_all(data: Data) -> None:
    of = tick.stretch_at(data, look_at(data, str(PLANNED)), 150, 1)
    panel = stored_level_panel(of)
    changes, old, new = panel.figure.data
    assert (panel.question, old.name, new.name) == ("How full are the storages?", "old", "new")
    assert old.line.color != new.line.color
    assert np.diff(old.y + new.y) == pytest.approx(changes.y, abs=1e-9)


def test_a_tick_has_a_row_for_each_array_and_storage(data: Data) -> None:
    looked = look_at(data, str(PLANNED))
    _, table = tick.told_facts(tick.moment_at(data, looked, 150)).children
    rows = [[cell.children for cell in row.children] for row in table.children.children[1].children]
    assert [row[0] for row in rows] == ["east", "west", "old", "new"]
    assert [row[2] == "–" for row in rows] == [True, True, False, False]


@pytest.mark.parametrize(("name", "drawn"), [("east", "<b>east</b> "), ("roof_of_the_garage_north", "north</b><br>")])
def test_a_long_name_stands_on_a_line_of_its_own(name: str, drawn: str, data: Data) -> None:
    moment = tick.moment_at(data, look_at(data, str(PLANNED)), 150)
    about = replace(moment.about, array_names=(name, "west"))
    figure = power_panel(about, {**moment.row, f"{name}_j": 1.0}, 5000.0).figure
    assert any(drawn in note.text for note in figure.layout.annotations)

"""Models that are off by what was recorded of boards."""

from collections.abc import Mapping

import pytest

from hil.board import LinkRow
from hil.frames import encode
from hil.logbook import Line
from hil.residuals import OffBench, recorded_offs, without_residuals
from twin.facts import Record
from twin.scenario.launch import prepare
from twin.scenario.request import Request

TICK_S = 5.0


def lived(*links: LinkRow, losses_j: Mapping[int, float] | None = None) -> list[Record]:
    """The lab's day under the rule, off by what links say of ticks of the right length."""
    start = prepare(Request("lab_day").load())
    offs = recorded_offs(links, [reading(row) for row in links], losses_j or {row.tick: 0.0 for row in links})
    return list(start.blueprint.microgrid(start.policy("rule"), start.clock, OffBench(offs)).records())


def link(tick: int, component: str, residual_j: float, delay_s: float = 0.0) -> LinkRow:
    return LinkRow(tick, component, 0.0, 0.0, "good", residual_j, delay_s)


def reading(row: LinkRow) -> Line:
    body = {"tick": row.tick, "power_w": 0.0, "energy_j": 0.0, "length_ms": 1000 * TICK_S, "clock_ms": 0, "flags": []}
    line = encode("reading", 1, body | {"length_ms": int(1000 * TICK_S)})
    return Line(row.tick + 1, row.component, 0.0, ">", line.decode().strip())


def cost(records: list[Record]) -> float:
    return sum(record.cost for record in records)


def test_boards_without_residuals_cost_what_models_cost() -> None:
    links = [link(tick, name, 0.0) for tick in range(60) for name in ("solar", "load1", "market")]
    assert cost(lived(*links)) == pytest.approx(cost(lived()), abs=1e-9)


def test_a_joule_that_the_grid_board_did_not_import_costs_nothing() -> None:
    model, off = lived(), lived(link(3, "market", 1.0))
    assert model[3].import_j > 1.0
    assert cost(model) - cost(off) == pytest.approx(model[3].import_price, rel=1e-9)


def test_a_joule_that_a_lamp_did_not_use_is_not_imported() -> None:
    model, off = lived(), lived(link(59, "load1", -1.0))
    assert model[59].import_j > 1.0
    assert cost(model) - cost(off) == pytest.approx(model[59].import_price, rel=1e-9)


def test_a_late_set_leaves_the_power_of_the_tick_before() -> None:
    model, off = lived(), lived(link(3, "load1", 0.0, delay_s=TICK_S))
    assert off[3].energies_j[1] == pytest.approx(model[2].energies_j[1], rel=1e-9)


def test_what_a_storage_board_did_not_take_is_missing_later() -> None:
    model = lived()
    tick = next(record.tick for record in model if record.storage_j < -2.0)
    loss_j = model[tick].loss_j
    off = lived(link(tick, "storage", -1.0), losses_j={tick: loss_j})
    assert off[tick].stored_j == pytest.approx(model[tick].stored_j - 1.0, abs=1e-9)
    assert min(record.stored_j for record in off) > 0.0


def test_a_reading_that_was_not_believed_counts_for_nothing() -> None:
    doubted = link(3, "market", 1.0)._replace(quality="stuck")
    assert lived(doubted) == lived()


def test_boards_without_residuals_are_still_late() -> None:
    links = [link(3, "load1", 1.0, delay_s=2.0)]
    offs = recorded_offs(links, [reading(row) for row in links], {3: 0.5})
    assert offs["load1"][3] == (2.0, TICK_S, 1.0, 0.5)
    assert without_residuals(offs)["load1"][3] == (2.0, TICK_S, 0.0, 0.5)

"""Every role × every fault, on real firmware behind real ptys and sockets."""

import pytest
from matrix import FAULTS, FIRST, FROM, UNTIL, laws, outcome
from wires import ROLES

TICKS = 60
HARMFUL = [name for name, fault in FAULTS.items() if not fault.harmless]
HARMLESS = [name for name, fault in FAULTS.items() if fault.harmless]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("component", ROLES)
@pytest.mark.parametrize("name", HARMFUL)
def test_the_model_answers_while_a_board_cannot_be_believed_and_the_board_comes_back(name: str, component: str) -> None:
    found = outcome(name)
    assert "fallback" in found.sources(component, FROM, UNTIL)
    assert "hardware" in found.sources(component, UNTIL, TICKS)
    assert found.kinds[component] & set(FAULTS[name].kinds)


@pytest.mark.parametrize("component", ROLES)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_can_be_dropped_is_counted_and_costs_no_reading(name: str, component: str) -> None:
    found = outcome(name)
    assert found.sources(component, FROM, UNTIL).count("hardware") >= (UNTIL - FROM) / 2
    assert set(FAULTS[name].kinds) <= found.kinds.get(component, set())


@pytest.mark.parametrize("name", FAULTS)
def test_no_tick_is_lost_and_every_row_balances(name: str) -> None:
    found = outcome(name)
    assert list(found.rows) == list(range(FIRST, TICKS))
    assert max(abs(missing_j) for missing_j in laws(found.rows)) < 1e-9


@pytest.mark.parametrize("name", FAULTS)
def test_threads_and_descriptors_are_back_to_where_they_were(name: str) -> None:
    assert outcome(name).leaked == (0, 0)

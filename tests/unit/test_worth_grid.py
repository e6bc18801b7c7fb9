"""The states that the worth of stored energy is learnt on."""

import pytest

from twin.control.stochastic.worth import CELLS, grid_for


@pytest.mark.parametrize("usable_j", [0.0, 1e-300, 1e-9, 1e-3, 1.0, 50.0, 1e6, 1e15])
def test_there_are_never_many_states_however_small_the_storage_is_beside_the_tasks(usable_j: float) -> None:
    assert len(grid_for(usable_j, wanted_j=110.0).nodes_j) <= 20 * CELLS


def test_a_storage_is_cut_into_cells_that_fill_it() -> None:
    grid = grid_for(50.0, wanted_j=110.0)
    assert grid.full_j == pytest.approx(50.0)
    assert grid.nodes_j[-1] >= 160.0 - grid.cell_j

"""A thousand ticks with random faults; `make soak` does ten thousand."""

import pytest
from soaking import soak
from wires import ROLES

TICKS = 1000


@pytest.mark.slow
def test_a_thousand_ticks_with_random_faults_lose_nothing_and_leave_memory_flat() -> None:
    found = soak(TICKS, seed=1)
    assert found.ticks >= TICKS
    assert found.faults > 20
    assert found.worst_balance_j < 1e-9
    assert found.growth < 0.05
    assert all(count < found.ticks / 2 for count in found.fallbacks.values())
    assert set(found.fallbacks) <= set(ROLES)

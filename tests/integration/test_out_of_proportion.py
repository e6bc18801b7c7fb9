"""Storages that are nothing, or all there is, beside what flows in a tick."""

import pytest

from twin.scenario import simulate


@pytest.mark.parametrize("capacity", ["1e-300 J", "1e-9 J", "1e15 J"])
@pytest.mark.parametrize("policy", ["milp:perfect", "stochastic:mean5", "oracle"])
def test_a_storage_out_of_all_proportion_leaves_no_task_unserved(policy: str, capacity: str) -> None:
    outcome = simulate("lab_ideal", policy, ["days=1", f"storage.capacity={capacity}"])
    assert outcome.summary["plan_fallbacks"] == {}
    assert outcome.summary["unserved_j"] == pytest.approx(0.0, abs=1e-3)

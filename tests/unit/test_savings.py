"""Net savings over the rule: bills, wear and what is in store, each on its own."""

import numpy as np
import pytest

from dashboards.savings import Beside, net_saved
from twin.facts import Economics, StorageEconomics

PRICED = Economics("EUR", 9.0, {"storage": StorageEconomics(0.5, 0.8, 100.0)})


def own(cost: list[float], stored_j: list[float], throughput_j: list[float]) -> dict[str, np.ndarray]:
    """Days of a policy that began with 10 J and lost nothing."""
    storage_j = -np.diff(stored_j, prepend=10.0)
    columns = {"cost": cost, "stored_j": stored_j, "storage_throughput_j": throughput_j}
    columns |= dict.fromkeys(("loss_j", "unserved_j", "export_price"), [0.0] * len(cost))
    return {name: np.array(values) for name, values in columns.items()} | {"storage_j": storage_j}


def rule(cost: list[float], stored_j: list[float]) -> Beside:
    """Two ticks of the rule in each day, which began with 10 J, too."""
    return Beside(np.arange(len(cost)) // 2, np.array(cost), np.array(stored_j), 10.0)


STILL = [10.0] * 4


@pytest.mark.parametrize(
    ("policy", "beside", "saved"),
    [
        (own([1.0, 2.0], [10.0, 10.0], [0.0, 0.0]), rule([1.0, 1.0, 2.0, 2.0], STILL), [1.0, 2.0]),
        (own([0.0, 0.0], [20.0, 20.0], [0.0, 0.0]), rule([0.0] * 4, STILL), [10 * 0.8 * 0.25, 0.0]),
        (own([0.0, 0.0], [10.0, 10.0], [4.0, 6.0]), rule([0.0] * 4, STILL), [-2.0, -3.0]),
        (own([0.0, 0.0], [10.0, 10.0], [4.0, 6.0]), rule([0.0] * 4, [15.0, 10.0, 10.0, 10.0]), [3.0, -3.0]),
        (own([0.0, 0.0], [10.0, 10.0], [0.0, 0.0]), rule([0.0] * 4, [10.0, 10.0, 10.0, 20.0]), [0.0, 5.0 - 2.0]),
    ],
    ids=["bills", "in store", "own wear", "the rule's wear", "the rule's store"],
)
def test_net_savings_are_bills_wear_and_store(
    policy: dict[str, np.ndarray], beside: Beside, saved: list[float]
) -> None:
    assert net_saved(
        PRICED, policy, 10.0 if policy["storage_throughput_j"].any() else 0.0, beside, 0.25
    ) == pytest.approx(saved)

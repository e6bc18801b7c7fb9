"""How much of the way from the rule to the oracle a plan goes, on the textbook case."""

from collections.abc import Iterator, Sequence

from tests.bench.measuring import started, verdict
from twin.scenario.session import Session
from twin.score import share_of_gap

PROMISED = {"milp:mean5": 0.70, "milp:persistence": 0.50, "milp:perfect": 0.0}
"""Shares of the gap over 30 days; a rolling horizon with a perfect forecast is only shown."""
NEAR = 0.01
"""So near comes a perfect forecast to the oracle over 10 days, as a part of the oracle's net cost."""


def lines() -> Iterator[str]:
    costs = net_costs(30, ("rule", "oracle", *PROMISED))
    for policy, promised in PROMISED.items():
        share = share_of_gap(costs["rule"], costs[policy], costs["oracle"]) or 0.0
        yield verdict(share >= promised, f"30 days, {policy}: {share:.3f} of the gap (at least {promised:.2f})")
    costs = net_costs(10, ("oracle", "milp:perfect"))
    above = (costs["milp:perfect"] - costs["oracle"]) / abs(costs["oracle"])
    yield verdict(0.0 <= above <= NEAR, f"10 days, milp:perfect: {above:.2%} above the oracle (at most 1 %)")


def net_costs(days: int, policies: Sequence[str]) -> dict[str, float]:
    """Each policy's net cost of the first days of lab_ideal."""
    start = started("lab_ideal", days)
    return {policy: Session(start.blueprint, start.policy(policy)).run().net_cost for policy in policies}

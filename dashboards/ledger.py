"""What a run has cost so far, beside what the rule would have paid on the same trace."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin.facts import Economics, Floats


@dataclass(frozen=True, slots=True)
class Ledger:
    """After each of `ticks`: the policy's cost so far, what the change of its stored energy will earn, the rule's cost.

    The rule's is NaN where a run has no baseline, as a run of the rule itself has none.
    """

    ticks: Floats
    cost: Floats
    worth: Floats
    rule_cost: Floats

    def lines(self, policy: str) -> dict[str, Floats]:
        """Each line by its name."""
        return {"rule": self.rule_cost, policy: self.cost, "with its store": self.cost - self.worth}


def worth_of(gained_j: Mapping[str, Floats], economics: Economics, mean_export_price: float) -> Floats:
    """What the change of each storage's energy will earn: at the trace's mean export price, less discharge losses."""
    each = [energy_j * economics.storages[name].discharge_efficiency for name, energy_j in gained_j.items()]
    worth: Floats = np.sum(each, axis=0) * mean_export_price
    return worth

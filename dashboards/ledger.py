"""What a run has cost so far, beside what the rule would have paid on the same trace."""

from dataclasses import dataclass

from twin.facts import Economics, Floats


@dataclass(frozen=True, slots=True)
class Ledger:
    """After each of `ticks`: cost so far and energy stored, of the policy and of the rule.

    The rule's are NaN where it has no baseline, as a run of the rule itself has none. `exit_price` is what a joule in
    store will earn; `before_j` is what both had in store before the first tick.
    """

    ticks: Floats
    cost: Floats
    stored_j: Floats
    rule_cost: Floats
    rule_stored_j: Floats
    exit_price: float
    before_j: float

    def lines(self, policy: str) -> dict[str, Floats]:
        """Each line by its name."""
        return {"rule": self.rule_cost, policy: self.cost, "with its store": self.with_store}

    @property
    def with_store(self) -> Floats:
        """The policy's cost less what the change of its stored energy will earn."""
        return self.cost - (self.stored_j - self.before_j) * self.exit_price

    @property
    def saved(self) -> Floats:
        """What the policy has saved over the rule, with what each has in store."""
        return self.rule_cost - (self.rule_stored_j - self.before_j) * self.exit_price - self.with_store


def exit_price(economics: Economics, mean_export_price: float) -> float:
    """What a stored joule will earn: the trace's mean export price, times the discharge efficiency."""
    return economics.together.discharge_efficiency * mean_export_price

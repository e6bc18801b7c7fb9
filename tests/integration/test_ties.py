"""What changes nobody's bill changes no plan: ties are broken by what keeps options open, not by the solver's path."""

from pathlib import Path

import pytest

from twin.scenario import simulate
from twin.scenario.schema import SHIPPED
from twin.score import share_of_gap

EXPORT = "export: 0.03 USD/kWh"
IRRELEVANT = {
    "as shipped": (),
    "no self-discharge": ("self_discharge: 1 %/month", "self_discharge: 0 %/month"),
    "little self-discharge": ("self_discharge: 1 %/month", "self_discharge: 0.1 %/month"),
    "mornings earn a little more": (
        EXPORT,
        "export: [{from: 00:00, to: 12:00, price: 0.0300001 USD/kWh}, {from: 12:00, to: 00:00, price: 0.03 USD/kWh}]",
    ),
}


def share(scenario: Path, policy: str) -> float:
    rule, it, oracle = (simulate(str(scenario), name, ["days=2"]).net_cost for name in ("rule", policy, "oracle"))
    return share_of_gap(rule, it, oracle) or 0.0


@pytest.mark.slow
def test_what_changes_nobodys_bill_moves_no_share_by_more_than_two_points(tmp_path: Path) -> None:
    text, scenario = (SHIPPED / "household_week.yaml").read_text(encoding="utf-8"), tmp_path / "house.yaml"
    shares = {}
    for name, change in IRRELEVANT.items():
        scenario.write_text(text.replace(*change) if change else text, encoding="utf-8")
        shares[name] = share(scenario, "milp:persistence")
    assert max(shares.values()) - min(shares.values()) <= 0.02, shares

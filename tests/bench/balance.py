"""Whether the meters agree: of every shipped scenario, under every kind of policy, in every row."""

from collections.abc import Iterator
from pathlib import Path

from tests.bench.measuring import started, verdict
from twin.facts import Record

SCENARIOS = Path("scenarios")
POLICIES = ("rule", "milp", "milp:perfect", "oracle")
PROMISED = 1e-9
"""Of the energy moved in a tick."""


def lines() -> Iterator[str]:
    for policy in POLICIES:
        errors = {path.stem: balance_error(str(path), policy) for path in sorted(SCENARIOS.glob("*.yaml"))}
        worst = max(errors, key=lambda scenario: errors[scenario])
        text = f"{policy}: at most {errors[worst]:.0e} of the energy moved, in {worst} (at most 1e-9)"
        yield verdict(errors[worst] <= PROMISED, f"{len(errors)} scenarios under {text}")


def balance_error(scenario: str, policy: str) -> float:
    """The worst of a run's rows."""
    start = started(scenario)
    rows = list(start.blueprint.microgrid(start.policy(policy)).records())
    return max(max(map(bus_error, rows)), max(map(storage_error, rows, rows[1:])))


def bus_error(row: Record) -> float:
    """The market's meter against minus the sum of all others."""
    return part(sum(row.energies_j), row)


def storage_error(before: Record, row: Record) -> float:
    """The change of what is stored against the storage's meter and its losses."""
    return part(before.stored_j - row.storage_j - row.loss_j - row.stored_j, row)


def part(error_j: float, row: Record) -> float:
    """An error as a part of the energy that was moved or lost."""
    return abs(error_j) / (sum(map(abs, row.energies_j)) + row.loss_j) if error_j else 0.0

"""What is asked for: a scenario, and what the command line changes in it."""

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from twin.scenario.schema import Loaded, load_scenario


@dataclass(frozen=True, slots=True)
class Request:
    """A scenario by path or name; None leaves what the scenario says, `sets` are `PATH=VALUE`."""

    scenario: str
    days: int | None = None
    start_day: str | None = None
    seed: int | None = None
    sets: tuple[str, ...] = ()

    def load(self) -> Loaded:
        """The checked scenario; raises ScenarioError, or Errors for several."""
        options = {"days": self.days, "start_day": self.start_day, "seed": self.seed}
        given = [f"{key}={value}" for key, value in options.items() if value is not None]
        return load_scenario(self.scenario, [*self.sets, *given])

    def variants(self) -> list["Variant"]:
        """One request for each combination of the values listed in `sets`, in their order."""
        choices = [_choices(assignment) for assignment in self.sets]
        listed = [len(values) > 1 for values in choices]
        return [
            Variant(
                replace(self, sets=sets), ", ".join(value for value, one_of in zip(sets, listed, strict=True) if one_of)
            )
            for sets in product(*choices)
        ]


class Variant(NamedTuple):
    """One of several forms of a request, and the changes that tell it from the others."""

    request: Request
    changes: str


def _choices(assignment: str) -> list[str]:
    """An assignment for each value of a comma list."""
    path, equals, values = assignment.partition("=")
    return [f"{path}{equals}{value}" for value in values.split(",")]

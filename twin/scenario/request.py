"""What is asked for: a scenario, and what the command line changes in it."""

from dataclasses import dataclass, replace
from itertools import product

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

    def variants(self) -> list["Request"]:
        """One request for each combination of the values listed in `sets`, in their order."""
        choices = []
        for assignment in self.sets:
            path, equals, values = assignment.partition("=")
            choices.append([f"{path}{equals}{value}" for value in values.split(",")])
        return [replace(self, sets=sets) for sets in product(*choices)]

"""What comes up between two records and belongs into the store's side tables, and what is to say of a scenario."""

from collections.abc import Sequence

from twin.errors import ScenarioError
from twin.forecast.training import Trained
from twin.runs.rows import Row


class Notes:
    """Rows by side table, until whoever keeps the records takes them."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Rows as in the table, without `run`."""
        self._rows.setdefault(table, []).extend(rows)

    def take(self) -> dict[str, list[Row]]:
        """All rows since this was last asked."""
        rows, self._rows = self._rows, {}
        return rows


class Remarks:
    """What a reader of a scenario's results should know: lines, and keys that change nothing with what to write."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.idle: dict[str, str] = {}

    def add(self, *lines: str) -> None:
        """Lines, each of them once."""
        self.lines += [line for line in lines if line not in self.lines]

    def refuse_idle(self, overrides: Sequence[str]) -> None:
        """Raises ScenarioError where one of the `PATH=VALUE` would change nothing."""
        for assignment in overrides:
            key = assignment.partition("=")[0].strip()
            if key in self.idle:
                raise ScenarioError(f"--set {assignment}", "would change nothing", self.idle[key])


def training_rows(trained: Trained) -> list[Row]:
    """A training's rows of the table `training`, one per generation, counted from 1."""
    curves = zip(trained.fitness, trained.held_back, strict=True)
    return [(trained.tick, trained.series, number, *fitness) for number, fitness in enumerate(curves, 1)]


def budget_rows(trained: Trained) -> list[Row]:
    """A row of the table `fault` for a training that used up its time."""
    if trained.ended != "budget":
        return []
    detail = f"time was over after generation {len(trained.fitness)}; the best net so far is used"
    return [(trained.tick, trained.series, "training_budget", detail)]

"""What comes up between two records and belongs into the store's side tables."""

from collections.abc import Sequence

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

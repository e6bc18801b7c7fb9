"""How a forecaster is judged: it watches a run, says at every tick what it expects, and is compared with what came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.control.rule import Rule
from twin.facts import SERIES, Decision, Floats, Observation
from twin.forecast.history import columns
from twin.forecast.lagged import Sampling
from twin.forecast.skill import Tally, coverage, crps, skill

PATHS = 100
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Score:
    """How good a forecaster was at one series, over all ticks and leads, in the unit of the series.

    `coverage` is the share of ticks within its 10-90 % band. `over_floor` is the RMSE as a multiple of the true mean's,
    None where that is not known.
    """

    rmse: float
    mae: float
    crps: float
    coverage: float
    skill_vs_persistence: float | None
    over_floor: float | None
    rmse_by_lead: Floats


class Judge:
    """Listens to one forecaster, and compares what it said with what came."""

    def __init__(self, paths: Sampling, truth: Floats, horizon: int) -> None:
        self._paths = paths
        self._truth = truth
        self._horizon = horizon
        self._tally = Tally(horizon - 1)
        self._rounding = ROUNDING * np.sqrt(np.mean(truth**2, axis=0))
        # Sums over the ticks at which paths were looked at: their CRPS, how many came to lie in the band, and all.
        self._crps = np.zeros(len(SERIES))
        self._held = np.zeros(len(SERIES))
        self._looked = 0

    def listen(self, seen: Observation, with_paths: bool) -> None:
        """Have the forecaster say what it expects."""
        number = seen.tick.number
        came = self._truth[number + 1 : number + self._horizon]
        said = columns(self._paths.predict(seen, self._horizon))[1 : len(came) + 1]
        self._tally.add(self._rounded(said, came), came)
        if with_paths and len(came):
            paths = columns(self._paths.sample(seen, self._horizon, PATHS))[:, 1 : len(came) + 1]
            self._look(self._rounded(paths, came), came)

    @property
    def rmse(self) -> Floats:
        """Of each series."""
        return self._tally.rmse

    def score(self, column: int, reference: float, floor: float) -> Score:
        """How it did at one series, whose RMSE is `reference` for persistence and `floor` for the true mean."""
        rmse = float(self._tally.rmse[column])
        return Score(
            rmse=rmse,
            mae=float(self._tally.mae[column]),
            crps=float(self._crps[column] / self._looked),
            coverage=float(self._held[column] / self._looked),
            skill_vs_persistence=skill(rmse, reference),
            over_floor=rmse / floor if floor > 0.0 else None,
            rmse_by_lead=self._tally.rmse_by_lead[:, column],
        )

    def _rounded(self, said: Floats, came: Floats) -> Floats:
        """What is off by rounding only is right."""
        rounded: Floats = np.where(np.abs(said - came) > self._rounding, said, came)
        return rounded

    def _look(self, paths: Floats, came: Floats) -> None:
        for column in range(len(SERIES)):
            self._crps[column] += len(came) * crps(paths[..., column], came[:, column])
            self._held[column] += len(came) * coverage(paths[..., column], came[:, column])
        self._looked += len(came)


class Onlooker(Rule):
    """Decides by the rule, and lets forecasters watch."""

    def __init__(self, tick_s: float, judges: Sequence[Judge], every: int) -> None:
        """Every so many ticks, sample paths are looked at as well."""
        super().__init__(tick_s)
        self._judges = judges
        self._every = every

    def decide(self, seen: Observation) -> Decision:
        for judge in self._judges:
            judge.listen(seen, seen.tick.number % self._every == 0)
        return super().decide(seen)

"""The league of forecasters: how far off each was over a scenario's days, and what plans on its word cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.control.rule import Rule
from twin.errors import ScenarioError
from twin.facts import SERIES, Calendar, Decision, Floats, Observation
from twin.feeds.lab import Lab
from twin.forecast.paths import Paths, columns
from twin.forecast.skill import Tally, coverage, crps, skill
from twin.scenario.blueprint import Blueprint
from twin.scenario.forecasters import Forecasters
from twin.scenario.policies import Maker
from twin.scenario.schema import Scenario
from twin.scenario.session import Session, Watch
from twin.score import share_of_gap

PATHS, LOOKS_PER_DAY = 100, 12
"""So many sample paths are judged, so often a day; the forecasts themselves are judged at every tick."""
REFERENCE = "persistence"
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


@dataclass(frozen=True, slots=True)
class Price:
    """What a policy came to, and how much of the gap from the rule to the oracle that is."""

    net_cost: float
    share_of_gap: float | None


@dataclass(frozen=True, slots=True)
class League:
    """All that was found about a scenario's forecasters: scores by series, prices by policy."""

    scenario: str
    currency: str
    calendar: Calendar
    ticks: int
    scores: "Scores"
    prices: Mapping[str, Price]

    def unit(self, series: str) -> str:
        """The unit of a series and its errors."""
        return "W" if series.endswith("_w") else f"{self.currency}/J"


Scores = Mapping[str, Mapping[str, Score]]
"""By series and forecaster."""
Carry = Callable[[str, Callable[[Watch], float]], float]
"""Does a work of that title under somebody's eyes."""


def entrants(scenario: Scenario) -> tuple[str, ...]:
    """Who is in the league: means, what learns, the scenario's own forecaster, and the truth."""
    return tuple(dict.fromkeys((REFERENCE, "mean5", "seasonal", "ridge", "evolved", scenario.forecaster, "perfect")))


def scores(blueprint: Blueprint, names: Sequence[str], tell: Callable[[int], None]) -> Scores:
    """Have the forecasters watch the whole run, and judge what they said; `tell` is told of each tick that is over.

    Raises ScenarioError where nothing can be said: of a run, or with a horizon, of one tick.
    """
    horizon = min(blueprint.scenario.horizon_ticks, blueprint.ticks)
    if horizon < 2:
        raise ScenarioError(blueprint.scenario.name, "no tick lies ahead", "a run and a horizon of 2 ticks are wanted")
    makers = Forecasters(blueprint)
    truth = blueprint.trace(0, blueprint.ticks)
    judges = {name: Judge(makers.paths(name), truth, horizon) for name in names}
    every = max(1, blueprint.calendar.ticks_per_day // LOOKS_PER_DAY)
    onlooker = Onlooker(blueprint.scenario.tick, tuple(judges.values()), every)
    for record in blueprint.microgrid(onlooker).records():
        tell(record.tick + 1)
    compared = np.array([judges[REFERENCE].rmse, noise_floor(blueprint, truth, horizon)])
    return {
        series: {name: judge.score(column, *compared[:, column].tolist()) for name, judge in judges.items()}
        for column, series in enumerate(SERIES)
    }


def noise_floor(blueprint: Blueprint, truth: Floats, horizon: int) -> Floats:
    """The RMSE of the lab's true mean on the same ticks, `(4,)`; NaN for what is not the lab's, or has no noise."""
    kinds, means = blueprint.scenario.kinds, np.full((blueprint.calendar.ticks_per_day, len(SERIES)), np.nan)
    if kinds["market.prices"] == "lab":
        means[:, :2] = Lab(blueprint.calendar).mean_day()[:, :2]
    if kinds["demand"] == "lab":
        means[:, 2] = Lab(blueprint.calendar).mean_day()[:, 2]
    tally = Tally(horizon - 1)
    for number in range(len(truth) - 1):
        came = truth[number + 1 : number + horizon]
        tally.add(means[(number + 1 + np.arange(len(came))) % len(means)], came)
    return tally.rmse


def prices(blueprint: Blueprint, names: Sequence[str], carry: Carry) -> dict[str, Price]:
    """What the rule, a plan on each forecaster's word, and the oracle cost on the one trace."""
    maker = Maker(blueprint)

    def net_cost(policy: str) -> float:
        return carry(policy, lambda watch: Session(blueprint, maker.policy(policy)).run(watch).net_cost)

    costs = {policy: net_cost(policy) for policy in ("rule", *(f"milp:{name}" for name in names), "oracle")}
    rule, oracle = costs["rule"], costs["oracle"]
    return {policy: Price(cost, share_of_gap(rule, cost, oracle)) for policy, cost in costs.items()}


class Judge:
    """Listens to one forecaster, and compares what it said with what came."""

    def __init__(self, paths: Paths, truth: Floats, horizon: int) -> None:
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
        rmse = float(self.rmse[column])
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

"""The league of forecasters: how far off each was over a scenario's days, and what plans on its word cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.errors import ScenarioError
from twin.facts import SERIES, Calendar, Floats
from twin.feeds.lab import Lab
from twin.forecast.skill import Tally
from twin.scenario.blueprint import Blueprint
from twin.scenario.forecasters import Forecasters
from twin.scenario.judging import Judge, Onlooker, Score
from twin.scenario.policies import Maker
from twin.scenario.schema import Scenario
from twin.scenario.session import Session, Watch
from twin.score import share_of_gap

LOOKS_PER_DAY = 12
"""So often a day sample paths are judged; the forecasts themselves are judged at every tick."""
REFERENCE = "persistence"
Scores = Mapping[str, Mapping[str, Score]]
"""By series and forecaster."""


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
    scores: Scores
    prices: Mapping[str, Price]
    is_exact: bool
    """Whether the oracle's plan is of the very storage; one that took it for linear may be beaten."""

    def unit(self, series: str) -> str:
        """The unit of a series and its errors."""
        return "W" if series.endswith("_w") else f"{self.currency}/J"


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

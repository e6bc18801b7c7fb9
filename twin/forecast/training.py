"""How nets are evolved: what a scenario may say about it, and what a training reports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from twin.errors import ScenarioError
from twin.forecast.learned import Habits

Ended = Literal["generations", "early stop", "budget"]


@dataclass(frozen=True, slots=True)
class Training:
    """The recipe of a training; raises ScenarioError for one that cannot be followed.

    `ga` crosses and mutates nets, `cma` draws them from a normal distribution that follows the best. Crossover and
    mutation are of `ga` only; `mutation_power` is the first step size of both, `annealing` its factor per generation.
    CMA-ES keeps a covariance of all parameters, and decomposes it in every generation: with more than about 150 of
    them, or where other programs keep the processor busy, `ga` is much the faster one.
    """

    strategy: Literal["ga", "cma"] = "ga"
    population: int = 60
    generations: int = 100
    hidden: tuple[int, ...] = (6,)
    habits: Habits = field(default_factory=Habits)
    elitism: int = 2
    selection: Literal["tournament", "roulette"] = "tournament"
    tournament: int = 3
    crossover: Literal["blend", "uniform"] = "uniform"
    crossover_probability: float = 0.7
    mutation_probability: float = 0.2
    mutation_power: float = 0.1
    annealing: float = 0.98
    decay: float = 0.003
    """What a net's squared weights cost, in squared spreads of the series."""
    held_back: float = 0.25
    """The latest part of the past, on which nets are examined but do not learn."""
    patience: int = 20
    """Stop after so many generations that did no better in the exam."""
    budget_s: float | None = None
    """What a training of one series may take; its best net so far is used then."""

    def __post_init__(self) -> None:
        for name, is_kept, wanted in self._rules():
            if not is_kept:
                raise ScenarioError(f"training.{name}", repr(getattr(self, name)), wanted)

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        yield "population", self.population >= 4, "at least 4 nets are wanted"
        yield "generations", self.generations >= 1, "at least 1 is wanted"
        yield "hidden", all(units >= 1 for units in self.hidden), "at least 1 unit in every layer is wanted"
        yield "elitism", 0 <= self.elitism < self.population, "from 0 to less than the population is wanted"
        yield "tournament", 1 <= self.tournament <= self.population, "from 1 to the population is wanted"
        yield "crossover_probability", 0.0 <= self.crossover_probability <= 1.0, "from 0 to 1 is wanted"
        yield "mutation_probability", 0.0 <= self.mutation_probability <= 1.0, "from 0 to 1 is wanted"
        yield "mutation_power", 0.0 < self.mutation_power <= 10.0, "more than 0 and at most 10 is wanted"
        yield "annealing", 0.0 < self.annealing <= 1.0, "more than 0 and at most 1 is wanted"
        yield "decay", self.decay >= 0.0, "0 or more is wanted"
        yield "held_back", 0.0 <= self.held_back <= 0.5, "from 0 to 0.5 is wanted"
        yield "patience", self.patience >= 1, "at least 1 generation is wanted"
        yield "budget_s", self.budget_s is None or self.budget_s >= 0.0, "0 s or more is wanted"


class Trained(NamedTuple):
    """What came of the training of one series' net: fitness is 1/MSE of line and net, errors in spreads of the series.

    `fitness` is that of the best of each generation on what it learnt from, `held_back` on what was held back from
    it, and `exam_fitness` that of the net in use.
    """

    series: str
    tick: int
    fitness: tuple[float, ...]
    held_back: tuple[float, ...]
    exam_fitness: float
    ended: Ended
    took_s: float

"""How forecasters learn, as a scenario describes it: what they remember, how their nets are evolved, how many paths."""

from collections.abc import Iterator
from typing import Annotated, Literal

from twin.errors import ScenarioError
from twin.forecast import training
from twin.forecast.learned import Habits
from twin.scenario.checking import Fault, Section
from twin.scenario.quantities import Duration, Factor, Share
from twin.scenario.words import Count, File, Whole, entries

MOST_PATHS, MOST_DAYS, MOST_SAME_DAYS = 1000, 400, 28
MOST_NETS, MOST_UNITS, MOST_LAYERS, MOST_GENERATIONS = 1000, 50, 4, 100_000
WIDEST_CROWD = 10_000
"""So many units of a layer has a whole population at most: each answers to thousands of samples at once."""
RECIPE = training.Training()


class Training(Section):
    """The recipe of a training, as `twin.forecast.training` explains it; a budget is wall time for each series."""

    strategy: Literal["ga", "cma"] = RECIPE.strategy
    population: Count = RECIPE.population
    generations: Count = RECIPE.generations
    hidden: Annotated[tuple[Count, ...], entries(MOST_LAYERS)] = RECIPE.hidden
    elitism: Whole = RECIPE.elitism
    selection: Literal["tournament", "roulette"] = RECIPE.selection
    tournament: Count = RECIPE.tournament
    crossover: Literal["blend", "uniform"] = RECIPE.crossover
    crossover_probability: Share = RECIPE.crossover_probability
    mutation_probability: Share = RECIPE.mutation_probability
    mutation_power: Factor = RECIPE.mutation_power
    annealing: Factor = RECIPE.annealing
    decay: Factor = RECIPE.decay
    held_back: Share = RECIPE.held_back
    patience: Count = RECIPE.patience
    budget: Duration | None = None

    def recipe(self, habits: Habits, budget_s: float | None) -> training.Training:
        """What is handed to the forecaster; `budget_s` is taken where the scenario names no budget."""
        named = self.model_dump(exclude={"budget"})
        return training.Training(**named, habits=habits, budget_s=self.budget or budget_s)

    def faults(self) -> Iterator[Fault]:
        limits = {"population": MOST_NETS, "generations": MOST_GENERATIONS}
        for key, limit in limits.items():
            if getattr(self, key) > limit:
                yield Fault(key, f"at most {limit} is wanted")
        if self.population * max(self.hidden) > WIDEST_CROWD:
            yield Fault("population", f"at most {WIDEST_CROWD // max(self.hidden)} of nets so wide are wanted")
        for index, units in enumerate(self.hidden):
            if units > MOST_UNITS:
                yield Fault(f"hidden.{index}", f"at most {MOST_UNITS} units are wanted")
        try:
            self.recipe(Habits(), None)
        except ScenarioError as error:
            yield Fault(error.where.removeprefix("training."), error.expected)


class Forecasting(Section):
    """What forecasters that learn remember and look at, and how many sample paths tell how they may be wrong.

    Learning comes again every `retrain_ticks`, by default every day; paths are drawn from the errors of `error_days`.
    """

    history_days: Count = 28
    same_days: Count = 3
    retrain_ticks: Count | None = None
    error_days: Count = 20
    paths: Count = 50
    population_file: File | None = None
    training: Training = Training()

    @property
    def habits(self) -> Habits:
        return Habits(self.history_days, self.same_days, self.retrain_ticks)

    def faults(self) -> Iterator[Fault]:
        limits = {
            "history_days": MOST_DAYS,
            "same_days": min(MOST_SAME_DAYS, self.history_days),
            "error_days": MOST_DAYS,
            "paths": MOST_PATHS,
        }
        for key, limit in limits.items():
            if getattr(self, key) > limit:
                yield Fault(key, f"at most {limit} is wanted")

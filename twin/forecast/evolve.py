"""Evolution of nets, as arrays: the one door of DEAP.

DEAP's own operators draw from global random state and work gene by gene; its toolbox takes ours in their place.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from twin.facts import Floats
from twin.forecast import operators
from twin.forecast.training import Ended, Training

Errors = Callable[[Floats], Floats]
"""Mean squared errors, `(population,)`, of nets `(population, parameters)`."""
_SMALLEST_ERROR = 1e-12


class Exercise(NamedTuple):
    """What nets have to do: their errors where they learn, and where they are examined."""

    errors: Errors
    exam: Errors


class Outcome(NamedTuple):
    """The last generation, best net first, the net that did best in the exam, and both learning curves."""

    nets: Floats
    best: Floats
    best_error: float
    fitness: tuple[float, ...]
    held_back: tuple[float, ...]
    ended: Ended


Watch = Callable[[int, float], None]
"""Is told of each generation: its number, counted from 1, and its best fitness."""


def evolve(
    start: Floats, exercise: Exercise, training: Training, generator: np.random.Generator, watch: Watch | None = None
) -> Outcome:
    """Evolve nets from those of `start`, `(population, parameters)`, best guess first."""
    toolbox = _toolbox(start, training, generator)
    toolbox.register("evaluate", exercise.errors)
    race = _Race(exercise.exam, start[0], training.patience)
    deadline_s = time.perf_counter() + (np.inf if training.budget_s is None else training.budget_s)
    for number in range(1, training.generations + 1):
        nets = toolbox.generate()
        errors = toolbox.evaluate(nets)
        costs = errors + training.decay * (nets**2).sum(axis=1)
        order = np.argsort(costs, kind="stable")
        toolbox.update(nets[order], costs[order])
        race.enter(nets[order], float(errors[order[0]]))
        if watch:
            watch(number, race.fitness[-1])
        if time.perf_counter() >= deadline_s and number < training.generations:
            return race.outcome("budget")
        if race.is_over:
            return race.outcome("early stop")
    return race.outcome("generations")


def fitness(error: float) -> float:
    """The seed's measure: one over the mean squared error."""
    return 1.0 / max(error, _SMALLEST_ERROR)


class _Race:
    """Who did best in the exam so far."""

    def __init__(self, exam: Errors, favourite: Floats, patience: int) -> None:
        self._exam = exam
        self._patience = patience
        self._best = favourite
        self._best_error = float(exam(favourite[None])[0])
        self._since_best = 0
        self._nets = favourite[None]
        self.fitness: list[float] = []
        self.held_back: list[float] = []

    @property
    def is_over(self) -> bool:
        return self._since_best >= self._patience

    def enter(self, nets: Floats, error: float) -> None:
        """A generation, best net first, and that net's error."""
        self._nets = nets
        exam_error = float(self._exam(nets[:1])[0])
        self.fitness.append(fitness(error))
        self.held_back.append(fitness(exam_error))
        self._since_best += 1
        if exam_error < self._best_error:
            self._best, self._best_error, self._since_best = nets[0].copy(), exam_error, 0

    def outcome(self, ended: Ended) -> Outcome:
        curves = tuple(self.fitness), tuple(self.held_back)
        return Outcome(self._nets, self._best, self._best_error, *curves, ended)


def _toolbox(start: Floats, training: Training, generator: np.random.Generator) -> Any:
    """DEAP's toolbox with a strategy: `generate` asks it for nets, `update` tells it their costs, best first."""
    from deap import base

    toolbox = base.Toolbox()
    strategy: _Genetic | _Covariant
    if training.strategy == "cma":
        strategy = _Covariant(start, training, generator)
    else:
        _register_operators(toolbox, training, generator)
        strategy = _Genetic(start, training, toolbox)
    toolbox.register("generate", strategy.generate)
    toolbox.register("update", strategy.update)
    return toolbox


def _register_operators(toolbox: Any, training: Training, generator: np.random.Generator) -> None:
    if training.selection == "tournament":
        toolbox.register("select", operators.tournament, generator, training.tournament)
    else:
        toolbox.register("select", operators.roulette, generator)
    mate = operators.blend if training.crossover == "blend" else operators.uniform
    toolbox.register("mate", mate, generator, training.crossover_probability)
    toolbox.register("mutate", operators.gaussian, generator, training.mutation_probability)


class _Genetic:
    """Elitism, selection, crossover, and mutation with a power that anneals."""

    def __init__(self, start: Floats, training: Training, toolbox: Any) -> None:
        self._nets = start
        self._costs: Floats | None = None
        self._elitism = training.elitism
        self._power = training.mutation_power
        self._annealing = training.annealing
        self._toolbox = toolbox

    def generate(self) -> Floats:
        if self._costs is None:
            return self._nets
        count = len(self._nets) - self._elitism
        mothers, fathers = (self._nets[self._toolbox.select(self._costs, count)] for _ in range(2))
        children = self._toolbox.mutate(self._toolbox.mate(mothers, fathers), self._power)
        self._power *= self._annealing
        return np.concatenate([self._nets[: self._elitism], children])

    def update(self, nets: Floats, costs: Floats) -> None:
        self._nets, self._costs = nets, costs


class _Covariant:
    """DEAP's CMA-ES with normal numbers of our own; it begins around the first net."""

    def __init__(self, start: Floats, training: Training, generator: np.random.Generator) -> None:
        from deap import cma

        self._strategy = cma.Strategy(start[0], training.mutation_power, lambda_=len(start))
        self._generator = generator

    def generate(self) -> Floats:
        strategy = self._strategy
        normal = self._generator.standard_normal((strategy.lambda_, strategy.dim))
        nets: Floats = strategy.centroid + strategy.sigma * (normal @ strategy.BD.T)
        return nets

    def update(self, nets: Floats, costs: Floats) -> None:
        # DEAP sorts nets by the fitness that each carries, highest first.
        ranked = [net.view(_Ranked) for net in nets]
        for rank, net in enumerate(ranked):
            net.fitness = -rank
        self._strategy.update(ranked)


class _Ranked(np.ndarray[tuple[int], np.dtype[np.float64]]):
    """A net that carries its fitness for DEAP."""

    fitness: int

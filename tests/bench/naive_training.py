"""The genetic algorithm of `twin.forecast.evolve` as a straight loop over nets, samples and genes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Net = list[float]
Sample = tuple[Sequence[float], float]


@dataclass(frozen=True)
class Naive:
    """Tournament of three, uniform crossover, Gaussian mutation with a power that anneals, and elitism."""

    samples: Sequence[Sample]
    hidden: int
    random: Random
    elitism: int = 2
    crossover_probability: float = 0.7
    mutation_probability: float = 0.2
    decay: float = 0.003

    def trained(self, nets: list[Net], generations: int, power: float, annealing: float) -> Net:
        costs = self.costs(nets)
        for _ in range(generations - 1):
            order = sorted(range(len(nets)), key=costs.__getitem__)
            elite = [nets[i] for i in order[: self.elitism]]
            nets = elite + [self.child(nets, costs, power) for _ in range(len(nets) - self.elitism)]
            costs, power = self.costs(nets), power * annealing
        return nets[min(range(len(nets)), key=costs.__getitem__)]

    def costs(self, nets: list[Net]) -> list[float]:
        return [self.error(net) + self.decay * sum(w * w for w in net) for net in nets]

    def error(self, net: Net) -> float:
        return sum((self.answer(net, inputs) - target) ** 2 for inputs, target in self.samples) / len(self.samples)

    def answer(self, net: Net, inputs: Sequence[float]) -> float:
        count, units = len(inputs), self.hidden
        output = net[-1]
        for unit in range(units):
            total = net[units * count + unit]
            for i in range(count):
                total += net[unit * count + i] * inputs[i]
            output += net[units * (count + 1) + unit] * math.tanh(total)
        return output

    def child(self, nets: list[Net], costs: list[float], power: float) -> Net:
        mother, father = self.winner(nets, costs), self.winner(nets, costs)
        child = list(mother)
        if self.random.random() < self.crossover_probability:
            child = [m if self.random.random() < 0.5 else f for m, f in zip(mother, father, strict=True)]
        for i in range(len(child)):
            if self.random.random() < self.mutation_probability:
                child[i] += self.random.gauss(0.0, power)
        return child

    def winner(self, nets: list[Net], costs: list[float]) -> Net:
        return nets[min((self.random.randrange(len(nets)) for _ in range(3)), key=costs.__getitem__)]

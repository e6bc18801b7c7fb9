"""What selects, crosses and mutates nets, on whole arrays; all chance comes from the generator given."""

import numpy as np
from numpy.typing import NDArray

from twin.facts import Floats

Indices = NDArray[np.int64]
_BLEND = 0.5
"""How far beyond its parents a child may lie, in distances between them (BLX-alpha, Eshelman and Schaffer 1993)."""


def tournament(generator: np.random.Generator, size: int, costs: Floats, count: int) -> Indices:
    """The winners of `count` tournaments of `size` nets each."""
    drawn = generator.integers(len(costs), size=(count, size))
    winners: Indices = drawn[np.arange(count), np.argmin(costs[drawn], axis=1)]
    return winners


def roulette(generator: np.random.Generator, costs: Floats, count: int) -> Indices:
    """Nets drawn with chances proportional to one over their cost."""
    fitness = 1.0 / np.maximum(costs, np.finfo(float).tiny ** 0.5)
    return generator.choice(len(costs), size=count, p=fitness / fitness.sum())


def blend(generator: np.random.Generator, probability: float, mothers: Floats, fathers: Floats) -> Floats:
    """Children with every gene somewhere between, or a little beyond, those of their parents."""
    share = generator.uniform(-_BLEND, 1.0 + _BLEND, mothers.shape)
    return _crossed(generator, probability, mothers, mothers + share * (fathers - mothers))


def uniform(generator: np.random.Generator, probability: float, mothers: Floats, fathers: Floats) -> Floats:
    """Children with every gene from either parent."""
    mixed = np.where(generator.random(mothers.shape) < 0.5, mothers, fathers)
    return _crossed(generator, probability, mothers, mixed)


def gaussian(generator: np.random.Generator, probability: float, nets: Floats, power: float) -> Floats:
    """The nets with some genes moved by normal noise of standard deviation `power`."""
    noise = generator.normal(0.0, power, nets.shape)
    return np.where(generator.random(nets.shape) < probability, nets + noise, nets)


def _crossed(generator: np.random.Generator, probability: float, mothers: Floats, children: Floats) -> Floats:
    return np.where(generator.random((len(mothers), 1)) < probability, children, mothers)

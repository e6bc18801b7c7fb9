"""Small neural nets with one output, a whole population of them evaluated at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from twin.facts import Floats


@dataclass(frozen=True, slots=True)
class Shape:
    """How many inputs a net has, and how many tanh units in each hidden layer; its output is linear.

    A net's parameters lie layer by layer, for each its matrix `(units, from)` and then its biases.
    """

    inputs: int
    hidden: tuple[int, ...]

    @property
    def layers(self) -> Iterator[tuple[int, int]]:
        """From how many units each layer takes, and how many it has."""
        return pairwise((self.inputs, *self.hidden, 1))

    @property
    def parameters(self) -> int:
        return sum((fan_in + 1) * units for fan_in, units in self.layers)

    @property
    def output_parameters(self) -> int:
        """How many parameters the output has; they are the last."""
        return (self.inputs, *self.hidden)[-1] + 1


def answers(shape: Shape, nets: Floats, inputs: Floats) -> Floats:
    """Every net's answer to every sample.

    `nets` is `(population, parameters)`, `inputs` `(samples, inputs)`; returns `(population, samples)`.
    """
    flow, at = np.ascontiguousarray(inputs.T), 0
    for fan_in, units in shape.layers:
        if at:
            np.tanh(flow, out=flow)
        matrices = nets[:, at : at + fan_in * units].reshape(len(nets), units, fan_in)
        at += (fan_in + 1) * units
        flow = matrices @ flow
        flow += nets[:, at - units : at, None]
    outputs: Floats = flow[:, 0]
    return outputs


def random_nets(shape: Shape, count: int, generator: np.random.Generator) -> Floats:
    """Nets to start from, `(count, parameters)`, their weights scaled to how many inputs each unit has."""
    scales = [np.full((fan_in + 1) * units, (fan_in + 1) ** -0.5) for fan_in, units in shape.layers]
    nets: Floats = generator.standard_normal((count, shape.parameters)) * np.concatenate(scales)
    return nets


def louder(shape: Shape, nets: Floats, factor: float) -> Floats:
    """The nets with every answer multiplied."""
    scaled = nets.copy()
    scaled[:, -shape.output_parameters :] *= factor
    return scaled

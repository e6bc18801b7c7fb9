import math

import numpy as np
import pytest

from twin.forecast.network import Shape, answers, louder, random_nets

SHAPES = [Shape(1, ()), Shape(3, (4,)), Shape(5, (6, 2)), Shape(2, (1, 1, 1))]


def by_hand(shape, net, sample):
    """One net's answer to one sample, unit by unit."""
    flow, parameters = list(sample), iter(net)
    for layer, (fan_in, units) in enumerate(shape.layers):
        flow = [math.tanh(x) for x in flow] if layer else flow
        weights = [[next(parameters) for _ in range(fan_in)] for _ in range(units)]
        flow = [sum(w * x for w, x in zip(row, flow, strict=True)) + next(parameters) for row in weights]
    return flow[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_all_nets_answer_all_samples_as_by_hand(shape):
    random = np.random.default_rng(1)
    nets, inputs = random_nets(shape, 4, random), random.normal(size=(7, shape.inputs))
    slowly = [[by_hand(shape, net, sample) for sample in inputs] for net in nets]
    assert answers(shape, nets, inputs) == pytest.approx(np.array(slowly), rel=1e-12)


@pytest.mark.parametrize(("shape", "parameters"), [(Shape(5, (6,)), 43), (Shape(3, ()), 4), (Shape(2, (3, 4)), 30)])
def test_a_shape_counts_its_parameters(shape, parameters):
    assert shape.parameters == parameters
    assert random_nets(shape, 2, np.random.default_rng(0)).shape == (2, parameters)


@pytest.mark.parametrize("shape", SHAPES)
def test_louder_nets_answer_so_many_times_as_much(shape):
    random = np.random.default_rng(1)
    nets, inputs = random_nets(shape, 3, random), random.normal(size=(5, shape.inputs))
    assert answers(shape, louder(shape, nets, -0.5), inputs) == pytest.approx(-0.5 * answers(shape, nets, inputs))


def test_no_samples_get_no_answers():
    shape = Shape(3, (2,))
    assert answers(shape, np.zeros((4, shape.parameters)), np.zeros((0, 3))).shape == (4, 0)

"""How fast nets evolve, against a straight loop of the same algorithm."""

import statistics
from collections.abc import Iterator
from functools import partial
from random import Random

import numpy as np

from tests.bench.measuring import in_turns, median_ratio, timed, verdict
from tests.bench.naive_training import Naive
from twin.facts import Floats
from twin.forecast.evolve import Exercise, Outcome, evolve
from twin.forecast.inputs import Lessons
from twin.forecast.nets import errors
from twin.forecast.network import Shape, random_nets
from twin.forecast.streams import stream
from twin.forecast.training import Training

SHAPE, TARGETS = Shape(5, (6,)), 60
SEED_SIZE = Training(population=225, generations=20, patience=20, hidden=SHAPE.hidden)
FASTER_FITNESS, FASTER_TRAINING = 50.0, 20.0


def lines() -> Iterator[str]:
    random = np.random.default_rng(1)
    lesson = Lessons(random.normal(size=(TARGETS, SHAPE.inputs)), random.normal(size=TARGETS))
    nets = random_nets(SHAPE, SEED_SIZE.population, random)
    naive = Naive(list(zip(lesson.inputs.tolist(), lesson.targets.tolist(), strict=True)), SHAPE.hidden[0], Random(1))
    works = {
        "fitness": partial(errors, SHAPE, lesson, nets),
        "naive fitness": partial(naive.costs, nets.tolist()),
        "training": partial(trained, lesson, nets),
        "naive training": partial(naive.trained, nets.tolist(), 20, SEED_SIZE.mutation_power, SEED_SIZE.annealing),
    }
    trained(lesson, nets)
    times_s = in_turns({name: lambda work=work: timed(work)[1] for name, work in works.items()}, 3)
    for name, promised in (("fitness", FASTER_FITNESS), ("training", FASTER_TRAINING)):
        ratio = median_ratio(times_s[f"naive {name}"], times_s[name])
        took_ms = 1e3 * statistics.median(times_s[name])
        text = f"{name} of the seed's size: {took_ms:.2f} ms, {ratio:.0f} × faster than a straight loop"
        yield verdict(ratio >= promised, f"{text} (at least {promised:.0f})")
    same = np.array_equal(trained(lesson, nets).nets, trained(lesson, nets).nets)
    yield verdict(same, "the same training gives the same nets, bit for bit")


def trained(lesson: Lessons, nets: Floats) -> Outcome:
    measured = partial(errors, SHAPE, lesson)
    return evolve(nets, Exercise(measured, measured), SEED_SIZE, stream(1, "bench"))

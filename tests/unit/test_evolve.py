import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.forecast import operators
from twin.forecast.evolve import Exercise, evolve
from twin.forecast.training import Training

WANTED = np.array([1.0, -2.0, 0.5])


def distance(nets):
    return ((nets - WANTED) ** 2).mean(axis=1)


EXERCISE = Exercise(distance, distance)


def evolved(seed=1, start=None, watch=None, **recipe):
    training = Training(**{"population": 40, "decay": 0.0, "generations": 80, "patience": 80} | recipe)
    nets = np.random.default_rng(9).normal(size=(training.population, 3)) if start is None else start
    return evolve(nets, EXERCISE, training, np.random.default_rng(seed), watch)


RECIPES = [
    {"strategy": "cma"},
    {"strategy": "ga"},
    {"strategy": "ga", "selection": "roulette"},
    {"strategy": "ga", "crossover": "blend"},
    {"strategy": "ga", "elitism": 0, "annealing": 1.0, "mutation_power": 0.02, "mutation_probability": 0.9},
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_finds_what_is_wanted(recipe):
    outcome = evolved(**recipe)
    assert outcome.best == pytest.approx(WANTED, abs=0.2)
    assert outcome.fitness[-1] > 10.0 * outcome.fitness[0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_same_stream_gives_the_same_nets_bit_for_bit_and_the_global_one_is_left_alone(recipe):
    before = np.random.get_state()[1].tolist()
    first, second = evolved(**recipe), evolved(**recipe)
    assert np.array_equal(first.nets, second.nets)
    assert not np.array_equal(first.nets, evolved(seed=2, **recipe).nets)
    assert np.random.get_state()[1].tolist() == before


def test_with_elitism_the_best_is_never_lost():
    assert np.all(np.diff(evolved(strategy="ga", elitism=1).fitness) >= 0.0)


def test_a_warm_start_begins_where_the_last_training_ended():
    first = evolved(generations=20)
    assert evolved(start=first.nets, generations=1).fitness[0] == pytest.approx(first.fitness[-1])


def test_every_generation_is_told():
    told = []
    outcome = evolved(generations=3, watch=lambda number, fitness: told.append((number, fitness)))
    assert told == list(enumerate(outcome.fitness, 1))


@pytest.mark.parametrize(
    ("recipe", "generations", "ended"),
    [({"budget_s": 0.0}, 1, "budget"), ({"generations": 5}, 5, "generations"), ({"budget_s": 60.0}, 80, "generations")],
)
def test_it_says_why_it_ended(recipe, generations, ended):
    outcome = evolved(**recipe)
    assert (len(outcome.fitness), outcome.ended) == (generations, ended)


def test_it_stops_when_the_exam_gets_no_better_and_the_best_in_the_exam_is_used():
    examined = Exercise(distance, lambda nets: ((nets - 10.0 * WANTED) ** 2).sum(axis=1) + nets[:, 0] ** 4)
    start = np.tile(2.0 * WANTED, (20, 1)) + np.random.default_rng(0).normal(0.0, 0.1, (20, 3))
    outcome = evolve(start, examined, Training(population=20, patience=4), np.random.default_rng(1))
    assert outcome.ended == "early stop"
    assert outcome.best_error == examined.exam(outcome.best[None])[0] <= examined.exam(start[:1])[0]


def test_decay_keeps_weights_small():
    loose, tight = evolved(), evolved(decay=10.0)
    assert np.abs(tight.nets[0]).max() < 0.1 * np.abs(loose.nets[0]).max()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("population", 3),
        ("generations", 0),
        ("hidden", (4, 0)),
        ("elitism", 60),
        ("tournament", 61),
        ("mutation_power", 11.0),
        ("held_back", 0.9),
        ("budget_s", -1.0),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused_by_name(name, value):
    with pytest.raises(ScenarioError, match=f"training.{name}: .* wanted"):
        Training(**{name: value})


def test_tournaments_and_roulette_favour_what_costs_less():
    costs, random = np.array([1.0, 10.0, 100.0]), np.random.default_rng(1)
    for winners in (operators.tournament(random, 2, costs, 3000), operators.roulette(random, costs, 3000)):
        wins = np.bincount(winners, minlength=3)
        assert wins[0] > wins[1] > wins[2] > 0


def test_children_have_their_genes_from_their_parents():
    random, mothers, fathers = np.random.default_rng(1), np.zeros((50, 4)), np.ones((50, 4))
    assert set(np.unique(operators.uniform(random, 1.0, mothers, fathers))) == {0.0, 1.0}
    mixed = operators.blend(random, 1.0, mothers, fathers)
    assert -0.5 <= mixed.min() < 0.0 < 1.0 < mixed.max() <= 1.5
    assert np.array_equal(operators.blend(random, 0.0, mothers, fathers), mothers)


def test_so_many_genes_mutate_and_so_far():
    noise = operators.gaussian(np.random.default_rng(1), 0.25, np.zeros((100, 100)), 3.0)
    assert (noise != 0.0).mean() == pytest.approx(0.25, abs=0.02)
    assert noise[noise != 0.0].std() == pytest.approx(3.0, rel=0.05)

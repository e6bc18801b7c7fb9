from itertools import combinations

import numpy as np
import pytest

from dashboards.colours import (
    ARRAY_COLOURS,
    COLOURS,
    STORAGE_COLOURS,
    part_colours,
    policy_colour,
    policy_colours,
)

# Machado, Oliveira and Fernandes (2009), severity 1, of linear RGB.
SEEN_AS = {
    "all colours": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
ENERGY = ("solar", "load", "storage", "import", "export", "price", "oracle")
PLANNERS = ("rule", "oracle", "milp", "milp:mean5", "stochastic:evolved", "milp:perfect", "milp:mean7", "milp:mean8")
PALETTES = {"energy": {name: COLOURS[name] for name in ENERGY}, "policies": policy_colours(PLANNERS)}


def lab(colour: str, seen_as: str) -> np.ndarray:
    """CIE L*a*b* of a colour as it is seen."""
    rgb = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SEEN_AS[seen_as] @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ seen / (0.95047, 1, 1.08883))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen_as", SEEN_AS)
@pytest.mark.parametrize(
    "colours",
    [
        {name: COLOURS[name] for name in ENERGY},
        policy_colours(PLANNERS),
        dict(enumerate(ARRAY_COLOURS)),
        dict(enumerate(STORAGE_COLOURS)),
    ],
    ids=["energy", "policies", "arrays", "storages"],
)
def test_colours_are_told_apart_by_those_who_see_fewer(colours: dict[str, str], seen_as: str) -> None:
    seen = [lab(colour, seen_as) for colour in colours.values()]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > 12


def test_a_policy_has_the_same_colour_alone_and_beside_others() -> None:
    both = policy_colours(["rule", "stochastic:evolved", "milp:mean5", "milp:perfect"])
    assert all(policy_colour(name) == both[name] for name in ("rule", "stochastic:evolved", "milp:mean5"))
    assert len(set(both.values())) == 4


@pytest.mark.parametrize("policy", ["rule", "oracle", "milp:mean5", "stochastic", "patient"])
def test_six_runs_of_one_policy_are_told_apart(policy: str) -> None:
    colours = policy_colours([policy, *(f"{policy} (run {run})" for run in range(2, 7))])
    assert len(set(colours.values())) == 6
    assert colours[policy] == policy_colour(policy)


def test_the_first_of_a_kind_has_its_colour_though_others_come_before_it() -> None:
    colours = policy_colours(["milp", "milp:mean5", "milp:mean6", "milp:mean7", "milp:mean8", "stochastic"])
    assert colours["stochastic"] == policy_colour("stochastic")
    assert len(set(colours.values())) == 6


def test_more_policies_than_colours_are_drawn_all_the_same() -> None:
    assert len(policy_colours(f"milp:mean{days}" for days in range(1, 8))) == 7


def test_each_load_has_a_shade_of_its_own() -> None:
    colours = part_colours(["solar", "load1", "load2", "load3", "storage", "market"])
    assert len(set(colours.values())) == 6
    assert colours["solar"] == COLOURS["solar"]

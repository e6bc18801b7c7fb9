import random
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from worlds import LAWS

from twin.errors import ScenarioError
from twin.forecast.network import Shape, random_nets
from twin.forecast.populations import Population, load, save

NETS = random_nets(Shape(2, (3,)), 5, np.random.default_rng(1))


def whole() -> bytes:
    with TemporaryDirectory() as folder:
        save(Path(folder) / "nets.npz", Population(("now", "level"), (3,), {"demand_w": NETS}))
        return (Path(folder) / "nets.npz").read_bytes()


WHOLE = whole()


def answer(content: bytes) -> str:
    """What is said to a file of that content, nothing if it is taken; any error but ours fails the test."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "nets.npz").write_bytes(content)
        try:
            load(Path(folder) / "nets.npz")
        except ScenarioError as error:
            return error.got
    return ""


@LAWS
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_our_words(content: bytes) -> None:
    assert answer(content) == "holds no population"


@LAWS
@given(st.integers(0, 2**32))
def test_a_file_with_some_bytes_changed_is_taken_or_refused_in_our_words(seed: int) -> None:
    for chance in (random.Random(f"{seed} {round}") for round in range(10)):
        content = bytearray(WHOLE)
        for _ in range(chance.randint(1, 5)):
            content[chance.choice([chance.randrange(len(content)), -chance.randrange(1, 300)])] = chance.randrange(256)
        answer(bytes(content))


@LAWS
@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    assert answer(WHOLE[:length])

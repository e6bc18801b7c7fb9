"""One source of chance per component, all from the root seed."""

import hashlib
from typing import Any

import numpy as np

from twin.facts import State


def stream(seed: int, name: str) -> np.random.Generator:
    """The component's own generator: the same on every machine, whatever other components there are."""
    # Python's hash() differs from process to process.
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *digest[:16]])))


def stream_state(generator: np.random.Generator) -> State:
    """Where a generator stands, as plain JSON."""
    state: dict[str, Any] = dict(generator.bit_generator.state)
    return state


def set_stream(generator: np.random.Generator, state: State) -> None:
    """Put a generator back to where it stood."""
    generator.bit_generator.state = state

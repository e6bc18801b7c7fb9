"""Python's `random.Random(seed).gauss()` for many seeds at once, bit for bit.

A fresh Mersenne Twister per tick costs 5 us in Python. Its seeding (`init_by_array` of Matsumoto and Nishimura,
2002) is one long chain of 32-bit steps; here every step serves a whole block of seeds.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.facts import Floats

Words = NDArray[np.uint32]
_WORDS = 624
_OFFSET = 397
# Numpy's uint32 keeps every operation below modulo 2**32, as the algorithm wants it.
_THIRTY, _ONE = np.uint32(30), np.uint32(1)
_MIX_KEY, _MIX_INDEX = np.uint32(1664525), np.uint32(1566083941)
_INDEX = tuple(np.arange(_WORDS, dtype=np.uint32))
_SEEDS_AT_ONCE = 4096


def first_gauss(seeds: NDArray[np.int64]) -> Floats:
    """The first `random.Random(seed).gauss()` of each seed, shape as given."""
    draws = [_gauss(seeds[i : i + _SEEDS_AT_ONCE]) for i in range(0, len(seeds), _SEEDS_AT_ONCE)]
    return np.concatenate(draws) if draws else np.empty(0)


def _gauss(seeds: NDArray[np.int64]) -> Floats:
    angle, radius = _first_two_random(seeds)
    # The C library's cos and log, one by one: numpy's own differ from them in the last bit.
    cosines = np.array([math.cos(x) for x in (angle * (2.0 * math.pi)).tolist()])
    logs = np.array([math.log(x) for x in (1.0 - radius).tolist()])
    draws: Floats = cosines * np.sqrt(-2.0 * logs)
    return draws


def _first_two_random(seeds: NDArray[np.int64]) -> tuple[Floats, Floats]:
    words = list(_outputs(_seeded_state(_key_words(seeds)), 4))
    return _fraction(words[0], words[1]), _fraction(words[2], words[3])


def _key_words(seeds: NDArray[np.int64]) -> tuple[Words, Words]:
    """What seeding adds in even and odd steps: a key of one word repeats it, one of two takes turns."""
    magnitude = np.abs(seeds)
    low, high = magnitude.astype(np.uint32), (magnitude >> 32).astype(np.uint32)
    return low, np.where(high > 0, high + _ONE, low)


def _seeded_state(key: tuple[Words, Words]) -> list[Words]:
    """`init_by_array`: the generator's 624 words, each of the seeds' shape."""
    start = _initial_words()
    state = list(np.empty((_WORDS, len(key[0])), dtype=np.uint32))
    state[0][:] = start[0]
    for i in range(1, _WORDS):
        _mix(state[i - 1], start[i], _MIX_KEY, state[i])
        state[i] += key[(i - 1) % 2]
    _mix(state[-1], state[1].copy(), _MIX_KEY, state[1])
    state[1] += key[(_WORDS - 1) % 2]
    scratch = np.empty_like(key[0])
    for i in (*range(2, _WORDS), 1):
        # Word 0 stands for the last one when the chain goes round.
        _mix(state[i - 1 if i > 1 else -1], state[i], _MIX_INDEX, scratch)
        np.subtract(scratch, _INDEX[i], out=state[i])
    state[0][:] = 1 << 31
    return state


def _initial_words() -> list[np.uint32]:
    """`init_genrand(19650218)`, from which every seeding starts."""
    words = [19650218]
    for i in range(1, _WORDS):
        words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + i) % 2**32)
    return [np.uint32(word) for word in words]


def _mix(previous: Words, word: Words | np.uint32, factor: np.uint32, out: Words) -> None:
    """`out = word ^ (previous ^ previous >> 30) * factor`; `out` may not be one of the others."""
    np.right_shift(previous, _THIRTY, out=out)
    np.bitwise_xor(out, previous, out=out)
    np.multiply(out, factor, out=out)
    np.bitwise_xor(out, word, out=out)


def _outputs(state: list[Words], count: int) -> Iterator[Words]:
    """The generator's first outputs, each twisted and tempered."""
    for i in range(count):
        mixed = (state[i] & np.uint32(1 << 31)) | (state[i + 1] & np.uint32(2**31 - 1))
        word = state[i + _OFFSET] ^ (mixed >> _ONE) ^ ((mixed & _ONE) * np.uint32(0x9908B0DF))
        word ^= word >> np.uint32(11)
        word ^= (word << np.uint32(7)) & np.uint32(0x9D2C5680)
        word ^= (word << np.uint32(15)) & np.uint32(0xEFC60000)
        yield word ^ (word >> np.uint32(18))


def _fraction(high: Words, low: Words) -> Floats:
    """53 random bits as a float in [0, 1)."""
    fraction: Floats = ((high >> np.uint32(5)) * 2.0**26 + (low >> np.uint32(6))) / 2.0**53
    return fraction

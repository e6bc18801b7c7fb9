"""Trained populations as files: arrays in `.npz` beside a header in JSON, and nothing that could be run."""

import json
import lzma
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np

from twin.errors import ScenarioError
from twin.facts import SERIES, Floats
from twin.forecast.network import Shape

VERSION = 1
_LARGEST = 1e6
"""No net needs a weight beyond it; the sums of larger ones would overflow."""
_BROKEN = (
    *(ValueError, KeyError, TypeError, AttributeError, ArithmeticError, EOFError, RuntimeError, MemoryError),
    *(BadZipFile, zlib.error, lzma.LZMAError),
)
"""What numpy and zipfile make of broken bytes."""
_WANTED = "a file that 'twin train' has written is wanted"


@dataclass(frozen=True, slots=True)
class Population:
    """Nets of each series that was learnt, `(population, parameters)` and best first, and what they are told."""

    inputs: tuple[str, ...]
    hidden: tuple[int, ...]
    nets: Mapping[str, Floats]

    @property
    def shape(self) -> Shape:
        return Shape(len(self.inputs), self.hidden)


def save(path: Path, population: Population) -> None:
    """Write a population; the same one gives the same file, byte for byte."""
    header = {"version": VERSION, "inputs": population.inputs, "hidden": population.hidden}
    arrays: dict[str, Any] = {"header": np.array(json.dumps(header)), **population.nets}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def load(path: Path) -> Population:
    """Read a population; raises ScenarioError for a file that holds none, or one of another version."""
    try:
        with path.open("rb") as file:
            return _read(file, str(path))
    except OSError as error:
        raise ScenarioError(str(path), error.strerror or "cannot be read", _WANTED) from error
    except _BROKEN as error:
        raise ScenarioError(str(path), "holds no population", _WANTED) from error


def fitting(population: Population, inputs: tuple[str, ...], hidden: tuple[int, ...]) -> Population:
    """The population, if its nets are of the shape that is wanted; else raises ScenarioError."""
    told, wanted = _described(population.inputs, population.hidden), _described(inputs, hidden)
    if told != wanted:
        raise ScenarioError("population", f"its nets have {told}", f"the scenario wants {wanted}")
    return population


def _read(file: BinaryIO, where: str) -> Population:
    with np.load(file, allow_pickle=False) as arrays:
        header: dict[str, Any] = json.loads(str(arrays["header"]))
        if header["version"] != VERSION:
            raise ScenarioError(where, f"is of version {header['version']}", f"version {VERSION} is wanted")
        nets = {name: arrays[name] for name in arrays.files if name != "header"}
    if not nets or not nets.keys() <= set(SERIES):
        named = ", ".join(repr(name) for name in nets if name not in SERIES) or "no series"
        raise ScenarioError(where, f"holds nets of {named}", f"{', '.join(SERIES)} are wanted")
    population = Population(tuple(header["inputs"]), tuple(header["hidden"]), nets)
    for series, weights in nets.items():
        _check(weights, population.shape.parameters, f"{where}: {series}")
    return population


def _check(weights: Floats, parameters: int, where: str) -> None:
    if weights.dtype != np.float64 or weights.ndim != 2 or not len(weights) or weights.shape[1] != parameters:
        raise ScenarioError(where, f"{weights.dtype} of shape {weights.shape}", f"(population, {parameters}) is wanted")
    if not (np.abs(weights) <= _LARGEST).all():
        raise ScenarioError(where, "holds numbers that are no weights", f"finite ones up to {_LARGEST:g} are wanted")


def _described(inputs: tuple[str, ...], hidden: tuple[int, ...]) -> str:
    return f"the inputs {', '.join(inputs)} and hidden layers of {list(hidden)}"

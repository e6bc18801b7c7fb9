"""How things are measured: turn by turn, so that a busy moment meets all alike, and by medians."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import NamedTuple, TypeVar

from twin.scenario.launch import Start, prepare
from twin.scenario.request import Request

MISSED = "MISSED"
CHILD = """
import json, resource, subprocess, sys, time
started_s = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall_s = time.perf_counter() - started_s
print(json.dumps([status, wall_s, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""
"""Starts a program from a small process of its own: a child's peak memory is never less than its parent's was."""
Answer = TypeVar("Answer")


class Whole(NamedTuple):
    """What a whole process took."""

    status: int
    wall_s: float
    peak_mb: float


def verdict(kept: bool, text: str) -> str:
    """A line that says whether a promise was kept."""
    return f"{'kept' if kept else MISSED:6} {text}"


def plain(text: str) -> str:
    """A line that promises nothing."""
    return f"{'':6} {text}"


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """What a work answers, and how long it took in s."""
    started_s = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - started_s


def in_turns(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each work answers in every round, the works of a round one after the other."""
    answers: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            answers[name].append(work())
    return answers


def median_ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios of values that were taken side by side."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))


def started(scenario: str, days: int | None = None) -> Start:
    """A shipped scenario, ready to run."""
    return prepare(Request(scenario, days=days).load())


def whole(*command: str) -> Whole:
    """Run a program from start to end."""
    found = subprocess.run([sys.executable, "-c", CHILD, *command], capture_output=True, text=True, check=True)
    return Whole(*json.loads(found.stdout))


def whole_twin(*arguments: str) -> Whole:
    """Run `twin` from start to end."""
    return whole(sys.executable, "-m", "twin", *arguments)


@contextmanager
def hushed() -> Iterator[None]:
    """Meanwhile nothing is said on standard error; at the end all of it but that somebody was interrupted."""
    with TemporaryFile("w+", encoding="utf-8") as said:
        kept = os.dup(sys.stderr.fileno())
        os.dup2(said.fileno(), sys.stderr.fileno())
        try:
            yield
        finally:
            os.dup2(kept, sys.stderr.fileno())
            os.close(kept)
            said.seek(0)
            sys.stderr.writelines(line for line in said if line != "interrupted\n")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with TemporaryDirectory() as name:
        yield Path(name)

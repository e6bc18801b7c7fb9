"""Whether a run that is killed at a random moment and resumed equals one that was never stopped."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.measuring import folder, verdict

POINTS = 25
# Long enough that none is over before it is killed.
RULED, PLANNED = ("lab_month", "rule", 1500), ("lab_month", "milp:mean5", 15)


def lines() -> Iterator[str]:
    # The tests' helpers find each other by their bare names.
    sys.path.append(str(Path(__file__).parents[1]))
    from killing import Case, killed_and_resumed, undisturbed

    for case in (Case(*RULED), Case(*PLANNED)):
        with folder() as path, ThreadPoolExecutor(2) as pool:
            wanted = undisturbed(case, path / "whole.sqlite")

            def kill(seed: int, case: Case = case, path: Path = path, wanted: object = wanted) -> tuple[int, bool]:
                at, rows = killed_and_resumed(case, path / f"{seed}.sqlite", seed)
                return at, rows == wanted

            ticks, same = zip(*pool.map(kill, range(POINTS)), strict=True)
        text = f"{sum(same)} of {POINTS} {case.policy} runs, killed at ticks {min(ticks)} to {max(ticks)}"
        yield verdict(all(same), f"{text}, end like an undisturbed one")

"""How long `twin --help` takes, as a whole process."""

import statistics
import sys
from collections.abc import Iterator

from tests.bench.measuring import in_turns, verdict, whole, whole_twin

ROUNDS = 10
PROMISED_S = 0.5


def lines() -> Iterator[str]:
    walls_s = in_turns(
        {
            "help": lambda: whole_twin("--help").wall_s,
            "python": lambda: whole(sys.executable, "-c", "pass").wall_s,
        },
        ROUNDS,
    )
    help_s, python_s = (statistics.median(walls_s[name]) for name in ("help", "python"))
    yield verdict(help_s < PROMISED_S, f"twin --help: {help_s:.2f} s (under 0.5), python alone {python_s:.2f} s")

"""Runs the measurements named on the command line, or all of them."""

import signal
import sys
from importlib import import_module

from tests.bench.measuring import MISSED, timed

NAMES = (
    "startup",
    "engine",
    "planner",
    "plans",
    "days",
    "minutes",
    "memory",
    "balance",
    "shares",
    "training",
    "forecasts",
    "uncertainty",
    "dash",
    "hardware",
    "kills",
)


def main(names: list[str]) -> int:
    """0, or 1 if a promise was not kept, or 2 for a name that is none."""
    if unknown := [name for name in names if name not in NAMES]:
        print(f"bench: there is no {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    missed = [name for name in names or NAMES if show(name)]
    return int(bool(missed))


def show(name: str) -> bool:
    """Print a measurement's lines as they come, and say whether a promise was missed."""
    lines = import_module(f"tests.bench.{name}").lines()
    missed, took_s = timed(lambda: [print(f"{name:12}{line}", flush=True) or MISSED in line for line in lines])
    print(f"{name:12}{'':6} took {took_s:.0f} s", flush=True)
    return any(missed)


# A shell that starts us in the background has us ignore Ctrl-C, and so would every command that is timed.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))

"""How much memory a long recorded run under the rule needs, and that ten times the days need no more."""

from collections.abc import Iterator

from tests.bench.measuring import Whole, folder, plain, verdict, whole_twin

DAYS = 365
PROMISED_MB = 250.0
GROWTH_MB = 5.0
"""What an allocator may take more by chance."""


def lines() -> Iterator[str]:
    year, decade = ruled(DAYS), ruled(10 * DAYS)
    yield plain(f"{DAYS} days took {year.wall_s:.1f} s, {10 * DAYS} days {decade.wall_s:.1f} s")
    yield verdict(year.status == 0 and year.peak_mb < PROMISED_MB, f"{DAYS} days: {year.peak_mb:.0f} MB (under 250)")
    kept = decade.status == 0 and decade.peak_mb < year.peak_mb + GROWTH_MB
    yield verdict(kept, f"{10 * DAYS} days: {decade.peak_mb:.0f} MB (no more)")


def ruled(days: int) -> Whole:
    """A recorded run of so many days."""
    with folder() as path:
        store = str(path / "runs.sqlite")
        return whole_twin("run", "lab_month", "--days", str(days), "--policy", "rule", "--store", store)

"""How long thirty lab days under `milp` take, as a whole process that records them."""

from collections.abc import Iterator

from tests.bench.measuring import folder, verdict, whole_twin

PROMISED_S = 10.0


def lines() -> Iterator[str]:
    for scenario in ("lab_month", "lab_ideal"):
        with folder() as path:
            arguments = ("run", scenario, "--days", "30", "--policy", "milp", "--store", str(path / "runs.sqlite"))
            run = whole_twin(*arguments)
        kept = run.status == 0 and run.wall_s < PROMISED_S
        yield verdict(kept, f"30 days of {scenario} under milp: {run.wall_s:.1f} s (under 10), {run.peak_mb:.0f} MB")

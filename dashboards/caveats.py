"""What must be said before runs are compared: where they differ in more than their policy."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboards.comparison import floats, ticks_in
from dashboards.scales import energy_text
from dashboards.window import About
from twin.pricing import Columns, levels_j
from twin.runs import RunRow


class Compared(NamedTuple):
    """A run of a comparison: what the store says of it, its scenario, and its rows."""

    name: str
    row: RunRow
    about: About
    columns: Columns


def names_of(rows: Sequence[RunRow]) -> list[str]:
    """What runs are called beside each other: by their policy, and by their number too where that is not enough."""
    policies = [row.header.policy for row in rows]
    return [
        policy if policies.count(policy) == 1 else f"{policy} (run {row.id})"
        for policy, row in zip(policies, rows, strict=True)
    ]


def common(runs: Sequence[Compared]) -> list[Compared]:
    """The same runs, cut to the ticks that all of them have."""
    rows = set.intersection(*(set(_rows(run.columns)) for run in runs))
    cut = [run._replace(columns=_cut(run.columns, rows)) for run in runs]
    # Laid over each other: all on the clock of the first.
    clock = {name: cut[0].columns[name] for name in ("start_s", "day")}
    return [run._replace(columns={**run.columns, **clock}) for run in cut]


def _rows(columns: Columns) -> list[tuple[int, int]]:
    """Each row's first tick, and how many ticks it stands for."""
    ticks = np.asarray(columns["tick"]).tolist()
    return list(zip(ticks, columns.get("ticks", [1] * len(ticks)), strict=True))


def _cut(columns: Columns, rows: set[tuple[int, int]]) -> Columns:
    kept = np.array([row in rows for row in _rows(columns)], dtype=np.bool_)
    return {name: np.asarray(column)[kept] for name, column in columns.items()}


def caveats_of(runs: Sequence[Compared]) -> list[str]:
    """One sentence for each way in which the runs are not alike."""
    found = []
    if len({run.row.header.scenario for run in runs}) > 1:
        found.append("The runs are of different scenarios.")
    elif len({run.row.header.text for run in runs}) > 1:
        found.append("The scenario was changed between the runs.")
    if len({tuple(sorted(run.row.header.overrides.items())) for run in runs}) > 1:
        found.append(f"The runs had different settings: {_settings(runs)}.")
    if len({(run.row.progress, ticks_in(run.columns)) for run in runs}) > 1 or any(
        run.row.state != "done" for run in runs
    ):
        found.append("The runs differ in length or are not over: only the ticks that all of them have are compared.")
    return found


def trace_caveats(runs: Sequence[Compared]) -> list[str]:
    """The same of what lay outside the runs, over the ticks that all of them have."""
    found = []
    if _differs([floats(run.columns, "import_price") for run in runs]):
        found.append("Prices differ: these are different traces, and costs cannot be compared tick by tick.")
    if _differs([floats(run.columns, "solar_j") + floats(run.columns, "curtailed_j") for run in runs]):
        found.append("The sun differs: these are different traces.")
    if len({run.row.header.start_day for run in runs}) > 1:
        found.append("The runs begin on different days; they are laid over each other from their first tick on.")
    starts_j = {run.name: float(levels_j(run.columns)[0]) for run in runs}
    if max(starts_j.values()) - min(starts_j.values()) > 1e-6 * max(1.0, *starts_j.values()):
        told = ", ".join(f"{name} {energy_text(start_j)}" for name, start_j in starts_j.items())
        found.append(f"The runs began with different stored energy: {told}.")
    return found


def _differs(columns: Sequence[np.ndarray]) -> bool:
    return any(not np.allclose(columns[0], column, rtol=1e-9, atol=1e-12) for column in columns[1:])


def _settings(runs: Sequence[Compared]) -> str:
    def told(overrides: Mapping[str, str]) -> str:
        return ", ".join(f"{path}={value}" for path, value in sorted(overrides.items())) or "as written"

    return "; ".join(f"{run.name} {told(run.row.header.overrides)}" for run in runs)

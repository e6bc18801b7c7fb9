"""What the run store says about a run as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from twin.facts import State

RunState = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """All that is needed to run it again: the scenario as it was written and what the command line added.

    `base` is the folder the scenario's files are relative to, `components` are the names in the order of a record's
    readings, `storages` those of them that store energy, and `group` is shared by the runs of one comparison.
    """

    scenario: str
    text: str
    base: str
    policy: str
    forecaster: str
    currency: str
    seed: int
    days: int
    start_day: int
    ticks: int
    components: tuple[str, ...]
    overrides: Mapping[str, str]
    versions: Mapping[str, str]
    hardware: str | None = None
    group: str | None = None
    storages: tuple[str, ...] = ("storage",)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the store knows it; `progress` is the first tick that is not recorded yet, times are Unix time.

    `failure` is why it failed, if it did.
    """

    id: int
    header: RunHeader
    started_s: float
    state: RunState
    heartbeat_s: float
    progress: int
    summary: State | None
    failure: str | None = None


HEADER = tuple(field.name for field in fields(RunHeader) if field.name != "storages")
"""The columns of a run that never change."""


def header_values(header: RunHeader) -> dict[str, object]:
    """A header as the database keeps it, by column."""
    values = {name: getattr(header, name) for name in HEADER}
    plain = {"overrides": dict(header.overrides), "versions": dict(header.versions)}
    components = [{"name": name, "stores": name in header.storages} for name in header.components]
    return values | {"components": components} | plain


def run_row(row: Mapping[Any, Any], failure: str | None) -> RunRow:
    """A run as the database gives it, by column."""
    # A store of version 2 has the names alone, and one storage.
    listed = [
        {"name": part, "stores": part == "storage"} if isinstance(part, str) else part for part in row["components"]
    ]
    header = {name: row[name] for name in HEADER} | {
        "components": tuple(part["name"] for part in listed),
        "storages": tuple(part["name"] for part in listed if part["stores"]),
    }
    rest = {name: row[name] for name in ("started_s", "state", "heartbeat_s", "progress", "summary")}
    return RunRow(row["id"], RunHeader(**header), **rest, failure=failure)

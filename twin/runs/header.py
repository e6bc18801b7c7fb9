"""What the run store says about a run as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from twin.facts import State

RunState = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """All that is needed to run it again: the scenario as it was written and what the command line added.

    `base` is the folder the scenario's files are relative to, `components` are the names in the order of a record's
    readings, and `group` is shared by the runs of one comparison.
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

"""What the API says: its shapes, which are also its description, and how the store's facts become them."""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from twin.runs import Columns, RunRow, RunState

Name = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"


def _no_text(value: object) -> object:
    """JSON's numbers as they are; pydantic would take "3" and true for numbers, too."""
    if isinstance(value, str | bool):
        raise ValueError("a whole number is wanted")
    return value


NUMBER = BeforeValidator(_no_text)


class Fault(BaseModel):
    """Where something is wrong, what came, and what was expected."""

    where: str
    got: str
    expected: str


class Failure(BaseModel):
    """Why there is no answer."""

    error: Fault
    errors: list[Fault] | None = None


class Run(BaseModel):
    """A run as the store knows it; times are Unix time, `progress` is the first tick not yet recorded."""

    run: int
    scenario: str
    policy: str
    currency: str
    state: RunState
    failure: str | None
    days: int
    seed: int
    start_day: int
    ticks: int
    progress: int
    started_s: float
    heartbeat_s: float
    group: str | None
    hardware: str | None
    net_cost: float | None


class RunDetail(Run):
    """The same, with its scenario as it was written, what the command line changed, and its summary if it is done."""

    components: list[str]
    overrides: dict[str, str]
    versions: dict[str, str]
    text: str
    summary: dict[str, Any] | None


class RunList(BaseModel):
    """One page of runs, newest first, out of `total`."""

    total: int
    runs: list[Run]


class Ticks(BaseModel):
    """One page of a run's columns; the next begins at tick `next`."""

    run: int
    next: int | None
    columns: dict[str, list[float | int | str | None]]


class EnergyDay(BaseModel):
    """What was used and produced in a day [J]."""

    day: int
    start_s: float
    ticks: int
    used_j: float
    produced_j: float


class TradeDay(BaseModel):
    """What was bought and sold in a day [J], and what that earned in the run's currency."""

    day: int
    start_s: float
    ticks: int
    bought_j: float
    sold_j: float
    earnings: float


class EnergyLog(BaseModel):
    """A row per day."""

    run: int
    days: list[EnergyDay]


class TradeLog(BaseModel):
    """A row per day."""

    run: int
    currency: str
    days: list[TradeDay]


class NewRun(BaseModel):
    """A run to start: a scenario of the server's folder by name; what is left out is as the scenario says."""

    model_config = ConfigDict(extra="forbid")

    scenario: str = Field(pattern=Name, examples=["lab_day"])
    policy: str | None = Field(None, max_length=60, examples=["milp:mean5"])
    days: Annotated[int, Field(ge=1, le=100_000), NUMBER] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1), NUMBER] | None = None
    sets: list[str] = Field(default=[], max_length=50, examples=[["storage.capacity=12kWh"]])


class Started(BaseModel):
    """The number of a run that has begun."""

    run: int


class Health(BaseModel):
    """Whether the store can be read."""

    status: Literal["ok"]
    runs: int
    under_way: list[int]


def run_fields(row: RunRow) -> dict[str, Any]:
    """The fields of `Run`."""
    header, summary = row.header, row.summary or {}
    names = ("scenario", "policy", "currency", "days", "seed", "start_day", "ticks", "group", "hardware")
    own = ("state", "failure", "progress", "started_s", "heartbeat_s")
    fields = {name: getattr(header, name) for name in names} | {name: getattr(row, name) for name in own}
    return fields | {"run": row.id, "net_cost": finite(summary.get("net_cost"))}


def detail(row: RunRow) -> RunDetail:
    """All that is known of a run as a whole."""
    header = row.header
    more = {"components": list(header.components), "text": header.text, "summary": row.summary}
    return RunDetail(**run_fields(row), **more, overrides=dict(header.overrides), versions=dict(header.versions))


def plain(columns: Columns) -> dict[str, list[Any]]:
    """Columns as lists without NaN: None is what JSON has for it."""
    return {name: [finite(value) for value in column.tolist()] for name, column in columns.items()}


def finite(value: Any) -> Any:
    """The value, or None for a number that JSON does not know."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows_of(columns: Mapping[str, Iterable[Any]]) -> Iterable[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)

"""A scenario: its model in SI units, and how it is loaded."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ValidationInfo, field_validator

from twin.currencies import CURRENCIES, Currency
from twin.errors import ScenarioError, nearest
from twin.facts import Calendar
from twin.scenario.agreement import faults_of
from twin.scenario.checking import Fault, Section, check
from twin.scenario.forecast import Forecasting
from twin.scenario.loader import Node, bare, compose, override, read_text, shown
from twin.scenario.quantities import Duration, Penalty
from twin.scenario.sections import Demand, Guard, Load, Market, Server, Solar
from twin.scenario.storages import Storage
from twin.scenario.tasks import Tasks, has_24_hours
from twin.scenario.words import Count, DayNumber, Text, TimeZone, Whole, entries, is_date, one_or_more, text_of

POLICIES = ("none", "rule", "milp", "stochastic", "oracle")
UNGUIDED = ("none", "rule", "oracle")
"""Policies that ask no forecaster."""
LEARNING = ("seasonal", "ridge", "evolved")
FORECASTERS = ("persistence", *LEARNING, "perfect")
"""Beside them, `mean1` to `mean60`."""
MAX_PARTS = 20
"""Arrays, and storages."""
SHIPPED = Path(__file__).resolve().parents[2] / "scenarios"


def _forecaster(value: object) -> str:
    text = text_of(value)
    if not re.fullmatch(f"{'|'.join(FORECASTERS)}|mean([1-9]|[1-5][0-9]|60)", text):
        known = f"one of {', '.join(FORECASTERS)}, mean1 to mean60 is wanted"
        raise ValueError(f"{shown(text)} is no forecaster; {nearest(text, FORECASTERS, known)}")
    return text


def policy_name(value: object) -> str:
    """A policy's name as `NAME` or `NAME:FORECASTER`; raises ValueError."""
    text = text_of(value)
    name, colon, forecaster = text.partition(":")
    if name not in POLICIES:
        known = f"one of {', '.join(POLICIES)} is wanted"
        raise ValueError(f"{shown(text)} is no policy; {nearest(name, POLICIES, known)}")
    if colon and name in UNGUIDED:
        raise ValueError(f"{shown(text)} names a forecaster; {name!r} alone is wanted, for it asks none")
    return f"{name}:{_forecaster(forecaster)}" if colon else name


def _currency(value: object) -> str:
    text = text_of(value)
    if text not in CURRENCIES:
        known = "a code of ISO 4217 is wanted, for example 'EUR' or 'USD'"
        raise ValueError(f"{shown(text)}; {nearest(text, CURRENCIES, known)}")
    return text


class Scenario(Section):
    """A checked scenario; every quantity is in SI units, every price in money per joule."""

    name: Text = ""
    about: Text = ""
    currency: Annotated[Currency, BeforeValidator(_currency)]
    tick: Duration
    ticks_per_day: Count
    start_day: DayNumber
    days: Count
    history_days: Whole = 0
    horizon: Count | None = None
    horizon_end: Literal["rolling", "day_end"] = "rolling"
    seed: Whole = 0
    timezone: TimeZone = "UTC"
    unserved_price: Penalty
    policy: Annotated[str, BeforeValidator(policy_name)] = "milp"
    forecaster: Annotated[str, BeforeValidator(_forecaster)] = "persistence"
    forecast: Forecasting = Forecasting()
    guard: Guard = Guard()
    step: Duration | None = None
    solar: Annotated[tuple[Solar, ...], one_or_more(MAX_PARTS)] = ()
    loads: Annotated[tuple[Load, ...], entries(100)]
    demand: Demand | None = None
    tasks: Tasks | None = None
    storage: Annotated[tuple[Storage, ...], one_or_more(MAX_PARTS)] = ()
    market: Market
    server: Server | None = None

    @field_validator("start_day", mode="before")
    @classmethod
    def _dates_need_24_hours(cls, value: object, info: ValidationInfo) -> object:
        known = {"tick", "ticks_per_day"} <= info.data.keys()
        if is_date(value) and known and not has_24_hours(info.data["tick"], info.data["ticks_per_day"]):
            hours = info.data["tick"] * info.data["ticks_per_day"] / 3600
            raise ValueError(f"{value!r} counts days of 24 h; tick × ticks_per_day is {hours:g} h: count such days")
        return value

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.tick, self.ticks_per_day, self.start_day, self.steps)

    @property
    def horizon_ticks(self) -> int:
        """How far a plan looks, by default a day."""
        return self.horizon or self.ticks_per_day

    @property
    def time_limit_s(self) -> float:
        """The wall time of one decision, by default 30 % of a tick."""
        return self.guard.time_limit or 0.3 * self.tick

    @property
    def steps(self) -> int:
        """The steps of a tick."""
        return 1 if self.step is None else round(self.tick / self.step)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each load's share of the base demand: by default an equal one for those without a demand of their own."""
        sharing = sum(load.demand is None for load in self.loads)
        return tuple((0.0 if load.demand else 1 / sharing) if load.share is None else load.share for load in self.loads)

    @property
    def kinds(self) -> dict[str, str]:
        """Where the outside's facts come from, by the path of the section that says so."""
        sections: dict[str, Solar | Demand | Tasks | None] = {"demand": self.demand, "tasks": self.tasks}
        sections |= {f"solar.{index}": array for index, array in enumerate(self.solar)}
        sections |= {f"loads.{index}.demand": load.demand for index, load in enumerate(self.loads)}
        named = {key: section.kind for key, section in sections.items() if section is not None}
        return named | {"market.prices": self.market.prices.kind}

    @property
    def is_live(self) -> bool:
        """Whether a server is asked, so that time is real."""
        return "http" in self.kinds.values()

    def faults(self) -> Iterator[Fault]:
        yield from faults_of(self)


def split_policy(policy: str, forecaster: str) -> tuple[str, str]:
    """The names in `NAME` or `NAME:FORECASTER`; without one, the forecaster given is taken."""
    name, _, own = policy.partition(":")
    return name, own or forecaster


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with what it was made of, so that a run can be made again: `load_text` takes the same."""

    model: Scenario
    text: str
    path: Path
    overrides: tuple[str, ...]


def load_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Loaded:
    """The scenario in a file, or of a shipped file's bare name; raises ScenarioError, or Errors for several."""
    found = _find(Path(path))
    return load_text(read_text(found), str(found), found.parent, overrides)


def load_text(text: str, where: str, base: Path, overrides: Sequence[str] = ()) -> Loaded:
    """The scenario in a text; `where` names it in errors, and `base` is the folder its files are sought from."""
    tree = compose(text, where)
    for assignment in overrides:
        tree = override(tree, assignment)
    path = base.resolve() / Path(where).name
    model = check(tree, Scenario, {"currencies": _currencies(tree), "base": path.parent})
    named = model if model.name else model.model_copy(update={"name": path.stem})
    return Loaded(named, text, path, tuple(overrides))


def _currencies(tree: Node) -> tuple[str, ...]:
    """The currency of the tree's prices; all there are if the tree does not say."""
    written = tree.value.get("currency") if isinstance(tree.value, dict) else None
    return (str(written.value),) if written is not None and written.value in CURRENCIES else CURRENCIES


def _find(path: Path) -> Path:
    """The file itself if it is there, else the shipped one of that name."""
    if path.suffix or len(path.parts) != 1 or os.path.isfile(path):
        return path
    shipped = {file.stem: file for file in sorted(SHIPPED.glob("*.yaml"))}
    if path.name in shipped:
        return Path(os.path.relpath(shipped[path.name]))
    if os.path.exists(path):
        return path
    known = f"shipped are {', '.join(shipped)}"
    raise ScenarioError(bare(path.name), "no such file", nearest(path.name, shipped, known))

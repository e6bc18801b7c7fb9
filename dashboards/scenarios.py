"""The scenarios folder: what is in it, whether a text would be fine there, and new files in it. Nothing outside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from dashboards.jobs import Order
from twin.errors import Errors, ScenarioError, TwinError
from twin.scenario.launch import look_over
from twin.scenario.loader import MAX_BYTES, read_text
from twin.scenario.schema import Loaded, load_text

NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,59}"
MOST_TICKS = 500_000
"""In a run that is checked or started here: 14 years of quarter hours. Already the check of a longer one takes long."""
PLACE = re.compile(r":(\d+):(\d+)(?:: (.*))?$")


class NoScenario(ScenarioError):
    """A name that no scenario of the folder has."""


class Remark(NamedTuple):
    """An error of the checker, and the line and column of the text that it speaks of (0 where it names none)."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The YAML files of one folder, by name. Its errors are ScenarioErrors."""

    folder: Path

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.yaml") if re.fullmatch(NAME, path.stem))

    def text(self, name: str) -> str:
        path = self._path(name)
        if not path.exists():
            raise NoScenario("scenario", f"there is none by the name {name}", f"there are {', '.join(self.names())}")
        return read_text(path)

    def order(self, name: str, changes: Mapping[str, object], sets: Sequence[str] = ()) -> Order:
        """A run to start, checked; `changes` are those of `policy`, `days` and `seed`, where not None."""
        given = {key: value for key, value in changes.items() if value is not None}
        path = self._path(name)
        self._checked(self.text(name), path.name, [*sets, *(f"{key}={value}" for key, value in given.items())])
        policy = given.pop("policy", None)
        everything = (*sets, *(f"{key}={value}" for key, value in given.items()))
        return Order(str(path), None if policy is None else str(policy), everything)

    def remarks(self, text: str) -> list[Remark]:
        """What the checker says of a text that is to be saved here."""
        try:
            self._checked(text, "scenario.yaml")
        except TwinError as error:
            return [_remark(one) for one in (error.errors if isinstance(error, Errors) else [error])]
        return []

    def save(self, name: str, text: str) -> Path:
        """A new file of that name; one that is there already is never written over."""
        if not name:
            raise ScenarioError("name", "is missing", "write one for the new file, without '.yaml'")
        path = self._path(name)
        self._checked(text, path.name)
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            raise ScenarioError(path.name, "is there already", "choose another name") from None
        except OSError as error:
            raise ScenarioError(path.name, error.strerror or str(error), "the folder must be writable") from error
        return path

    def _path(self, name: str) -> Path:
        if not re.fullmatch(NAME, name):
            raise ScenarioError("name", f"{name[:60]!r} is no name", "letters, digits, - and _ are wanted, 60 at most")
        return self.folder / f"{name}.yaml"

    def _checked(self, text: str, where: str, sets: Sequence[str] = ()) -> Loaded:
        size = len(text.encode("utf-8", "replace"))
        if size > MAX_BYTES:
            raise ScenarioError(where, f"has {size} bytes", f"at most {MAX_BYTES} are wanted")
        loaded = load_text(text, where, self.folder, sets)
        _check_length(where, loaded)
        for path in _files(loaded.model):
            if not path.resolve().is_relative_to(self.folder.resolve()):
                raise ScenarioError(where, f"names the file {path.name}", "only files in the scenarios folder are read")
        look_over(loaded)
        return loaded


def _check_length(where: str, loaded: Loaded) -> None:
    days, per_day = loaded.model.days, loaded.model.ticks_per_day
    if days * per_day > MOST_TICKS:
        most = (
            f"the app runs at most {MOST_TICKS} ticks, here {MOST_TICKS // per_day} days; `twin run` has no such limit"
        )
        raise ScenarioError(f"{where}: days", f"{days} days are {days * per_day} ticks", most)


def _files(section: BaseModel) -> Iterator[Path]:
    """The files that a section names, and those of its parts."""
    for value in section.__dict__.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, BaseModel):
                yield from _files(part)
            elif isinstance(part, Path) or (isinstance(part, str) and Path(part).is_absolute()):
                yield Path(part)


def _remark(error: TwinError) -> Remark:
    place = PLACE.search(error.where)
    line, column, key = place.groups() if place else (0, 0, "")
    said = f"{error.got}; {error.expected}" if error.expected else error.got
    return Remark(int(line), int(column), f"{key}: {said}" if key else said)

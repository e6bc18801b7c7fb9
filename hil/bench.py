"""A bench: the boards on a table and the ports they are found at; checked like a scenario."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from twin.errors import ScenarioError
from twin.scenario.checking import Fault, Section, check
from twin.scenario.loader import bare, compose, read_text, shown
from twin.scenario.quantities import Current, Duration, Energy, Power, Voltage
from twin.scenario.schema import SHIPPED
from twin.scenario.words import Count, Name, Text, YesNo, entries, text_of

BENCHES = SHIPPED / "benches"
KEY_DIGITS = 32
"""Of 4 bits each."""
KEY_VARIETY = 6
"""So many different digits are in all but one of 10¹² keys made by chance."""
MAKER = "python3 -c 'import secrets; print(secrets.token_hex(16))'"
A_KEY = f"{KEY_DIGITS} or more hexadecimal digits are wanted, as {MAKER} makes them"
PORTS = "write a device, virtual:NAME, socket://HOST:PORT, listen://:PORT/NAME or replay:RUN"
Role = Literal["solar", "storage", "load", "grid"]
ROLE_OF: dict[str, Role] = {"solar": "solar", "storage": "storage", "market": "grid"}
"""What kind of board stands in for a component of that name; others are loads, unless the bench says otherwise."""


def _port(value: object) -> str:
    text = text_of(value)
    forms = (
        r"/\S+",
        r"virtual:[a-z][a-z0-9_]*",
        r"socket://[^/:\s]+:[0-9]{1,5}",
        r"listen://[^/:\s]*:[0-9]{1,5}/[\w-]+",
        r"replay:([0-9]+|last)",
    )
    if not any(re.fullmatch(form, text) for form in forms):
        raise ValueError(f"{shown(text)} is no port; {PORTS}")
    number = re.search(r":([0-9]+)(/|$)", text) if "://" in text else None
    if number and not 0 < int(number[1]) < 65536:
        raise ValueError(f"{shown(text)} has no such port; 1 to 65535 is wanted")
    return text


def _key(value: object) -> str:
    """A key, or that in the environment variable named by `$NAME`, so that it need not be in the file."""
    found = text = text_of(value)
    if text.startswith("$"):
        if text[1:] not in os.environ:
            raise ValueError(f"{text} is not set in the environment; in it {A_KEY}")
        found = os.environ[text[1:]]
    if weakness := _weakness(found):
        raise ValueError(f"{weakness}; {A_KEY}")
    return found


def _weakness(key: str) -> str | None:
    """Why a key could be guessed: frames signed with it are on the air, and in the store."""
    if len(key) < KEY_DIGITS:
        return f"has {len(key)} characters"
    if not re.fullmatch("[0-9a-fA-F]+", key):
        return "has a character that is no hexadecimal digit"
    return "repeats a few digits" if len(set(key.lower())) < KEY_VARIETY else None


Port = Annotated[str, BeforeValidator(_port)]
Key = Annotated[str, BeforeValidator(_key)]


class BoardLimits(Section):
    """Beyond these a reading is not believed, and nothing is asked of the board. SI units."""

    power: Power
    voltage: Voltage | None = None
    current: Current | None = None
    energy: Energy | None = None


class Board(Section):
    """One board: what it stands for, where it is, and when it is believed."""

    component: Name
    port: Port
    limits: BoardLimits
    name: Name | None = None
    firmware: Text | None = None
    baud: Count = 115200
    deadline: Duration | None = None
    good_frames: Count = 2
    stuck_ticks: Count = 5
    key: Key | None = None
    virtual: YesNo = False
    stands_for: Role | None = Field(default=None, alias="role")

    @property
    def called(self) -> str:
        """The name it must give: its own, else the one in its port, else its component's."""
        return self.name or self._name_in_port or self.component

    @property
    def _name_in_port(self) -> str | None:
        found = re.fullmatch(r"(?:virtual:|listen:.*/)(.+)", self.port)
        return found and found[1]

    @property
    def role(self) -> Role:
        """What kind of board it is: as the bench says, else by its component's name."""
        return self.stands_for or ROLE_OF.get(self.component, "load")

    @property
    def is_virtual(self) -> bool:
        """Whether `twin boards` starts it."""
        return self.virtual or self.port.startswith("virtual:")

    @property
    def is_replay(self) -> bool:
        return self.port.startswith("replay:")

    @property
    def is_networked(self) -> bool:
        return self.port.startswith(("socket:", "listen:"))

    def deadline_s(self, tick_s: float) -> float:
        """How long after a boundary a reading may come [wall s]; by default 40 % of a tick, at most 0.5 s."""
        return self.deadline or min(0.4 * tick_s, 0.5)

    def faults(self) -> Iterator[Fault]:
        if self.is_networked and self.key is None:
            yield Fault("key", "a board on a network needs one")
        if self.called != (self._name_in_port or self.called):
            yield Fault("name", f"{self._name_in_port} is wanted, as the port says")
        if self.virtual and not self.is_networked and not self.port.startswith("virtual:"):
            yield Fault("virtual", "virtual:NAME or an address is wanted as the port of a virtual board")


class Bench(Section):
    """A checked bench; without a name it has its file's."""

    name: Text = ""
    about: Text = ""
    boards: Annotated[tuple[Board, ...], entries(50)]

    def faults(self) -> Iterator[Fault]:
        if self.name and not re.fullmatch(r"[\w-]+", self.name):
            yield Fault("name", "letters, digits, _ and - are wanted")
        for index, board in enumerate(self.boards):
            before = self.boards[:index]
            if board.component in [other.component for other in before]:
                yield Fault(f"boards.{index}.component", "one board for each is wanted; this one is taken")
            elif board.is_replay:
                continue
            elif board.port in [other.port for other in before]:
                yield Fault(f"boards.{index}.port", "one board for each is wanted; this one is taken")
            elif board.called in [other.called for other in before]:
                yield Fault(
                    f"boards.{index}.component", f"another board is named {board.called} already; name this one"
                )

    @property
    def is_replay(self) -> bool:
        """Whether every board is played back."""
        return all(board.is_replay for board in self.boards)

    def only(self, boards: Sequence[Board]) -> "Bench":
        """The same with some of its boards."""
        return self.model_copy(update={"boards": tuple(boards)})


def load_bench(named: str) -> tuple[Bench, Path]:
    """The bench in a file, or of a shipped file's bare name, and where it is; raises ScenarioError or Errors."""
    path = _find(Path(named))
    bench = check(compose(read_text(path), str(path)), Bench)
    return (bench if bench.name else bench.model_copy(update={"name": path.stem})), path.resolve()


def _find(path: Path) -> Path:
    if path.suffix or len(path.parts) != 1 or os.path.isfile(path):
        return path
    shipped = {file.stem: file for file in sorted(BENCHES.glob("*.yaml"))}
    if path.name in shipped:
        return Path(os.path.relpath(shipped[path.name]))
    raise ScenarioError(bare(path.name), "no such bench", f"shipped are {', '.join(shipped)}")

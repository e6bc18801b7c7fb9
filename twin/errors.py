"""Errors that say where, what came and what was expected."""

from collections.abc import Iterable
from difflib import get_close_matches


class TwinError(Exception):
    """A failure that a user can act on.

    `where` names the place (file, line, component), `got` what came, `expected` what would have been right.
    """

    def __init__(self, where: str, got: str, expected: str = "") -> None:
        super().__init__(where, got, expected)
        self.where = where
        self.got = got
        self.expected = expected

    def __str__(self) -> str:
        tail = f"; {self.expected}" if self.expected else ""
        return f"{self.where}: {self.got}{tail}"


class ScenarioError(TwinError):
    """A scenario, an override or a trace file that cannot be run as it is."""


class FeedError(TwinError):
    """A feed that gives no believable answer."""


class PlanError(TwinError):
    """A plan that cannot be made."""


class LinkError(TwinError):
    """A board that cannot be reached or understood."""


class ClockError(TwinError):
    """A run that fell behind the clock and was told to stop then."""


class StoreError(TwinError):
    """A run store that cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """A run store that holds what no run wrote."""


class OtherWriterError(StoreError):
    """A run that another process writes, too."""


class StoreRequestError(StoreError):
    """Something asked of a store that it does not have: a run, a table, a file format."""


class NoStoreError(StoreRequestError):
    """A store that is to be read and is not there yet."""


class Errors(TwinError):
    """Several errors found in one look, each on its own line."""

    def __init__(self, errors: "list[TwinError]") -> None:
        first = errors[0]
        super().__init__(first.where, first.got, first.expected)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """The known name that a word was probably meant to be; else what to say otherwise."""
    close = get_close_matches(word[:60], known, 1)
    return f"did you mean {close[0]!r}?" if close else otherwise

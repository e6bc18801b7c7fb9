"""From the text of a file to a tree that knows its places, for scenarios and benches alike. The one door of yaml.

YAML is hostile ground: what could run code, grow or surprise is refused, and every plain value stays as it was written.
"""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from twin.errors import ScenarioError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 20_000
LONGEST_QUOTE = 60
EMPTY = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the place it was written at; a plain value that is empty or `null` is None."""

    where: str
    value: "str | dict[str, Node] | list[Node] | None"

    def plain(self) -> object:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


def shown(text: str) -> str:
    """A text as errors quote it: what cannot be printed escaped, what is long cut."""
    return repr(text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…")


def bare(text: str) -> str:
    """The same without its quotes, for paths."""
    return shown(text)[1:-1]


def read_text(path: Path) -> str:
    """The text of a file of at most 1 MB; raises ScenarioError for whatever is not one."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ScenarioError(str(path), f"is {kind}", "a YAML file is wanted")
        if status.st_size > MAX_BYTES:
            raise ScenarioError(str(path), f"has {status.st_size} bytes", f"at most {MAX_BYTES} are read")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(str(path), f"is not UTF-8 text (byte {error.start})", "a YAML file is wanted") from error
    except OSError as error:
        raise ScenarioError(str(path), error.strerror or str(error), "a readable YAML file is wanted") from error
    except ValueError as error:  # a null byte in the name
        raise ScenarioError(bare(str(path)), "cannot be the name of a file") from error


def compose(text: str, where: str) -> Node:
    """The tree of the one document in a text; `where` names the text in places and errors."""
    events = _events(text, where)
    try:
        return _Composer(events, where).document()
    except yaml.MarkedYAMLError as error:
        place = _place(where, error.problem_mark or error.context_mark or events.get_mark())
        raise ScenarioError(place, f"is not YAML: {error.problem or error.context}") from error
    except (ValueError, ArithmeticError, LookupError) as error:  # what the parser lets slip, as for "\U7fffffff"
        raise ScenarioError(_place(where, events.get_mark()), f"is not YAML: {error}") from error


def override(tree: Node, assignment: str) -> Node:
    """The tree with the plain value of `PATH=VALUE` in its place; mappings missing on the way are made."""
    where = f"--set {bare(assignment)}"
    path, equals, value = (part.strip() for part in assignment.partition("="))
    steps = path.split(".")
    if not equals or not all(steps) or len(steps) > MAX_DEPTH or _is_broken(assignment):
        raise ScenarioError(where, "is not PATH=VALUE", "write for example --set storage.capacity=12kWh")
    return _planted(tree, steps, Node(where, None if value in EMPTY else value))


def _planted(node: Node, steps: list[str], leaf: Node) -> Node:
    if not steps:
        return leaf
    step, *rest = steps
    if isinstance(node.value, str):
        raise ScenarioError(leaf.where, f"{shown(step)} would be a part of {shown(node.value)}", "which has no parts")
    if isinstance(node.value, list):
        places = [place for place, item in enumerate(node.value) if step in (str(place), _name_of(item))]
        if not places:
            names = ", ".join(_name_of(item) or str(place) for place, item in enumerate(node.value))
            raise ScenarioError(leaf.where, f"there is no entry {shown(step)}", f"of {len(node.value)}: {names}")
        entries = list(node.value)
        entries[places[0]] = _planted(entries[places[0]], rest, leaf)
        return Node(node.where, entries)
    known = node.value or {}
    return Node(node.where, known | {step: _planted(known.get(step, Node(leaf.where, {})), rest, leaf)})


def _name_of(item: Node) -> str | None:
    """The name of a list's entry, if it has one."""
    name = item.value.get("name") if isinstance(item.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else None


class _Parser(Protocol):
    """What we use of PyYAML's loader, whose own types leave these out."""

    def get_event(self) -> Any: ...

    def peek_event(self) -> Any: ...

    def get_mark(self) -> Any: ...


def _events(text: str, where: str) -> _Parser:
    # The C parser dies on deep nesting; this one hands out events, so that the depth is ours to bound.
    try:
        return yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position].split("\n")
        place = f"{where}:{len(before)}:{len(before[-1]) + 1}"
        raise ScenarioError(place, f"is not text: {error.reason}", "a YAML file is wanted") from error


def _place(where: str, mark: Any) -> str:
    return f"{where}:{mark.line + 1}:{mark.column + 1}"


def _is_broken(text: str) -> bool:
    """Whether a text holds half a character (a lone surrogate), which nothing can print."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)


class _Composer:
    """Builds nodes from the parser's events, one after the other."""

    def __init__(self, events: _Parser, where: str) -> None:
        self.events = events
        self.where = where
        self.nodes = 0

    def document(self) -> Node:
        self.events.get_event()  # the start of the stream
        if isinstance(self.events.peek_event(), yaml.StreamEndEvent):
            raise ScenarioError(self.where, "is empty", "keys and values are wanted")
        self.events.get_event()
        root = self._node(depth=1)
        self.events.get_event()
        if not isinstance(self.events.peek_event(), yaml.StreamEndEvent):
            raise self._error(self.events.peek_event(), "a second document begins", "one file holds one document")
        return root

    def _node(self, depth: int) -> Node:
        event = self.events.get_event()
        self._refuse(event, depth)
        place = _place(self.where, event.start_mark)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(place, self._mapping(depth))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(place, self._sequence(depth))
        empty = event.style is None and event.value in EMPTY
        return Node(place, None if empty else event.value)

    def _mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(start := self.events.peek_event(), yaml.MappingEndEvent):
            key = self._key()
            if key in found:
                raise self._error(start, f"{shown(key)} is written twice", f"first at {found[key].where}")
            found[key] = self._node(depth + 1)
        self.events.get_event()
        return found

    def _key(self) -> str:
        event = self.events.get_event()
        self._refuse(event, depth=1)
        if not isinstance(event, yaml.ScalarEvent) or (event.style is None and event.value in (*EMPTY, "<<")):
            raise self._error(event, "the key is not a name", "write 'name: value'")
        return str(event.value)

    def _sequence(self, depth: int) -> list[Node]:
        found = []
        while not isinstance(self.events.peek_event(), yaml.SequenceEndEvent):
            found.append(self._node(depth + 1))
        self.events.get_event()
        return found

    def _refuse(self, event: Any, depth: int) -> None:
        """Raises ScenarioError for what a file of ours never needs."""
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._error(event, "is an anchor or an alias", "write the value out")
        if event.tag is not None:
            raise self._error(event, f"has the tag {shown(event.tag)}", "write the value without a tag")
        if depth > MAX_DEPTH:
            raise self._error(event, f"is nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise self._error(event, f"is one value too many; a file holds at most {MAX_NODES}")
        if isinstance(event, yaml.ScalarEvent) and _is_broken(event.value):
            raise self._error(event, "holds half a character", "write the character itself")

    def _error(self, event: Any, got: str, expected: str = "") -> ScenarioError:
        return ScenarioError(_place(self.where, event.start_mark), got, expected)

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from twin.errors import Errors, ScenarioError
from twin.scenario.checking import Section, check
from twin.scenario.loader import MAX_BYTES, Node, compose, override, read_text
from twin.scenario.quantities import Energy
from twin.scenario.words import Whole


class Cell(Section):
    kind: Literal["cell"]
    capacity: Energy


class Wheel(Section):
    kind: Literal["wheel"]
    speed: Whole


class Bench(Section):
    name: str
    parts: tuple[Annotated[Cell | Wheel, Field(discriminator="kind")], ...] = ()
    limit: Energy | None = None


def test_a_scalar_stays_as_it_was_written() -> None:
    text = "{a: yes, b: 12:30, c: 0x10, d: 1e3, e: '', f: 'null', g: 2023-06-05}"
    assert compose(text, "f").plain() == {
        "a": "yes",
        "b": "12:30",
        "c": "0x10",
        "d": "1e3",
        "e": "",
        "f": "null",
        "g": "2023-06-05",
    }


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none(nothing: str) -> None:
    assert compose(f"a: {nothing}\nb: c", "f").plain() == {"a": None, "b": "c"}


def test_every_node_knows_its_place() -> None:
    tree = compose("a: 1\nb:\n  - x\n  - {c: 2}\n", "f")
    assert isinstance(tree.value, dict)
    assert (tree.where, tree.value["a"].where, tree.value["b"].where) == ("f:1:1", "f:1:4", "f:3:3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: is empty; keys and values are wanted"),
        ("# nothing\n", "f: is empty; keys and values are wanted"),
        ("a: [1", "f:1:6: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n\tb: 2", "f:2:1: is not YAML: found character '\\t' that cannot start any token"),
        ("a: &x 1", "f:1:4: is an anchor or an alias; write the value out"),
        ("a: *x", "f:1:4: is an anchor or an alias; write the value out"),
        ("*x : 1", "f:1:1: is an anchor or an alias; write the value out"),
        ("a: !!python/name:os.system", "f:1:4: has the tag 'tag:yaml.org,2002:python/name:os.system'"),
        ("a: 1\na: 2", "f:2:1: 'a' is written twice; first at f:1:4"),
        ("<<: {a: 1}", "f:1:1: the key is not a name; write 'name: value'"),
        ("~: 1", "f:1:1: the key is not a name; write 'name: value'"),
        ("? [a]\n: 1", "f:1:3: the key is not a name; write 'name: value'"),
        ("a\n---\nb", "f:2:1: a second document begins; one file holds one document"),
        ("a: \0", "f:1:4: is not text: special characters are not allowed"),
        ('a: "\\ud800"', "f:1:4: holds half a character"),
        ('a: "\\U7fffffff"', "f:1:7: is not YAML: chr() arg not in range(0x110000)"),
        (f"%YAML {5000 * '9'}.1\n--- a", "f:1:7: is not YAML: Exceeds the limit"),
        (100_000 * "[", "f:1:21: is nested deeper than 20 levels"),
        (100_000 * "{", "f:1:2: the key is not a name"),
        (100_000 * "- ", "f:1:41: is nested deeper than 20 levels"),
        (30_000 * "- a\n", "f:20000:3: is one value too many; a file holds at most 20000"),
    ],
)
def test_hostile_yaml_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        compose(text, "f")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n"), "is not UTF-8 text (byte 0)"),
        (
            lambda path: (path.touch(), os.truncate(path, 100 * MAX_BYTES)),
            "has 100000000 bytes; at most 1000000 are read",
        ),
    ],
)
def test_only_a_small_text_file_is_read(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    make(tmp_path / "f.yaml")
    with pytest.raises(ScenarioError) as caught:
        read_text(tmp_path / "f.yaml")
    assert str(caught.value).startswith(f"{tmp_path}/f.yaml: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nam: x\nname: y", "f:1:6: nam: unknown key; did you mean 'name'?"),
        ("zzz: x\nname: y", "f:1:6: zzz: unknown key; one of limit, name, parts is wanted"),
        ("limit: 5 J", "f:1:1: name: is missing; needed are name"),
        ("name:", "f:1:6: name: is empty; a text is wanted"),
        ("name: [x]", "f:1:7: name: is a list of 1; a text is wanted"),
        ("name: x\nlimit: 5", "f:2:8: limit: '5' has no unit; write for example '5 J' or '10 kWh'"),
        ("name: x\nlimit: {}", "f:2:8: limit: is not a plain value; a single value is wanted"),
        ("name: x\nparts: y", "f:2:8: parts: 'y'; a list is wanted"),
        ("name: x\nparts: [y]", "f:2:9: parts.0: 'y'; a mapping of keys and values is wanted"),
        ("name: x\nparts: [{kind: cel}]", "f:2:16: parts.0.kind: 'cel'; did you mean 'cell'?"),
        ("name: x\nparts: [{kind: ufo}]", "f:2:16: parts.0.kind: 'ufo'; one of cell, wheel is wanted"),
        ("name: x\nparts: [{speed: 1}]", "f:2:9: parts.0.kind: is missing; one of cell, wheel is wanted"),
        ("name: x\nparts: [{kind: cell}]", "f:2:9: parts.0.capacity: is missing; needed are kind, capacity"),
        (
            "name: x\nparts: [{kind: cell, capacity: 5 J, cell: 1}]",
            "f:2:43: parts.0.cell: unknown key; one of capacity, kind is wanted",
        ),
        ("[]", "f:1:1: is a list of 0; a mapping of keys and values is wanted"),
    ],
)
def test_an_error_says_where_what_came_and_what_is_wanted(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check(compose(text, "f"), Bench)
    assert str(caught.value) == message


def test_all_errors_of_a_file_come_at_once() -> None:
    with pytest.raises(Errors) as caught:
        check(compose("nam: x\nlimit: 5\nparts: [{kind: wheel, speed: 1.0}]", "f"), Bench)
    assert sorted(error.where for error in caught.value.errors) == [
        "f:1:1: name",
        "f:1:6: nam",
        "f:2:8: limit",
        "f:3:30: parts.0.speed",
    ]


def tree() -> Node:
    return compose("name: x\nparts: [{kind: cell, capacity: 5 J}]", "f")


@pytest.mark.parametrize(
    ("assignment", "found"),
    [
        ("name=y", {"name": "y"}),
        ("limit = 12kWh", {"limit": "12kWh"}),
        ("name=a=b", {"name": "a=b"}),
        ("limit=", {"limit": None}),
        ("parts.0.capacity=9 J", {"parts": [{"kind": "cell", "capacity": "9 J"}]}),
        ("guard.time.limit=1 s", {"guard": {"time": {"limit": "1 s"}}}),
    ],
)
def test_an_override_takes_its_place_in_the_tree(assignment: str, found: dict[str, object]) -> None:
    before = tree().plain()
    assert isinstance(before, dict)
    assert override(tree(), assignment).plain() == before | found


@pytest.mark.parametrize("assignment", ["", "name", "=x", "a..b=x", ".=x", f"{50 * 'a.'}b=x", "name=\udcff"])
def test_an_override_is_path_and_value(assignment: str) -> None:
    with pytest.raises(ScenarioError, match="is not PATH=VALUE"):
        override(tree(), assignment)


@pytest.mark.parametrize("assignment", ["parts.1.speed=1", "parts.x=1", "parts.-1=1", "name.x=1"])
def test_an_override_leads_somewhere(assignment: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        override(tree(), assignment)
    assert caught.value.where == f"--set {assignment}"


@pytest.mark.parametrize("assignment", ["limit=5", "parts.0.capacity=5 W", "nam=x", "parts.0.kind=ufo"])
def test_an_error_in_an_override_names_it(assignment: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check(override(tree(), assignment), Bench)
    assert caught.value.where.startswith(f"--set {assignment}: ")

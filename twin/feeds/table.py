"""A CSV file's rows with their line numbers."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

from twin.errors import ScenarioError

_LARGEST_BYTES = 100_000_000
_QUOTED = re.compile('"[^"]*"')


class Row(NamedTuple):
    """The cells of a line, as text."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """The head and the rows of a file, all as wide as the head. `separator` stands between cells."""

    path: str
    separator: str
    head: Row
    rows: list[Row]


def read_table(path: str) -> Table:
    """A file whose cells are separated by commas, semicolons or tabs; blank lines are skipped."""
    # Newlines of every kind end a line, so that a row's number is what an editor shows.
    lines = _text(path).splitlines()
    separator = _separator(next((line for line in lines if line.strip()), ""))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        for cells in reader:
            if cells:
                rows.append(Row(reader.line_num, cells))
                _check_width(path, rows[0], rows[-1])
    except csv.Error as error:
        raise ScenarioError(f"{path}:{reader.line_num}", str(error), "comma-separated values") from error
    if not rows:
        raise ScenarioError(path, "the file is empty", "a header and at least two rows")
    return Table(path, separator, rows[0], rows[1:])


def _separator(head: str) -> str:
    """What separates the cells of a head; spreadsheets take semicolons where a comma is the decimal mark."""
    bare = _QUOTED.sub("", head)
    return next((mark for mark in ";\t" if mark in bare), ",")


def _check_width(path: str, head: Row, row: Row) -> None:
    if len(row.cells) != len(head.cells):
        raise ScenarioError(f"{path}:{row.line}", f"{len(row.cells)} cells", f"{len(head.cells)} as in the header")


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ScenarioError(path, getattr(error, "strerror", None) or str(error), "a readable CSV file") from error
    if len(content) > _LARGEST_BYTES:
        raise ScenarioError(path, "over 100 MB", "a smaller trace, for example with longer steps")
    # What spreadsheets call Unicode text is UTF-16, and begins with its mark.
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        expected = "a CSV file in UTF-8, which spreadsheets save as 'CSV UTF-8'"
        raise ScenarioError(path, f"not text (byte {error.start} is not UTF-8)", expected) from error
    if "\0" in text:
        raise ScenarioError(path, "not text (it holds NUL bytes)", "a CSV file in UTF-8")
    return text

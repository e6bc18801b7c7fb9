"""Files that a command is told to write: what cannot be written is refused before the work, not after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.errors import ScenarioError


def refuse_unwritable(option: str, path: Path) -> None:
    """Raises ScenarioError where no file can be written."""
    folder = path.parent
    if path.is_dir():
        raise ScenarioError(f"{option} {path}", "is a folder", "a file is wanted")
    if not folder.is_dir():
        raise ScenarioError(f"{option} {path}", "its folder does not exist", "a file in a folder that is there")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ScenarioError(f"{option} {path}", "Permission denied", "a file that can be written")


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Turns what goes wrong in there into a ScenarioError."""
    try:
        yield
    except OSError as error:
        raise ScenarioError(f"{option} {path}", error.strerror or str(error), "a file that can be written") from error


def write_page(path: Path, page: str) -> None:
    """Write what `--plot` asked for."""
    with writing("--plot", path):
        path.write_text(page, encoding="utf-8")

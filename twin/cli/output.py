"""What the command shows: JSON or tables on standard output, all else on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from twin.errors import Errors, TwinError

if TYPE_CHECKING:
    from rich.console import Console

    from twin.scenario.session import Watch

WIDTH = 80
"""Where the output is no terminal, tables are this wide."""


class Output:
    """One command's voice; with `as_json` standard output carries exactly one JSON object."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._answered = False

    def result(self, data: Mapping[str, object]) -> None:
        """The command's answer as JSON."""
        self._answered = True
        print(json.dumps(data, allow_nan=False), flush=True)

    def note(self, text: str) -> None:
        """A message to the person in front."""
        print(text, file=sys.stderr)

    def line(self, text: str) -> None:
        """A line of the answer."""
        print(text)

    def failure(self, error: TwinError) -> None:
        """What went wrong, as JSON unless that is spoken for."""
        if not self.as_json or self._answered:
            self.note(str(error))
            return
        faults = [_fault(one) for one in (error.errors if isinstance(error, Errors) else [error])]
        self.result({"error": faults[0], "errors": faults} if len(faults) > 1 else {"error": faults[0]})

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
        """A table within the terminal's width; all but the first column are numbers."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        table.show_header = any(heads)
        for index, head in enumerate(heads):
            table.add_column(head, justify="right" if index else "left", no_wrap=not index)
        for row in rows:
            table.add_row(*row)
        console = _console(sys.stdout)
        console.print(title, style="bold", markup=False)
        with console.capture() as captured:
            console.print(table)
        for line in captured.get().splitlines():
            self.line(line.rstrip())

    @contextmanager
    def progress(self, title: str, unit: str = "ticks") -> "Iterator[Watch]":
        """A bar with ticks (or whatever) per second and the time left, on standard error, if that is a terminal."""
        from twin.scenario.session import Progress, nobody

        if not sys.stderr.isatty():
            yield nobody
            return
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Bar(*columns, console=_console(sys.stderr), transient=True) as bar:
            job = bar.add_task(title, total=None, rate="")

            def watch(progress: Progress) -> None:
                rate = rate_text(progress.done_here / max(progress.elapsed_s, 1e-9), unit)
                bar.update(job, total=progress.ticks, completed=progress.done, rate=rate)

            yield watch


def rate_text(per_s: float, unit: str = "ticks") -> str:
    """`1,200 ticks/s`, `2.4 ticks/s`, and `5 s a tick` where one takes longer than a second."""
    if 0.0 < per_s < 1.0:
        return f"{1.0 / per_s:.3g} s a {unit.removesuffix('s')}"
    return f"{per_s:,.{int(0.0 < per_s < 10.0)}f} {unit}/s"


def _console(file: Any) -> "Console":
    from rich.console import Console

    return Console(file=file, width=None if file.isatty() else WIDTH, highlight=False)


def _fault(error: TwinError) -> dict[str, str]:
    return {"where": error.where, "got": error.got, "expected": error.expected}

"""`twin import`: a first scenario from files."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from twin.cli.files import refuse_unwritable, writing
from twin.cli.output import Output
from twin.errors import ScenarioError
from twin.feeds.exports import converted
from twin.scenario.drafting import describe, draft, text_of
from twin.scenario.launch import look_over
from twin.scenario.schema import load_text


def import_files(output: Output, files: Sequence[Path], out: Path | None, currency: str, timezone: str) -> None:
    """Look at files, say what is in them, and write a scenario that passes `twin check`."""
    out = out or Path(f"{files[0].stem}.yaml")
    refuse_unwritable("--out", out)
    if out.exists():
        raise ScenarioError(f"--out {out}", "is there already", "a name for a new file")
    made: list[Path] = []
    with ExitStack() as undo:
        # Whatever goes wrong, a trace without its scenario is of no use.
        undo.callback(remove, made)
        traces = [_as_trace(file, out, made) for file in files]
        found = draft(traces, currency, timezone)
        text = text_of(found, out, currency, timezone)
        blueprint = look_over(load_text(text, str(out), out.parent))
        undo.pop_all()
    with writing("--out", out):
        out.write_text(text, encoding="utf-8")
    rows, notes = describe(found), blueprint.remarks.lines
    if output.as_json:
        heads = ("file", "column", "role", "reading")
        columns = [dict(zip(heads, row, strict=True)) for row in rows]
        output.result({"scenario": str(out), "traces": list(map(str, made)), "columns": columns, "notes": notes})
        return
    output.table(("file", "column", "taken for", "read as"), rows, f"{', '.join(file.name for file in files)}")
    for note in notes:
        output.line(f"note: {note}")
    written = " and ".join(map(str, [*made, out]))
    length = "1 day" if found.days == 1 else f"{found.days} days"
    output.line(f"{written} written: {length} after {found.history_days} of history.")
    output.line(f"Read the lines marked '# assumed', then: twin compare {out}")


def remove(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _as_trace(file: Path, out: Path, made: list[Path]) -> Path:
    """The file itself, or for an export of another program a trace beside the scenario."""
    text = converted(str(file))
    if text is None:
        return file
    path = out.parent / f"{out.stem}_{file.stem}.csv"
    if path.exists():
        raise ScenarioError(str(path), "is there already", "another name after --out")
    with writing("--out", path):
        path.write_text(text, encoding="utf-8")
    made.append(path)
    return path

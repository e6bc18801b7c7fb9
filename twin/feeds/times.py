"""The time column of a trace: ISO 8601 to Unix time, and the one step between rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from twin.errors import ScenarioError
from twin.feeds.table import Row


def unix_times_s(path: str, rows: Sequence[Row], timezone: ZoneInfo) -> list[float]:
    """Unix time of each row's first cell; ScenarioError for fewer than two rows."""
    if len(rows) < 2:
        raise ScenarioError(path, f"{len(rows)} rows", "at least two, so that the step is known")
    return [_unix_time_s(f"{path}:{row.line}: time", row.cells[0].strip(), timezone) for row in rows]


def step_of(path: str, rows: Sequence[Row], times_s: Sequence[float]) -> float:
    """The step between all rows, that of the first two; ScenarioError where another is found."""
    step_s = times_s[1] - times_s[0]
    for row, (before_s, now_s) in zip(rows[1:], pairwise(times_s), strict=True):
        if now_s - before_s != step_s or step_s <= 0:
            got = _fault(now_s - before_s, step_s)
            raise ScenarioError(f"{path}:{row.line}: time", f"{row.cells[0]!r} {got}", "rising times in one step")
    return step_s


def _fault(found_s: float, step_s: float) -> str:
    if found_s == 0:
        return "is a duplicate of the row before"
    if found_s < 0:
        return "is earlier than the row before"
    if found_s % step_s == 0:
        return f"leaves a gap of {found_s - step_s:g} s"
    return f"is {found_s:g} s after the row before, an irregular step (the first is {step_s:g} s)"


def _unix_time_s(where: str, text: str, timezone: ZoneInfo) -> float:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        example = "ISO 8601, for example 2023-06-01T00:15:00+00:00"
        raise ScenarioError(where, f"{text[:40]!r} is not a time" if text else "empty cell", example) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone)
        _refuse_unclear(where, time, timezone)
    return time.timestamp()


def _refuse_unclear(where: str, time: datetime, timezone: ZoneInfo) -> None:
    """An hour that daylight saving skips or repeats names no instant."""
    if time.utcoffset() == time.replace(fold=1).utcoffset():
        return
    exists = time.astimezone(UTC).astimezone(timezone).replace(tzinfo=None) == time.replace(tzinfo=None)
    kind = "ambiguous" if exists else "nonexistent"
    got = f"{time.replace(tzinfo=None).isoformat()} is {kind} in {timezone.key}"
    raise ScenarioError(where, got, "a time with its offset, for example 2023-10-29T02:30:00+01:00")

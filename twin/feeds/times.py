"""The time column of a trace: what people write for a time, to Unix time in whole microseconds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from twin.errors import ScenarioError
from twin.feeds.steps import Ints
from twin.feeds.table import Table

DateOrder = Literal["day_first", "month_first"]
START_NAMES = frozenset(
    {"time", "timestamp", "datetime", "date_time", "date", "start", "start_time", "time_start", "period_start"}
    | {"interval_start", "last_changed", "ds", "zeit", "zeitpunkt", "zeitstempel", "datum", "datum_uhrzeit"}
)
"""Heads of a column of times, in small letters, without words for the zone."""
END_NAMES = frozenset({"end", "end_time", "time_end", "period_end", "interval_end"})
"""Those that name the end of an interval."""
_ISO = "ISO 8601, for example 2023-06-01T00:15:00+00:00"
_EPOCH = re.compile(r"\d{9,19}(?:\.\d+)?")
_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?=\D|$),?(.*)")
_TWELVE_HOURS = re.compile(r"[ T]*(\d{1,2}):(\d{2}(?::\d{2})?) ?([AP])\.?M\.?", re.IGNORECASE)
_LONE_HOUR = re.compile(r"(?<!\d)(\d:\d\d)")
_ZERO = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_QUARTER_US = 900_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How the times of a file are written; times without offset are in `timezone`, and with `ends` they are ends."""

    timezone: ZoneInfo
    time_column: str | None = None
    ends: bool = False
    dates: DateOrder | None = None


def plain_name(head: str) -> str:
    """A head in small letters, without its unit and without words for a zone."""
    words = re.split("[^a-z0-9]+", head.partition("[")[0].lower())
    return "_".join(word for word in words if word and word not in ("utc", "gmt", "local"))


def says_utc(head: str) -> bool:
    """Whether a head says that its times are in UTC, as in 'datetime_utc'."""
    return bool({"utc", "gmt"} & set(re.split("[^a-z0-9]+", head.lower())))


def unix_times_us(table: Table, index: int, layout: Layout) -> Ints:
    """Unix time of the cells of a column; ScenarioError for fewer than two rows."""
    if len(table.rows) < 2:
        raise ScenarioError(table.path, f"{len(table.rows)} rows", "at least two, so that the step is known")
    texts = [row.cells[index].strip() for row in table.rows]
    if _EPOCH.fullmatch(texts[0]):
        return _epochs_us(table, texts)
    if _DATE.fullmatch(texts[0]):
        order = _day_first(table, texts, layout.dates)
        times = [_dated(_where(table, place), text, order) for place, text in enumerate(texts)]
    else:
        times = _all_iso(table, texts)
    zone = ZoneInfo("UTC") if says_utc(table.head.cells[index]) else layout.timezone
    return _instants_us(table, times, zone)


def _all_iso(table: Table, texts: Sequence[str]) -> list[datetime]:
    try:
        return [datetime.fromisoformat(text) for text in texts]
    except ValueError:
        # Some row is written otherwise: each is looked at.
        return [_iso(_where(table, place), text) for place, text in enumerate(texts)]


def _where(table: Table, place: int) -> str:
    return f"{table.path}:{table.rows[place].line}: time"


def _epochs_us(table: Table, texts: Sequence[str]) -> Ints:
    """Unix times in s, ms, µs or ns: their first has the size of one of these, for a day after 1973."""
    scale = next(
        scale for limit, scale in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)) if float(texts[0]) < limit
    )
    return np.array([_epoch_us(_where(table, place), text, scale) for place, text in enumerate(texts)], dtype=np.int64)


def _epoch_us(where: str, text: str, scale: float) -> int:
    if not _EPOCH.fullmatch(text):
        raise ScenarioError(where, f"{text[:40]!r} is not a time", "Unix time in every row, as in the first")
    whole, _, part = text.partition(".")
    # In whole numbers as far as it goes: a float of today's time in microseconds has no digit to spare.
    us = int(whole) * int(scale) if scale >= 1 else int(whole) // 1000
    return us + round(float(f"0.{part or 0}") * scale)


def _day_first(table: Table, texts: Sequence[str], order: DateOrder | None) -> bool:
    """Whether 03/06 is in June: as the scenario says, else as some date proves, else as the dates follow each other."""
    if order is not None:
        return order == "day_first"
    dates = [(int(found[1]), int(found[3]), found[4]) for found in map(_DATE.fullmatch, texts) if found]
    if "." in texts[0][:3] or any(first > 12 for first, _, _ in dates):
        return True
    if any(second > 12 for _, second, _ in dates):
        return False
    by_day = [(year, second, first) for first, second, year in dates]
    by_month = [(year, first, second) for first, second, year in dates]
    rises, falls = _follow(by_day), _follow(by_month)
    if rises == falls:
        choice = "write 'dates: day_first' or 'dates: month_first' beside the file's name in the scenario"
        raise ScenarioError(_where(table, 0), f"{texts[0][:40]!r} may begin with the day or the month", choice)
    return rises


def _follow(dates: Sequence[tuple[str, int, int]]) -> bool:
    """Whether dates come in order and stay in a month, as those of a short file do."""
    return list(dates) == sorted(dates) and len({month for _, month, _ in dates}) == 1


def _dated(where: str, text: str, day_first: bool) -> datetime:
    """The time that begins with a date like 03.06.2024 or 6/3/24."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ScenarioError(
            where, f"{text[:40]!r} is not a time" if text else "empty cell", "a date as in the first row"
        )
    day, month = (found[1], found[3]) if day_first else (found[3], found[1])
    year = found[4] if len(found[4]) == 4 else f"20{found[4]}"
    return _iso(where, f"{year}-{month:0>2}-{day:0>2}{_of_day(found[5])}", text)


def _of_day(text: str) -> str:
    """A time of day in ISO's form: 1:05 PM is 13:05, and 7:00 is 07:00."""
    if twelve := _TWELVE_HOURS.fullmatch(text.strip()):
        hour = int(twelve[1]) % 12 + (12 if twelve[3] in "pP" else 0)
        return f"T{hour:02}:{twelve[2]}"
    rest = _LONE_HOUR.sub(r"0\1", text.strip(), count=1)
    return f"T{rest}" if rest else ""


def _iso(where: str, text: str, shown: str | None = None) -> datetime:
    """ISO 8601, also with slashes, with a blank before the offset, and with 24:00 for a day's end."""
    midnight = re.search(r"[T ]24:00(?::00)?(?=$|[^\d:.])", text)
    plain = text[: midnight.start()] + "T00:00" + text[midnight.end() :] if midnight else text
    try:
        time = datetime.fromisoformat(plain)
    except ValueError:
        time = _loose(where, plain, shown or text)
    try:
        return time + timedelta(days=1) if midnight else time
    except OverflowError:
        raise ScenarioError(where, f"{(shown or text)[:40]!r} is not a time", "one before the year 10000") from None


def _loose(where: str, text: str, shown: str) -> datetime:
    """What is nearly ISO 8601."""
    plain = re.sub(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", text)
    plain = re.sub(r" (?:UTC|Z|([+-]\d\d:?\d\d))$", lambda found: found[1] or "Z", plain)
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        got = f"{shown[:40]!r} is not a time" if shown else "empty cell"
        raise ScenarioError(where, got, _ISO) from None


def _instants_us(table: Table, times: Sequence[datetime], zone: ZoneInfo) -> Ints:
    """Local times to instants. In the hour that autumn repeats, the order of the rows decides."""
    offsets: dict[int, tuple[int, int]] = {}
    found: list[int] = []
    leading = 0
    for place, time in enumerate(times):
        if time.tzinfo is not None:
            offset = time.utcoffset() or timedelta()
            found.append(_since_zero_us(time.replace(tzinfo=None)) - offset // _MICROSECOND)
            continue
        local_us = _since_zero_us(time)
        quarter = local_us // _QUARTER_US
        if quarter not in offsets:
            offsets[quarter] = _offset_us(time, zone, 0), _offset_us(time, zone, 1)
        first_us, second_us = (local_us - offset for offset in offsets[quarter])
        if first_us > second_us:
            raise _nonexistent(_where(table, place), time, zone)
        leading += first_us != second_us and leading == place
        found.append(first_us if not found or first_us > found[-1] else second_us)
    _settle_leading(table, times, found, zone, leading)
    return np.array(found, dtype=np.int64)


def _settle_leading(table: Table, times: Sequence[datetime], found: list[int], zone: ZoneInfo, leading: int) -> None:
    """A file that begins within the repeated hour began in its second half if the next row follows on at once."""
    shown = [time.replace(tzinfo=None) for time in times[:leading]]
    if not leading or any(later <= earlier for earlier, later in pairwise(shown)):
        return
    shift_us = _offset_us(times[0], zone, 0) - _offset_us(times[0], zone, 1)
    if leading == len(found) or found[leading] - found[leading - 1] > 2 * shift_us:
        got = f"{times[0].isoformat()} is ambiguous in {zone.key}"
        raise ScenarioError(_where(table, 0), got, "a time with its offset, for example 2023-10-29T02:30:00+01:00")
    for place in range(leading):
        found[place] += shift_us


def _since_zero_us(time: datetime) -> int:
    return (time - _ZERO) // _MICROSECOND


def _offset_us(time: datetime, zone: ZoneInfo, fold: int) -> int:
    return (time.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()) // _MICROSECOND


def _nonexistent(where: str, time: datetime, zone: ZoneInfo) -> ScenarioError:
    got = f"{time.isoformat()} is nonexistent in {zone.key}"
    expected = "a time with its offset, or for a logger without summer time 'file_timezone: UTC' or 'Etc/GMT-1'"
    return ScenarioError(where, got, expected)

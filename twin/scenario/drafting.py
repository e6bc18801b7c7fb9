"""A first scenario from files: which column is what, over which days, and what must be mended for it to run."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.column import clip_hint
from twin.feeds.grid import Window, iso, starts_of
from twin.feeds.guess import Guess, Role, guesses
from twin.feeds.mending import Fill, Use
from twin.feeds.offline import MICROSECONDS
from twin.feeds.table import read_table
from twin.feeds.times import Layout
from twin.feeds.trace import Reading, Trace, read_trace

File = tuple[Path, Trace, Layout]
_DAY_US = 86_400 * MICROSECONDS
_MOST_HISTORY, _MOST_DAYS = 14, 7
_SMALL = 0.02
"""Below zero by no more than this part of the largest value is noise."""


@dataclass(frozen=True, slots=True)
class Part:
    """A column that the scenario uses, where it is, and how it is read."""

    path: Path
    trace: Trace
    layout: Layout
    guess: Guess
    use: Use
    largest: float
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """What was found: the parts by their role, the days, and what to say of columns that are not used."""

    window: Window
    history_days: int
    days: int
    parts: dict[Role, Part] = field(default_factory=dict)
    unused: list[Guess] = field(default_factory=list)


def draft(paths: Sequence[Path], currency: str, timezone: str) -> Draft:
    """Look at files that can be read as traces; raises ScenarioError for one that cannot, or if nothing is a load."""
    files = [_read(path, _zone(timezone)) for path in paths]
    seen = [guesses(trace, currency) for _, trace, _ in files]
    meters = [any(guess.is_cumulative for guess in found) for found in seen]
    found = _days([trace for _, trace, _ in files], meters)
    for (path, trace, layout), columns in zip(files, seen, strict=True):
        for guess in columns:
            if guess.role in ("other", *found.parts):
                found.unused.append(guess)
            else:
                found.parts[guess.role] = _part((path, trace, layout), guess, found.window, currency)
    if "load" not in found.parts and "grid import" not in found.parts:
        names = ", ".join(guess.column for guess in found.unused) or "none"
        raise ScenarioError(
            str(paths[0]), f"no column is known for a load; found are {names}", "one headed 'load [kW]'"
        )
    return found


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScenarioError("--timezone", f"{timezone!r} is no time zone", "one like 'Europe/Berlin'") from error


def _read(path: Path, zone: ZoneInfo) -> File:
    """A file, in the first layout in which it can be read; raises what was wrong with the plainest."""
    layout = Layout(zone)
    try:
        return path, read_trace(str(path), layout), layout
    except ScenarioError as error:
        refused = error
    heads = [head.strip() for head in read_table(str(path)).head.cells]
    for layout in (Layout(zone, dates="day_first"), *(Layout(zone, head) for head in heads)):
        try:
            return path, read_trace(str(path), layout), layout
        except ScenarioError:
            # The next layout may do.
            continue
    raise refused


def _days(traces: Sequence[Trace], meters: Sequence[bool]) -> Draft:
    """The last week that all traces cover, and up to two weeks before it as history."""
    spans = [_span_us(trace, is_meter) for trace, is_meter in zip(traces, meters, strict=True)]
    first = max(-(-start // _DAY_US) for start, _, _ in spans)
    last = min(stop // _DAY_US for _, stop, _ in spans)
    if last <= first:
        where = traces[0].stamps.table.path
        got = f"covers {iso(max(start for start, _, _ in spans))} to {iso(min(stop for _, stop, _ in spans))}"
        raise ScenarioError(where, got, "at least a whole day of UTC that all files cover")
    history = min(_MOST_HISTORY, (last - first) // 2)
    days = min(_MOST_DAYS, last - first - history)
    tick_s = _tick_s(min(step_us for _, _, step_us in spans) / MICROSECONDS)
    per_day = round(86_400 / tick_s)
    window = Window(Calendar(tick_s, per_day, last - days), -history * per_day, days * per_day)
    return Draft(window, history, days)


def _span_us(trace: Trace, is_meter: bool) -> tuple[int, int, int]:
    """When a trace begins and ends, and its step; meters' readings end with the last of them."""
    times_us = trace.stamps.times_us
    everything = Window(
        Calendar(1.0, 86_400, 0), int(times_us.min()) // MICROSECONDS, int(times_us.max()) // MICROSECONDS
    )
    starts_us, step_us = starts_of(trace.stamps, everything)
    return int(starts_us.min()), int(starts_us.max()) + (0 if is_meter else step_us), step_us


def _tick_s(step_s: float) -> float:
    """The file's own step if it makes a sensible tick, else a quarter of an hour."""
    return step_s if 300.0 <= step_s <= 3600.0 and 86_400 % step_s == 0 else 900.0


def _part(file: File, guess: Guess, window: Window, currency: str) -> Part:
    """A column with the least mending that lets it be read."""
    trace = file[1]
    use = Use(guess.column, guess.unit, cumulative=guess.is_cumulative)
    read = _reader(trace, guess.role, window, currency)
    fills: tuple[Fill | None, ...] = (None, "zero", "hold") if guess.role == "solar" else (None, "interpolate", "zero")
    for fill in fills:
        mended = replace(use, fill=fill)
        try:
            reading = read(mended)
        except ScenarioError as error:
            refused = error
            continue
        values = reading.steps.values[np.isfinite(reading.steps.values)]
        largest, least = float(values.max(initial=0.0)), float(values.min(initial=0.0))
        if guess.role in ("import price", "export price") or least >= 0.0:
            return Part(*file, guess, mended, largest, reading.notes)
        hint = clip_hint(-least)
        if -least <= _SMALL * largest or guess.role == "solar":
            clipped = replace(mended, clip_w=float(hint.split()[1]))
            return Part(*file, guess, clipped, largest, (*reading.notes, f"{hint} for values below zero"))
        return Part(*file, guess, mended, largest, (*reading.notes, _NET))
    raise refused


_GRID = "what the meter imported, which is less than the house used while its own sun shone"
_NET = "below zero: load less sun"


def _reader(trace: Trace, role: Role, window: Window, currency: str) -> Callable[[Use], Reading]:
    """What reads a column of a role, below zero too."""
    if role in ("import price", "export price"):
        return lambda use: trace.price(use, window, currency)
    return lambda use: trace.net_w(use, window)


def text_of(found: Draft, out: Path, currency: str, timezone: str) -> str:
    """The scenario of a draft, whose files are named from its own folder."""
    calendar = found.window.calendar
    start = datetime.fromtimestamp(calendar.start_day * 86_400, UTC).date()
    load = found.parts.get("load") or found.parts["grid import"]
    highest = found.parts["import price"].largest * 3.6e6 if "import price" in found.parts else 0.3
    lines = [
        "# A first scenario, written by 'twin import': what is marked with '# assumed' stands in no file.",
        f"about: A house on {', '.join(dict.fromkeys(part.path.name for part in found.parts.values()))}",
        f"currency: {currency}",
        f"tick: {calendar.tick_s / 60:g} min",
        f"ticks_per_day: {calendar.ticks_per_day}",
        f"start_day: {start}",
        f"days: {found.days}",
        f"history_days: {found.history_days}",
        f"timezone: {timezone}",
        f"unserved_price: {max(10.0, np.ceil(2 * highest)):g} {currency}/kWh  # assumed",
        *_solar_lines(found, out),
        "loads:",
        "  - {name: house}",
        "demand:" + ("" if load.guess.role == "load" else f"  # assumed: {_GRID}"),
        *_column_lines(load, out),
        *(["  net_of: solar"] if _NET in load.remarks and "solar" in found.parts else []),
        "storage:  # assumed",
        "  {kind: battery, capacity: 10 kWh, max_charge_power: 5 kW, max_discharge_power: 5 kW}",
        "market:",
        *_price_lines(found, out, currency),
    ]
    return "\n".join(lines) + "\n"


def _solar_lines(found: Draft, out: Path) -> list[str]:
    part = found.parts.get("solar")
    if part is None:
        return []
    rated = f"{float(f'{max(part.largest, 1.0):.2g}'):g} W"
    size = [f"  rated_power: {rated}  # assumed: about the most that was measured", f"  of: {rated}"]
    return ["solar:", *_column_lines(part, out), *(size if part.guess.unit != "%" else size[:1])]


def _column_lines(part: Part, out: Path) -> list[str]:
    lines = [
        "  kind: trace",
        f"  file: {_quoted(os.path.relpath(part.path, out.parent))}",
        f"  column: {_quoted(part.use.column)}",
    ]
    if part.use.unit != part.trace.columns[part.use.column].unit:
        lines.append(f"  unit: {part.use.unit}" + ("" if part.guess.is_sure else "  # assumed"))
    if part.layout.time_column:
        lines.append(f"  time_column: {_quoted(part.layout.time_column)}")
    lines += [f"  dates: {part.layout.dates}  # assumed"] if part.layout.dates else []
    lines += [f"  fill: {part.use.fill}"] if part.use.fill else []
    lines += [f"  clip: {part.use.clip_w:g} W"] if part.use.clip_w else []
    return lines + (["  cumulative: yes"] if part.use.cumulative else [])


def _price_lines(found: Draft, out: Path, currency: str) -> list[str]:
    """The prices of a file as retail prices, or a tariff."""
    bought, sold = found.parts.get("import price"), found.parts.get("export price")
    if bought is None:
        return [f"  prices: {{kind: tariff, import: 0.30 {currency}/kWh, export: 0.08 {currency}/kWh}}  # assumed"]
    lines = ["  published: 13:00  # assumed: day-ahead prices", "  prices:"]
    lines += [f"  {line}" for line in _column_lines(bought, out)]
    lines = [line.replace("column:", "import_column:").replace("unit:", "import_unit:") for line in lines]
    if sold is None or sold.path != bought.path:
        return [*lines, f"    export_price: 0.08 {currency}/kWh  # assumed"]
    unit = [line.replace("unit:", "export_unit:") for line in _column_lines(sold, out) if "unit:" in line]
    return [*lines, f"    export_column: {_quoted(sold.use.column)}", *(f"  {line}" for line in unit)]


def _quoted(text: str) -> str:
    """A text as YAML cannot mistake it."""
    return "'" + text.replace("'", "''") + "'"


def describe(found: Draft) -> list[tuple[str, str, str, str]]:
    """File, column, what it is taken for, and how it is read, for each column."""
    rows = []
    for role, part in found.parts.items():
        how = [part.use.unit or "", *(["cumulative"] if part.use.cumulative else []), *part.remarks]
        how += ["taken for the load"] if role == "grid import" and "load" not in found.parts else []
        rows.append((part.path.name, part.use.column, role, "; ".join(how)))
    return rows + [("", guess.column, "not used", "") for guess in found.unused]

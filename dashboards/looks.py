"""What the pages look up in the store: a run's stretch, its ledger, its days, its forecasts."""

from typing import NamedTuple

import numpy as np

from dashboards.daily import SUMMED
from dashboards.data import Data
from dashboards.ledger import Ledger, worth_of
from dashboards.savings import Beside, net_saved
from dashboards.window import About, Window, about
from twin.errors import StoreRequestError
from twin.facts import Floats
from twin.pricing import levels_j
from twin.runs import Row, RunRow, thinned
from twin.runs.stretch import stretch
from twin.runs.thinned import Part

MOST_TICKS = 100_000
"""What can be read in a second: a day of seconds, or a year of quarters of an hour."""


class Looked(NamedTuple):
    """A run that is looked at, and what its scenario says."""

    row: RunRow
    about: About


def look_at(data: Data, which: str | None) -> Looked:
    """The run of that number, else the newest; raises StoreError where there is none."""
    row = data.run(which or "last")
    return Looked(row, about(row))


def last_window(data: Data, looked: Looked, days: int) -> Window:
    """The last so many days that have begun; raises StoreError before the first tick is over."""
    last = looked.about.calendar.tick(max(looked.row.progress - 1, 0)).day
    return days_window(data, looked, last - days + 1, last)


def days_window(data: Data, looked: Looked, first_day: int, last_day: int) -> Window:
    """The ticks of whole days, `MOST_TICKS` of them at most, with every column there is."""
    row, calendar = looked.row, looked.about.calendar
    stop = min(row.header.ticks, calendar.midnight(last_day + 1))
    start = max(0, calendar.midnight(first_day), stop - MOST_TICKS)
    sources = [f"{name}_source" for name in row.header.components]
    columns = data.ticks(row.id, [*looked.about.columns, *sources], start, stop)
    if not len(columns["tick"]):
        raise StoreRequestError(f"run {row.id}", "has no ticks in these days", "choose other days or another run")
    return Window(looked.about, start, stop, columns)


def rows_in(data: Data, looked: Looked, table: str, start: int, stop: int) -> list[Row]:
    """The rows of a side table of ticks `start <= t < stop`."""
    with data.reading() as store:
        return stretch(store, Part(looked.row.id, start, stop, table))


def tasks_j(of: Window, rows: list[Row]) -> Floats:
    """What tasks got in each tick of a window, from the rows of the table `task`."""
    ticks = np.asarray(of.columns["tick"], dtype=np.int64)
    served_j = np.zeros(len(ticks))
    place = np.searchsorted(ticks, [row[0] for row in rows])
    for index, row in zip(place.tolist(), rows, strict=True):
        if index < len(ticks) and ticks[index] == row[0]:
            served_j[index] += row[4]
    return served_j


def ledger_in(data: Data, looked: Looked, of: Window) -> Ledger:
    """The costs so far, at each tick of a window."""
    run = looked.row.id
    before = data.sums_before(run, of.start, ("cost", "export_price"))
    (rule_before,) = data.sums_before(run, of.start, ("cost",), "baseline")
    with data.reading() as store:
        first = thinned.at(store, run, looked.about.columns, [data.first_tick(run)])
        baseline = stretch(store, Part(run, of.start, of.stop, "baseline"))
    ticks = of.of("tick")
    mean_price = (before[1] + float(of.of("export_price").sum())) / (ticks[-1] + 1)
    gained_j = {
        name: levels_j(of.columns, kept)[1:] - levels_j(first, kept)[0] for name, kept in looked.about.storages.items()
    }
    worth = worth_of(gained_j, looked.about.economics, mean_price)
    cost = before[0] + np.cumsum(of.of("cost"))
    return Ledger(ticks, cost, worth, _rule_cost(ticks, baseline, rule_before))


def _rule_cost(ticks: Floats, baseline: list[Row], before: float) -> Floats:
    """The rule's cost so far at each tick; NaN in a run without a baseline."""
    costs = {row[0]: row[1] for row in baseline}
    nothing = 0.0 if costs else np.nan
    return before + np.cumsum([costs.get(int(tick), nothing) for tick in ticks])


def days_table(data: Data, looked: Looked, count: int) -> dict[str, Floats]:
    """The last so many days, each with its sums; `rule_cost` and `net_saved` are NaN in a run without a baseline."""
    run, calendar, progress = looked.row.id, looked.about.calendar, looked.row.progress
    last = calendar.tick(max(progress - 1, 0)).day
    start = max(0, calendar.midnight(last - count + 1))
    with data.reading() as store:
        sums = thinned.sums(store, Part(run, start, progress), SUMMED, "day")
        baseline = stretch(store, Part(run, start, progress, "baseline"))
    days = {name: np.asarray(sums[name], dtype=np.float64) for name in ("day", "ticks", *SUMMED)}
    if not baseline:
        return days | dict.fromkeys(("rule_cost", "net_saved"), np.full(len(days["day"]), np.nan))
    return days | _beside_the_rule(data, looked, start, days["day"], baseline)


def _beside_the_rule(data: Data, looked: Looked, start: int, days: Floats, baseline: list[Row]) -> dict[str, Floats]:
    """What the rule would have paid in each day, and what was saved over it in all."""
    run, calendar = looked.row, looked.about.calendar
    edges = [max(start, calendar.midnight(int(day))) for day in days]
    with data.reading() as store:
        own = thinned.coarse(store, run.id, [*edges, run.progress])
        before = stretch(store, Part(run.id, start - 1, start, "baseline"))
    own_j = levels_j(own)[0]
    moves_j = np.diff(data.ticks(run.id, ["stored_j"], start, run.progress)["stored_j"], prepend=own_j)
    ticks, cost, stored_j = (np.array(column) for column in zip(*baseline, strict=True))
    place = np.searchsorted(days, ticks // calendar.ticks_per_day + calendar.start_day)
    rule = Beside(place, cost, stored_j, before[0][2] if before else float(own_j))
    price = data.sums_before(run.id, run.progress, ("export_price",))[0] / run.progress
    saved = net_saved(looked.about.economics, own, float(np.abs(moves_j).sum()), rule, price)
    return {"rule_cost": rule.per_day(cost, len(days)), "net_saved": saved}

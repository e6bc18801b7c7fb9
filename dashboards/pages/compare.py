"""Compare: two to six runs side by side, with what must be minded."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import Dash, html
from dash.development.base_component import Component

from dashboards.address import Asked
from dashboards.caveats import Compared, caveats_of, common, names_of, trace_caveats
from dashboards.comparison import Comparison, floats, is_bound, is_rule, mean
from dashboards.data import Data
from dashboards.figures import Panel, cost_panel, daily_panel
from dashboards.figures.comparing import days_per_bar, gap_panel, levels_panel
from dashboards.pages.choosing import MOST_LISTED, controls, over_runs, run_text
from dashboards.panels import cards, caveats, section, table
from dashboards.parts import empty_state, error_state, page
from dashboards.scales import Scale, energy_scale, money_scale, share_text
from dashboards.window import about
from twin.errors import StoreRequestError
from twin.pricing import net_cost_columns, net_costs
from twin.runs import RunRow
from twin.runs.thinned import ENERGIES, PRICES
from twin.score import share_of_gap

TITLE = "Compare"
FEWEST, MOST = 2, 6
MOST_TICKS, ROWS = 20_000, 1_200
"""So many ticks are compared one by one; of longer runs about so many rows are made, each of many ticks."""
NEEDED = ("tick", "start_s", "day", "cost", "stored_j", *ENERGIES, *PRICES)
TOLD = ("cost", "import_j", "export_j", "unserved_j")
NOTE = """Net cost is cost, wear and unserved energy, less what the energy left in store will earn, priced alike for
all. Small: the difference to the first. The gap is that from rule to oracle."""


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return over_runs(TITLE, data, query, _page)


def _page(data: Data, asked: Asked, rows: Sequence[RunRow]) -> Component:
    numbers = asked.text("runs")
    if numbers and numbers.count(",") >= MOST:
        asked.refuse("runs", f"two to six runs can be compared, these are the first {MOST}")
    chosen = chosen_rows(rows, numbers)
    fields = controls(_field(rows, chosen))
    if unknown := unknown_runs(rows, numbers):
        known = StoreRequestError("address", f"there is no run {', '.join(unknown)}", "choose two to six runs above")
        return page(TITLE, error_state(known), controls=fields)
    if len(chosen) < FEWEST:
        text = "Choose two to six runs above; a comparison makes several on one trace:"
        command = "twin compare lab_day --policies rule,milp,oracle"
        return page(TITLE, empty_state("Nothing to compare yet", text, command), controls=fields)
    try:
        runs = compared(data, chosen)
    except StoreRequestError as error:
        return page(TITLE, error_state(error), controls=fields)
    same = common(runs)
    if not len(same[0].columns["tick"]):
        return page(TITLE, empty_state("No tick is common to these runs", "Choose others."), controls=fields)
    of = comparison_of(same)
    minded = caveats([*caveats_of(runs), *trace_caveats(same)])
    return page(TITLE, *minded, result_table(of), cards(panels(of)), controls=fields)


def chosen_rows(rows: Sequence[RunRow], asked: str | None) -> list[RunRow]:
    """Those asked for; else the newest comparison's, else the newest run's and others on its trace."""
    if asked is not None:
        numbers = asked.split(",")[:MOST]
        return [row for number in dict.fromkeys(numbers) for row in rows if str(row.id) == number]
    begun = [row for row in rows if row.progress]
    group = next((row.header.group for row in begun if row.header.group), None)
    if group:
        return [row for row in reversed(begun) if row.header.group == group][:MOST]
    return _on_one_trace(begun)


def unknown_runs(rows: Sequence[RunRow], asked: str | None) -> list[str]:
    """What an address asks for that is not in the store: it was deleted, or never there."""
    known = {str(row.id) for row in rows}
    return [number for number in dict.fromkeys((asked or "").split(",")) if number and number not in known]


def _on_one_trace(rows: Sequence[RunRow]) -> list[RunRow]:
    """The newest run, and of each other policy the newest one that ran the same days of the same scenario."""
    if not rows:
        return []

    def trace(row: RunRow) -> tuple[object, ...]:
        return row.header.scenario, row.header.start_day, row.header.days

    newest = {row.header.policy: row for row in reversed(rows) if trace(row) == trace(rows[0])}
    return sorted(newest.values(), key=lambda row: row.id)[-MOST:]


def compared(data: Data, chosen: Sequence[RunRow]) -> list[Compared]:
    """Runs as far as all of them are; raises StoreError for those without a common currency or tick."""
    rows = [data.run(row.id) for row in chosen]
    for what in ("currency", "tick_s", "ticks_per_day"):
        values = {_fact(row, what) for row in rows}
        if len(values) > 1:
            told = ", ".join(f"run {row.id}: {_fact(row, what)}" for row in rows)
            raise StoreRequestError("comparison", f"{told}", f"choose runs with one {what.replace('_', ' ')}")
    stop = min(row.progress for row in rows)
    if stop <= MOST_TICKS:
        columns = [data.ticks(row.id, _needed(row), 0, stop) for row in rows]
    else:
        edges = edges_of(max(data.first_tick(row.id) for row in rows), stop, about(rows[0]).calendar.ticks_per_day)
        columns = data.coarse(rows, edges)
    return [Compared(name, row, about(row), of) for name, row, of in zip(names_of(rows), rows, columns, strict=True)]


def _needed(row: RunRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*NEEDED, *net_cost_columns(row.header.storages))))


def edges_of(first: int, stop: int, ticks_per_day: int) -> tuple[int, ...]:
    """Where the rows begin and end that many ticks are made into: none is in two bars of the figure of days.

    The first and the last are of one tick, so that they say how it began and when it ended.
    """
    bar = days_per_bar(stop / ticks_per_day) * ticks_per_day
    parts = max(1, ROWS * bar // stop)
    inside = (start + bar * part // parts for start in range(0, stop, bar) for part in range(parts))
    return tuple(sorted({first, first + 1, stop - 1, stop, *(tick for tick in inside if first < tick < stop)}))


def _fact(row: RunRow, what: str) -> object:
    facts = about(row)
    return facts.currency if what == "currency" else getattr(facts.calendar, what)


def comparison_of(runs: Sequence[Compared]) -> Comparison:
    """The runs over their common ticks; what is left in store is priced alike for all: at the first one's prices."""
    first = runs[0].about
    price = mean(runs[0].columns, "export_price")
    costs = {run.name: float(net_costs(run.columns, run.about.economics, price).sum()) for run in runs}
    rule = next((costs[name] for name in costs if is_rule(name)), None)
    oracle = next((costs[name] for name in costs if is_bound(name)), None)
    summaries: dict[str, dict[str, object]] = {
        run.name: {
            **{name: float(floats(run.columns, name).sum()) for name in TOLD},
            "net_cost": costs[run.name],
            "share_of_gap": share_of_gap(rule, costs[run.name], oracle),
        }
        for run in runs
    }
    economics = {run.name: run.about.economics for run in runs}
    columns = {run.name: run.columns for run in runs}
    return Comparison(first.scenario, first.timezone, first.calendar, economics, columns, summaries)


def panels(of: Comparison) -> dict[str, Panel]:
    drawn = {"costs": cost_panel(of)}
    if any(of.number(name, "share_of_gap") is not None for name in of.runs):
        drawn["gap"] = gap_panel(of)
    drawn["levels"] = levels_panel(of)
    return drawn | ({"daily": daily_panel(of)} if of.days > 1 else {})


def result_table(of: Comparison) -> Component:
    """What each came to, and in small how far that is from the first."""
    money = money_scale(of.numbers("net_cost", "cost"), of.currency)
    energy = energy_scale(of.numbers("import_j", "export_j", "unserved_j"), digits=4)
    columns = {"net cost": money, "cost": money, "import": energy, "export": energy, "unserved": energy}
    fields = ("net_cost", *TOLD)
    heads = ["policy", *(f"{name} [{scale.unit}]" for name, scale in columns.items()), "of the gap [%]"]
    rows = [
        [
            _policy_cell(name),
            *(_number(of, name, field, scale) for field, scale in zip(fields, columns.values(), strict=True)),
            share_text(of.number(name, "share_of_gap")).removesuffix(" %"),
        ]
        for name in of.runs
    ]
    return section("What did each cost?", NOTE, table(heads, rows, "What did each cost?"))


def _policy_cell(name: str) -> object:
    if not is_bound(name):
        return name
    return [name, html.Small(" bound: it sees the whole trace")]


def _number(of: Comparison, name: str, field: str, scale: Scale) -> object:
    """A number, and below it the difference to the first run's."""
    first = next(iter(of.runs))
    value, reference = of.number(name, field), of.number(first, field)
    if value is None or reference is None:
        return "–"
    if name == first:
        return scale.number(value)
    # Of the numbers as they are shown: the table must add up for whoever checks it.
    difference = scale.number(scale.rounded(value) - scale.rounded(reference))
    signed = difference if difference.startswith("−") else f"+{difference}"
    return [scale.number(value), html.Small(signed)]


def _field(rows: Sequence[RunRow], chosen: Sequence[RunRow]) -> Component:
    """Which runs are compared."""
    return dmc.MultiSelect(
        id={"choice": "runs"},
        data=[{"value": str(row.id), "label": run_text(row)} for row in rows],
        value=[str(row.id) for row in chosen],
        searchable=True,
        maxValues=MOST,
        limit=MOST_LISTED,
        size="sm",
        className="runs-field",
        **{"aria-label": f"Runs to compare, at most {MOST}"},
    )


def register(app: Dash, data: Data) -> None:
    """The fields of all pages are registered once, with the live page."""

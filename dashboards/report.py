"""A comparison as one HTML page that needs no network."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from string import Template
from typing import NamedTuple

from dashboards.colours import policy_colours
from dashboards.comparison import Comparison, is_bound, is_rule, time_axis
from dashboards.figures import Panel, cost_panel, daily_panel, flow_panel, price_panel, stored_panel
from dashboards.scales import Scale, duration_text, energy_scale, money_scale, share_text

Panels = Mapping[str, Sequence[Panel]]
"""By the place on the page: one panel for all policies, or one for each."""
BOUND = "bound: it sees the whole trace"
HINT = """<p class="note hint">Drag across a figure to zoom into all of them, double-click to see the whole run again.
Beyond 5,000 ticks only the peaks and troughs are drawn.</p>"""
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
<script>$plotly</script>
</head>
<body>
<main>
$body
</main>
<script>const panels = $panels;
$script</script>
</body>
</html>
""")
STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1c2127; --soft: #5c646e; --rule: #d9dde2; --paper: #fbfbfa; --mark: #0072b222;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --soft: #9aa3ad; --rule: #353c45; --paper: #14171b; --mark: #56b4e933; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 20px 16px 40px; }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0; }
p { margin: 2px 0; }
.facts, .note { color: var(--soft); font-size: 13px; }
.result { font-size: 18px; margin: 16px 0; text-wrap: balance; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: 13px; }
th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
td small { display: block; color: var(--soft); }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 7px; }
section { margin-top: 22px; }
.choice { position: sticky; top: 0; z-index: 2; background: var(--paper); margin-top: 26px; padding: 8px 0; }
.choice { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; border-bottom: 1px solid var(--rule); }
.hint { margin-top: 8px; }
.choice span { color: var(--soft); font-size: 13px; margin-right: 4px; }
.choice label { border: 1px solid var(--rule); border-radius: 6px; padding: 3px 10px; font-size: 14px; }
.choice label { cursor: pointer; position: relative; }
.choice label:has(:checked) { border-color: var(--ink); background: var(--mark); }
.choice label:has(:focus-visible) { outline: 2px solid var(--ink); }
.choice input { position: absolute; opacity: 0; }
.figure { margin-top: 4px; }
.figure text { fill: var(--soft) !important; }
.hoverlayer text { fill: #f2f4f7 !important; }
@media (pointer: coarse) { .hint { display: none; } }
@media (max-width: 560px) {
  table { font-size: 12.5px; }
  tr { display: grid; grid-template-columns: repeat(2, 1.2fr) repeat(3, 1fr) 1.15fr 0.75fr; padding: 4px 0; }
  tr { border-bottom: 1px solid var(--rule); }
  th, td { border: 0; padding: 1px 0; }
  th { font-size: 10.5px; }
  th:first-child, td:first-child { grid-column: 1 / -1; }
}
"""
SCRIPT = """
const touch = matchMedia("(pointer: coarse)").matches;
const config = {displayModeBar: false, responsive: true};
const timed = () => panels.filter(panel => panel.timed).map(panel => document.getElementById(panel.id));
let busy = false;

function draw(panel, policy) {
  const figure = panel.figures[panel.figures.length > 1 ? policy : 0];
  if (touch) figure.layout.dragmode = false;  // a finger scrolls the page
  return Plotly.react(panel.id, figure.data, figure.layout, config);
}

function zoomOthers(self, change) {
  const from = change["xaxis.range[0]"], all = change["xaxis.autorange"];
  if (busy || (from === undefined && !all)) return;
  busy = true;
  const same = all ? {"xaxis.autorange": true} : {"xaxis.range": [from, change["xaxis.range[1]"]]};
  Promise.all(timed().filter(other => other !== self).map(other => Plotly.relayout(other, same)))
    .finally(() => { busy = false; });
}

function pointOthers(self, event, act) {
  // Only what a reader does is passed on: a hover made by this page brings no mouse.
  if (!touch && event instanceof MouseEvent) timed().filter(other => other !== self).forEach(act);
}

const checked = document.querySelector("input[name=policy]:checked");
panels.forEach(panel => draw(panel, checked ? +checked.value : 0));
timed().forEach(self => {
  self.on("plotly_relayout", change => zoomOthers(self, change));
  self.on("plotly_hover", hover => pointOthers(self, hover.event, other =>
    Plotly.Fx.hover(other, {xval: hover.xvals[0]}, "xy")));
  self.on("plotly_unhover", hover => pointOthers(self, hover.event, other => Plotly.Fx.unhover(other)));
});
document.querySelectorAll("input[name=policy]").forEach(input => input.addEventListener("change", () =>
  panels.filter(panel => panel.figures.length > 1).forEach(panel => draw(panel, +input.value))));
"""


class Column(NamedTuple):
    """A column of the table: its head, the field of the summaries, and their unit."""

    head: str
    field: str
    scale: Scale


def compare_report(of: Comparison) -> str:
    """What each policy cost on one trace, and why: a page that stands alone."""
    import plotly.offline

    shared: Panels = {"cost": [cost_panel(of)]} | ({"daily": [daily_panel(of)]} if of.days > 1 else {})
    views = {"prices": price_panel, "flows": flow_panel, "stored": stored_panel}
    chosen: Panels = {name: [panel(of, policy) for policy in of.runs] for name, panel in views.items()}
    return PAGE.substitute(
        title=escape(f"{of.scenario}: what did each policy cost?"),
        style=STYLE,
        plotly=plotly.offline.get_plotlyjs(),
        body=_heading(of) + _table(of) + _sections(shared) + _choice(of) + _sections(chosen),
        panels=_data({**shared, **chosen}),
        script=SCRIPT,
    )


def result_text(of: Comparison) -> str:
    """The comparison in a sentence or two."""
    name = of.best()
    share = of.number(name, "share_of_gap")
    scale = money_scale(of.numbers("net_cost"), of.currency)
    costs = {policy: of.number(policy, "net_cost") for policy in of.runs}
    told = ", ".join(f"{policy} {scale.text(cost)}" for policy, cost in costs.items() if cost is not None)
    if share is None or is_rule(name) or is_bound(name):
        return f"Net cost: {told}."
    if share < 0:
        return f"{name} costs more than the rule here. Net cost: {told}."
    return f"{name} captures {share_text(share)} of what perfect foresight could save over the rule. Net cost: {told}."


def _heading(of: Comparison) -> str:
    calendar, axis = of.calendar, time_axis(of)
    days = f"{of.days:.3g} day{'' if of.days == 1 else 's'}"
    when = f"{_date(axis.first)} to {_date(axis.last)}" if axis.is_date else f"from day {calendar.start_day} on"
    facts = f"{days} · {of.ticks:,} ticks of {duration_text(calendar.tick_s)} · {when}"
    return (
        f"<h1>{escape(of.scenario)}: what did each policy cost?</h1>\n<p class=facts>{escape(facts)}</p>\n"
        f"<p class=result>{escape(result_text(of))}</p>\n"
    )


def _date(time: datetime) -> str:
    return f"{time.day} {time:%b %Y}"


def _table(of: Comparison) -> str:
    columns = _columns(of)
    heads = "".join(f"<th>{column.head}<br>[{escape(column.scale.unit)}]</th>" for column in columns)
    rows = "".join(_row(of, name, columns) for name in of.runs)
    return (
        f"<div class=wide><table>\n<tr><th>policy</th>{heads}</tr>\n{rows}</table></div>\n"
        "<p class=note>Net cost is the cost of imports less exports, the wear of the storage and the price of energy "
        "not served, less what the energy left in store will earn. The gap is that from rule to oracle.</p>\n"
    )


def _columns(of: Comparison) -> tuple[Column, ...]:
    money = money_scale(of.numbers("net_cost", "cost", "wear_cost"), of.currency)
    energy = energy_scale(of.numbers("import_j", "export_j", "unserved_j"))
    return (
        Column("net cost", "net_cost", money),
        Column("cost", "cost", money),
        Column("wear", "wear_cost", money),
        Column("imports", "import_j", energy),
        Column("exports", "export_j", energy),
        Column("unserved", "unserved_j", energy),
        Column("of gap", "share_of_gap", Scale("%", 0.01, 0)),
    )


def _row(of: Comparison, name: str, columns: Sequence[Column]) -> str:
    key = f'<span class=key style="background:{policy_colours(of.runs)[name]}"></span>'
    bound = f"<small>{BOUND}</small>" if is_bound(name) else ""
    numbers = ((column.scale, of.number(name, column.field)) for column in columns)
    cells = "".join(f"<td>{'–' if number is None else scale.number(number)}</td>" for scale, number in numbers)
    return f"<tr><td>{key}{escape(name)}{bound}</td>{cells}</tr>\n"


def _sections(panels: Panels) -> str:
    return "".join(
        f"<section><h2>{escape(question)}</h2><p class=note>{escape(note)}</p>"
        f"<div class=figure id={place}></div></section>\n"
        for place, ((question, _, note), *_) in panels.items()
    )


def _choice(of: Comparison) -> str:
    """The buttons that choose whose prices, flows and stored energy are shown."""
    checked = {of.best(): " checked"}
    buttons = "".join(
        f"<label><input type=radio name=policy value={number}{checked.get(name, '')}>{escape(name)}</label>"
        for number, name in enumerate(of.runs)
    )
    return f"<div class=choice role=radiogroup aria-label=policy><span>A closer look at</span>{buttons}</div>\n{HINT}\n"


def _data(panels: Panels) -> str:
    """The figures as a script's array; no text in it can end the script."""
    entries = (
        f'{{"id": "{place}", "timed": {str(place != "daily").lower()}, '
        f'"figures": [{", ".join(panel.figure.to_json() for panel in of_policies)}]}}'
        for place, of_policies in panels.items()
    )
    return f"[{', '.join(entries)}]".replace("<", "\\u003c")

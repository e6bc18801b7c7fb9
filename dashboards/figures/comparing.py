"""Pictures of compared runs: pure functions of their tables, each the answer to a question."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from dashboards.colours import COLOURS, policy_colours
from dashboards.comparison import (
    Comparison,
    floats,
    flows_w,
    is_bound,
    kept_points,
    level_line,
    time_axis,
)
from dashboards.figures.drawing import Panel, area, blank, hover, padded, plain, steps, timed, unseen
from dashboards.figures.figure import Figure, Look
from dashboards.scales import Scale, energy_scale, money_scale, power_scale, price_scale
from twin.facts import Floats
from twin.pricing import Columns, levels_j, net_costs

MOST_BARS = 62


def cost_panel(of: Comparison) -> Panel:
    """The net cost since the start, a line per policy; it ends at the run's."""
    costs = {name: np.cumsum(np.append(0.0, net_costs(run, of.economics[name]))) for name, run in of.runs.items()}
    scale = money_scale(np.concatenate(list(costs.values())), of.currency)
    figure = _timed_figure(of, f"net cost so far [{scale.unit}]", 260)
    for name, cost in costs.items():
        kept = kept_points([cost])
        x = time_axis(of).edges(of.runs[name])[kept]
        figure.add_scatter(x=x, y=scale.of(cost[kept]), **_policy_look(of, name), **hover(scale))
    note = "With wear, energy not served, and what the energy in store will earn."
    return Panel("What has it cost so far?", figure, note)


def daily_panel(of: Comparison) -> Panel:
    """A bar per policy and day, or per several days of a long run."""
    each = days_per_bar(of.days)
    bars = {name: _costs_per_bar(of, name, each) for name in of.runs}
    scale = money_scale(np.concatenate(list(bars.values())), of.currency)
    figure = blank(f"net cost per {'day' if each == 1 else f'{each} days'} [{scale.unit}]", 230)
    header = "day %{x}" if each == 1 else f"{each} days around day %{{x:.0f}}"
    figure.update_xaxes(title_text="day of the run", showgrid=False, unifiedhovertitle_text=header)
    for name, costs in bars.items():
        days = np.arange(len(costs)) * each + (each + 1) / 2
        colour = policy_colours(of.runs)[name]
        figure.add_bar(x=days, y=scale.of(costs), name=plain(name), marker_color=colour, **hover(scale))
    axis = time_axis(of)
    note = f"A day is {axis.day_title}." if axis.is_date else ""
    return Panel("Which days made the difference?", figure, note)


def days_per_bar(days: float) -> int:
    """How many days are one bar where there are so many."""
    return int(np.ceil(days / MOST_BARS))


def price_panel(of: Comparison, policy: str) -> Panel:
    """Both prices as steps, and what a stored joule was worth to the policy's plans."""
    run = of.runs[policy]
    prices = {name: floats(run, f"{name}_price") for name in ("shadow", "import", "export")}
    asked = np.concatenate([prices["import"], prices["export"], [0.0]])
    scale = price_scale(asked, of.currency)
    figure = _timed_figure(of, f"price [{scale.unit}]", 230)
    # The worth of stored energy may leave the picture: a shortage is dearer than any price.
    figure.update_yaxes(range=padded(scale.of(asked)))
    kept = kept_points([np.nan_to_num(price) for price in prices.values()])
    x = _step_edges(of, run, kept)
    for name, price in prices.items():
        if not np.isnan(price).all():
            figure.add_scatter(x=x, y=scale.of(steps(price, kept)), **_price_look(name), **hover(scale))
    note = "Shadow price: what one more stored joule is worth to the plan. Storing pays where energy comes cheaper."
    return Panel("What did energy cost, and what was it worth in store?", figure, note)


def flow_panel(of: Comparison, policy: str) -> Panel:
    """What flowed into the bus (up) and out of it (down), stacked, with the reason of each decision."""
    run, tick_s = of.runs[policy], of.calendar.tick_s
    flows = flows_w(run, tick_s)
    scale = power_scale([_highest_w(of)])
    figure = _timed_figure(of, f"power [{scale.unit}]", 300)
    figure.update_yaxes(range=padded(scale.of(np.array([-1, 1]) * _highest_w(of))))
    kept = kept_points(list(flows.values()))
    x = _step_edges(of, run, kept)
    for name, direction, part_w in _parts(flows):
        known = name in figure.names
        look = area(name) | {"stackgroup": direction, "showlegend": not known, "hoverinfo": "skip"}
        figure.add_scatter(x=x, y=scale.of(steps(part_w, kept)), **look)
    reasons = _decision_texts(of, policy, kept)
    figure.add_scatter(x=x[:-1], y=np.zeros(len(kept)), text=reasons, **unseen())
    note = "Up: into the bus. Down: out of it. The two are equal in every tick."
    return Panel("What did it do, and why?", figure, note)


def stored_panel(of: Comparison, policy: str) -> Panel:
    """Stored energy under a policy, and under the bound where there is one."""
    levels = {name: levels_j(run) for name, run in of.runs.items()}
    scale = energy_scale(np.concatenate(list(levels.values())))
    figure = _timed_figure(of, f"stored energy [{scale.unit}]", 220)
    figure.update_yaxes(range=padded(scale.of(np.append(np.concatenate(list(levels.values())), 0.0))))
    for name in dict.fromkeys([policy, *filter(is_bound, of.runs)]):
        kept = kept_points([levels[name]])
        x, y = time_axis(of).edges(of.runs[name])[kept], scale.of(levels[name][kept])
        look = _policy_look(of, name)
        if name == policy:
            look |= {"fill": "tozeroy", "line": {"color": COLOURS["storage"], "width": 1.6}}
        figure.add_scatter(x=x, y=y, **look, **hover(scale))
    return Panel("When did it keep energy for later?", figure, "")


def gap_panel(of: Comparison) -> Panel:
    """How much of the way from the rule to the oracle each policy goes."""
    shares = {name: share for name in of.runs if (share := of.number(name, "share_of_gap")) is not None}
    scale = Scale("%", 0.01, 0)
    figure = blank("policy", max(260, 74 + 34 * len(shares)))
    names, values = [plain(name) for name in shares], scale.of(np.array(list(shares.values())))
    colours = [policy_colours(of.runs)[name] for name in shares]
    texts = [scale.text(share) for share in shares.values()]
    bars = {
        "orientation": "h",
        "marker": {"color": colours, "line_width": 0},
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
    }
    figure.add_bar(x=values, y=names, name="share of the gap [%]", hovertemplate="%{x:.0f} %<extra></extra>", **bars)
    figure.update_yaxes(autorange="reversed", gridcolor="rgba(0,0,0,0)", automargin=True, type="category")
    figure.update_xaxes(title_text="share of the gap [%]", range=_wide(values))
    table = {
        "columns": ["policy", "share of the gap [%]"],
        "rows": [list(row) for row in zip(names, values.tolist(), strict=True)],
    }
    figure.update_layout(showlegend=False, hovermode="closest", meta=table)
    note = "0 % is the rule, 100 % the oracle, which sees the whole trace at once: a bound, not a policy to be had."
    return Panel("How close does each come to perfect foresight?", figure, note)


def _wide(values: Floats) -> list[float]:
    """Room beside the bars for their numbers."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    return [1.3 * low, 1.18 * high]


def levels_panel(of: Comparison) -> Panel:
    """Stored energy under every policy."""
    lines = {name: level_line(time_axis(of).edges(run), run) for name, run in of.runs.items()}
    values = np.append(np.concatenate([level_j for _, level_j in lines.values()]), 0.0)
    scale = energy_scale(values)
    figure = _timed_figure(of, f"stored energy [{scale.unit}]", 260)
    figure.update_yaxes(range=padded(scale.of(values)))
    for name, (x, level_j) in lines.items():
        kept = kept_points([level_j])
        figure.add_scatter(x=x[kept], y=scale.of(level_j[kept]), **_policy_look(of, name), **hover(scale))
    return Panel("When did each keep energy for later?", figure, _thinning(of))


def _thinning(of: Comparison) -> str:
    """Says so where a row stands for many ticks."""
    most = max(float(np.max(run.get("ticks", 1))) for run in of.runs.values())
    return f"The least and the most of every {most:,.0f} ticks." if most > 1 else ""


def _costs_per_bar(of: Comparison, policy: str, days_per_bar: int) -> Floats:
    run = of.runs[policy]
    bars = (np.asarray(run["day"], dtype=np.int64) - of.calendar.start_day) // days_per_bar
    return np.bincount(bars, weights=net_costs(run, of.economics[policy])).astype(np.float64)


def _highest_w(of: Comparison) -> float:
    """The most that flowed into the bus under any policy, so that all are drawn to one scale."""
    into_w = (np.maximum(list(flows_w(run, of.calendar.tick_s).values()), 0.0).sum(axis=0) for run in of.runs.values())
    return max(float(powers_w.max()) for powers_w in into_w)


def _parts(flows: Mapping[str, Floats]) -> Iterator[tuple[str, str, Floats]]:
    """Each flow's name and direction, and its power where it had that direction."""
    for direction, clip in (("in", np.maximum), ("out", np.minimum)):
        for name, flow_w in flows.items():
            part_w = clip(flow_w, 0.0)
            if part_w.any():
                yield name, direction, part_w


def _decision_texts(of: Comparison, policy: str, ticks: NDArray[np.intp]) -> list[str]:
    """Why each of these ticks was decided as it was, and what flowed in it."""
    run, tick_s = of.runs[policy], of.calendar.tick_s
    powers_w = flows_w(run, tick_s) | {name: floats(run, f"{name}_j") / tick_s for name in ("curtailed", "unserved")}
    power, price = power_scale([_highest_w(of)]), price_scale(floats(run, "import_price"), of.currency)
    worth, least_w = floats(run, "shadow_price"), 1e-6 * _highest_w(of)
    texts = []
    for tick in ticks.tolist():
        why = f"{run['reason'][tick]} ({run['decision'][tick]})".replace("_", " ")
        what = [f"{name} {power.text(of_w[tick])}" for name, of_w in powers_w.items() if abs(of_w[tick]) > least_w]
        valued = [f"shadow price {price.text(worth[tick])}"] if np.isfinite(worth[tick]) else []
        texts.append("<br>".join(map(plain, [why, *what, *valued])))
    return texts


def _step_edges(of: Comparison, run: Columns, kept: NDArray[np.intp]) -> Floats:
    """Where the kept ticks start, and where the last one ends."""
    edges = time_axis(of).edges(run)
    return np.append(edges[kept], edges[-1])


def _policy_look(of: Comparison, name: str) -> Look:
    line = {"color": policy_colours(of.runs)[name], "width": 2, "dash": "dash" if is_bound(name) else "solid"}
    return {"name": plain(name), "mode": "lines", "line": line}


def _price_look(name: str) -> Look:
    colour = COLOURS[{"shadow": "storage", "import": "price"}.get(name, name)]
    line = {"color": colour, "width": 3 if name == "shadow" else 1.6, "dash": "dot" if name == "export" else "solid"}
    return {"name": f"{name} price", "mode": "lines", "line": line | {"shape": "hv"}}


def _timed_figure(of: Comparison, y_title: str, height_px: int) -> Figure:
    return timed(time_axis(of), y_title, height_px)

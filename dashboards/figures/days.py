"""Energy and money day by day, and how a week's days compare with a month's."""

from collections.abc import Mapping

import numpy as np

from dashboards.colours import COLOURS, INK, policy_colour
from dashboards.comparison import TimeAxis
from dashboards.daily import Days, green_scores, self_consumption, self_sufficiency, weekly
from dashboards.figures.drawing import Panel, blank, hover
from dashboards.figures.figure import Figure
from dashboards.scales import Scale, energy_scale, money_scale
from dashboards.window import About
from twin.facts import Floats

HEIGHT_PX = 240
DAY_MS = 86_400_000
GROUP = 0.75
"""How much of its day a group of bars takes."""
MOST_WRITTEN = 14
"""Bars above which their number has room."""
MOST_GROUPS = 45
"""Days of which each can have its own group of bars."""
PERCENT = Scale("%", 0.01, 0)


def energy_panel(about: About, days: Days) -> Panel:
    """What was used and what was produced each day."""
    bars = {"used": (-days["load_j"], "load"), "produced": (days["solar_j"], "solar")}
    return Panel("How much was used and produced each day?", _energy_bars(about, days, bars, "energy per day"), "")


def traded_panel(about: About, days: Days) -> Panel:
    """What was bought and what was sold each day."""
    bars = {"bought": (days["import_j"], "import"), "sold": (days["export_j"], "export")}
    return Panel("How much was bought and sold each day?", _energy_bars(about, days, bars, "energy per day"), "")


def shares_panel(about: About, days: Days) -> Panel:
    """Self-consumption and self-sufficiency of each day."""
    figure = _figure(about, days, "share of the day's energy [%]")
    figure.update_yaxes(range=[0, 105])
    lines = {"self-consumption": (self_consumption, "solar"), "self-sufficiency": (self_sufficiency, "storage")}
    for name, (share, colour) in lines.items():
        look = {"mode": _mode(days), "line": {"color": COLOURS[colour], "width": 2}, "marker_size": 6}
        figure.add_scatter(x=places(about, days["day"]), y=PERCENT.of(share(days)), name=name, **look, **hover(PERCENT))
    note = "Of the sun what was not sold, of the use what was not bought."
    return Panel("How self-reliant was each day?", figure, note)


def score_panel(about: About, days: Days) -> Panel:
    """Each day's Green Score."""
    scale = Scale("points", 1.0, 0)
    scores = green_scores(-days["load_j"])
    figure = _figure(about, days, "Green Score [points]")
    figure.update_yaxes(range=[0, 105])
    bars = {"Green Score": (scores, COLOURS["storage"])}
    _add_bars(figure, places(about, days["day"]), bars, scale, _day_length(about))
    if len(scores) <= MOST_WRITTEN:
        # The heaviest day has no bar, and is not missing.
        texts = [scale.number(score) for score in scores.tolist()]
        figure.update_traces(text=texts, textposition="outside", textangle=0, cliponaxis=False)
    figure.update_layout(showlegend=False)
    note = "100 is the day of the range that used the least energy, 0 the one that used the most."
    return Panel("Which days were the leanest?", figure, note)


def cost_per_day_panel(about: About, days: Days, rule_cost: Floats | None) -> Panel:
    """The cost of each day, beside what the rule would have paid where that is known."""
    bars = {about.policy: (days["cost"], policy_colour(about.policy))}
    question = "What did each day cost?"
    if rule_cost is not None:
        bars = {"rule": (rule_cost, COLOURS["rule"])} | bars
        question = "What did each day cost, beside the rule?"
    scale = money_scale(np.concatenate([values for values, _ in bars.values()]), about.currency)
    figure = _figure(about, days, f"cost per day [{scale.unit}]")
    _add_bars(figure, places(about, days["day"]), bars, scale, _day_length(about))
    note = "Below zero: the day earned money." if min(values.min() for values, _ in bars.values()) < 0 else ""
    return Panel(question, figure, note)


def cost_per_week_panel(about: About, days: Days) -> Panel:
    """The cost of each seven days, counted back from the last day; a bar is as wide as its days."""
    firsts, costs = weekly(days, "cost")
    lasts = np.append(firsts[1:] - 1, days["day"][-1])
    scale = money_scale(costs, about.currency)
    figure = _figure(about, days, f"cost per week [{scale.unit}]")
    figure.update_xaxes(tickvals=None)
    lengths = lasts - firsts + 1
    names = _week_names(about, firsts, lasts)
    place = {"width": _day_length(about) * (lengths - 0.6), "offset": -0.2 * _day_length(about), "customdata": names}
    marker = {"color": policy_colour(about.policy), "line_width": 0}
    told = f"%{{customdata}}: %{{y:,.{scale.decimals}f}} {scale.unit}<extra></extra>"
    figure.add_bar(x=places(about, firsts), y=scale.of(costs), name="cost", hovertemplate=told, marker=marker, **place)
    rows = [list(row) for row in zip(names, scale.of(costs).tolist(), strict=True)]
    table = {"columns": ["days", f"cost per week [{scale.unit}]"], "rows": rows}
    figure.update_layout(showlegend=False, hovermode="closest", meta=table)
    note = "Weeks are counted back from the last day."
    return Panel("What did each week cost?", figure, note if lengths[0] == 7 else f"{note} The first is not whole.")


def average_panel(about: About, week: float, month: float, days: int = 30) -> Panel:
    """A gauge: the mean day of the last 7 days against that of the last 30, or of so many `days` as there are."""
    scale = money_scale([week, month], about.currency)
    ends = 0.0, 1.5 * month, 1.2 * week
    figure = blank("", HEIGHT_PX)
    gauge = {
        "axis": {"range": [min(ends) / scale.size, max(*ends, 1e-9) / scale.size], "tickcolor": INK},
        # Plotly's own bar begins at the axis' end, which is not zero where days earn money.
        "bar": {"thickness": 0},
        "steps": [{"range": sorted([0.0, week / scale.size]), "color": policy_colour(about.policy), "thickness": 0.55}],
        "bgcolor": "rgba(127,132,140,0.15)",
        "borderwidth": 0,
        "threshold": {"value": month / scale.size, "line": {"color": INK, "width": 4}, "thickness": 0.9},
    }
    number = {"suffix": f" {scale.unit}", "valueformat": f",.{scale.decimals}f", "font": {"size": 26, "color": INK}}
    figure.add("indicator", mode="gauge+number", value=week / scale.size, number=number, gauge=gauge)
    rows = [["the last 7 days", week / scale.size], [f"the last {days} days", month / scale.size]]
    table = {"columns": ["mean day of", f"cost per day [{scale.unit}]"], "rows": rows}
    figure.update_layout(meta=table, margin={"l": 30, "r": 30, "t": 30, "b": 8})
    return Panel("Was this week dearer than the month?", figure, average_text(about, week, month, days))


def average_text(about: About, week: float, month: float, days: int = 30) -> str:
    """`A day of the last 7 cost 12.30 EUR, 8 % below the 13.40 EUR of a day of the last 30 (the mark).`"""
    scale = money_scale([week, month], about.currency)
    if abs(week - month) < 0.005 * max(abs(month), 1e-12):
        compared = f"the same as a day of the last {days}"
    else:
        # A share of what was earned says nothing.
        more = PERCENT.text(abs(week - month) / month) if month > 0 and week >= 0 else scale.text(abs(week - month))
        side = "above" if week > month else "below"
        compared = f"{more} {side} the {scale.text(month)} of a day of the last {days} (the mark)"
    return f"A day of the last 7 cost {scale.text(week)}, {compared}."


def saved_panel(about: About, days: Days, saved: Floats) -> Panel:
    """What the policy has saved over the rule since the range's first day."""
    total = np.cumsum(saved)
    scale = money_scale(total, about.currency)
    figure = _figure(about, days, f"net savings so far [{scale.unit}]")
    look = {"mode": _mode(days), "line": {"color": policy_colour(about.policy), "width": 2}, "marker_size": 6}
    look["fill"] = "tozeroy"
    x = places(about, days["day"])
    figure.add_scatter(x=x, y=scale.of(total), name="net savings over the rule", **look, **hover(scale))
    figure.update_layout(showlegend=False)
    return Panel(
        "How much was saved over the rule?",
        figure,
        "Bills, the storage's wear, and what is in store at the end of each day; the rule's wear is estimated, and "
        "energy not served is left out.",
    )


def places(about: About, days: Floats) -> "list[str] | list[float]":
    """Where days lie on the axis: at their date where a day has 24 h, else at their number in the run."""
    if about.axis(0, 0).is_date:
        return [str(np.datetime64(int(day), "D")) for day in days]
    return [float(day - about.calendar.start_day + 1) for day in days]


def _figure(about: About, days: Mapping[str, Floats], y_title: str) -> Figure:
    figure = blank(y_title, HEIGHT_PX)
    is_date = about.axis(0, 0).is_date
    title = _axis(about, days["day"]).day_title
    figure.update_xaxes(title_text=title, showgrid=False, type="date" if is_date else "linear")
    figure.update_xaxes(range=_around(places(about, days["day"])))
    if is_date:
        figure.update_xaxes(unifiedhovertitle_text="%{x|%a %-d %b %Y}", tickformat="%-d %b")
    else:
        figure.update_xaxes(unifiedhovertitle_text="day %{x:d}", tickformat=",d")
    if len(days["day"]) <= 10:
        figure.update_xaxes(tickvals=places(about, days["day"]))
    return figure


def _axis(about: About, days: Floats) -> TimeAxis:
    """Of the day that is looked at last."""
    first = about.calendar.midnight(int(days[-1]))
    return about.axis(first, first)


def _around(places: "list[str] | list[float]") -> "list[str | float]":
    """Half a day more on both sides, so that days lie under each other in lines and bars."""
    half = np.timedelta64(12, "h")
    ends = ((places[0], -1), (places[-1], 1))
    return [
        place + 0.5 * way if isinstance(place, float) else str(np.datetime64(place) + way * half) for place, way in ends
    ]


def _week_names(about: About, firsts: Floats, lasts: Floats) -> list[str]:
    """`3 to 9`, or the two dates."""
    if not about.axis(0, 0).is_date:
        origin = about.calendar.start_day - 1
        return [f"{first - origin:.0f} to {end - origin:.0f}" for first, end in zip(firsts, lasts, strict=True)]
    dates = [
        np.array([first, end]).astype("int64").astype("datetime64[D]").tolist()
        for first, end in zip(firsts, lasts, strict=True)
    ]
    return [f"{first.day} {first:%b} to {end.day} {end:%b}" for first, end in dates]


def _energy_bars(about: About, days: Days, bars: dict[str, tuple[Floats, str]], title: str) -> Figure:
    scale = energy_scale(np.concatenate([values for values, _ in bars.values()]))
    figure = _figure(about, days, f"{title} [{scale.unit}]")
    figure.update_yaxes(rangemode="tozero")
    coloured = {name: (of, COLOURS[key]) for name, (of, key) in bars.items()}
    _add_bars(figure, places(about, days["day"]), coloured, scale, _day_length(about))
    return figure


def _add_bars(
    figure: Figure, x: object, bars: Mapping[str, tuple[Floats, str]], scale: Scale, length: float = 1.0
) -> None:
    """Beside each other; a group takes so much of a `length`, as plotly takes a single date for a millisecond.

    Of many days, bars beside each other would be hairs: they become lines in steps.
    """
    width = GROUP / len(bars) * length
    for place, (name, (values, colour)) in enumerate(bars.items()):
        if len(bars) > 1 and len(values) > MOST_GROUPS:
            look = {"mode": "lines", "line": {"color": colour, "width": 1.6, "shape": "hvh"}}
            figure.add_scatter(x=x, y=scale.of(values), name=name, **look, **hover(scale))
        else:
            size = {"width": width, "offset": width * (place - len(bars) / 2)}
            marker = {"color": colour, "line_width": 0}
            figure.add_bar(x=x, y=scale.of(values), name=name, marker=marker, **size, **hover(scale))


def _mode(days: Days) -> str:
    """How a line over days is drawn: dots make many days a thicket."""
    return "lines+markers" if len(days["day"]) <= MOST_GROUPS else "lines"


def _day_length(about: About) -> float:
    """On the axis of days."""
    return DAY_MS if about.axis(0, 0).is_date else 1.0

"""The league of forecasters as one HTML page that needs no network."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from dashboards.colours import COLOURS, GRID, INK, PLANNER_COLOURS
from dashboards.report import PAGE, STYLE
from dashboards.scales import Scale, duration_text, money_scale, power_scale, price_scale, share_text
from twin.scenario.judging import Score
from twin.scenario.league import League

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SERIES_NAMES = MappingProxyType(
    {"import_price": "import price", "export_price": "export price", "demand_w": "demand", "solar_w": "solar"}
)
SCRIPT = """
panels.forEach(panel => Plotly.newPlot(
  panel.id, panel.figure.data, panel.figure.layout, {displayModeBar: false, responsive: true}));
"""
NOTE = """<p class=note>Errors are over all ticks of the run and all leads within it. CRPS: the error of the sample
paths as a whole. In band: how often what came lay in the 10–90 % band of the paths; 80 % is honest. Skill: how much
of the error of persistence is gone. Floor: the error of the generator's true mean, which nobody stays below for
long.</p>
"""
BOUND = "The oracle sees the whole trace at once: a bound, not a policy to be had."
LINEAR = "It took the storage for linear: a plan may come out a little below it."


def bound_text(of: League) -> str:
    """What the oracle's price is, and is not."""
    return BOUND if of.is_exact else f"{BOUND}\n{LINEAR}"


def league_report(of: League) -> str:
    """How far off each forecaster was, how that grows with the lead, and what it cost: a page that stands alone."""
    import plotly.offline

    figures = {series: lead_figure(of, series) for series in of.scores if not is_known(of, series)}
    panels = ", ".join(f'{{"id": "{series}", "figure": {figure.to_json()}}}' for series, figure in figures.items())
    title = escape(f"{of.scenario}: who foretells best?")
    length = duration_text(of.calendar.tick_s)
    return PAGE.substitute(
        title=title,
        style=STYLE,
        plotly=plotly.offline.get_plotlyjs(),
        body=f"<h1>{title}</h1>\n<p class=facts>{of.ticks:,} ticks of {length}</p>\n"
        + _money_section(of)
        + "".join(_series_section(of, series) for series in of.scores)
        + NOTE,
        panels=f"[{panels}]".replace("<", "\\u003c"),
        script=SCRIPT,
    )


def is_known(of: League, series: str) -> bool:
    """Whether no forecaster was ever wrong about a series."""
    return all(score.rmse == 0.0 for score in of.scores[series].values())


def series_scale(of: League, series: str) -> Scale:
    """A unit that fits the errors of a series."""
    errors = [score.rmse for score in of.scores[series].values()]
    return power_scale(errors) if series.endswith("_w") else price_scale(errors, of.currency)


def score_cells(score: Score, scale: Scale) -> tuple[str, ...]:
    """A forecaster's row: RMSE, MAE, CRPS, in band, skill, times the floor."""
    errors = (scale.number(error) for error in (score.rmse, score.mae, score.crps))
    floor = "–" if score.over_floor is None else f"{score.over_floor:.3f}"
    return (*errors, share_text(score.coverage), share_text(score.skill_vs_persistence), floor)


SCORE_HEADS = ("RMSE", "MAE", "CRPS", "in band", "skill", "× floor")


def lead_figure(of: League, series: str) -> "Figure":
    """How the error of each forecaster grows with how far ahead it looks."""
    import plotly.graph_objects as go

    scale, figure = series_scale(of, series), go.Figure()
    for name, colour in _colours(of.scores[series]).items():
        errors = scale.of(of.scores[series][name].rmse_by_lead)
        leads = list(range(1, len(errors) + 1))
        hover = f"%{{y:,.{scale.decimals}f}} {escape(scale.unit, quote=False)}"
        figure.add_scatter(x=leads, y=errors, name=name, mode="lines", line={"color": colour}, hovertemplate=hover)
    figure.update_layout(
        template="none",
        height=260,
        margin={"l": 64, "r": 12, "t": 28, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 12, "color": INK},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="x unified",
        hoverlabel={"bgcolor": "#22272E", "font": {"color": "#F2F4F7"}},
    )
    figure.update_xaxes(title_text="ticks ahead", gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(title_text=f"RMSE [{scale.unit}]", gridcolor=GRID, rangemode="tozero", fixedrange=True)
    return figure


def _colours(names: Mapping[str, Score]) -> dict[str, str]:
    """A colour for each forecaster; persistence, that all are compared with, has the rule's, the truth the bound's."""
    others = [name for name in names if name not in ("persistence", "perfect")]
    palette = (*PLANNER_COLOURS, COLOURS["solar"], COLOURS["load"])
    colours = {name: palette[number % len(palette)] for number, name in enumerate(others)}
    return {"persistence": COLOURS["rule"]} | colours | {"perfect": COLOURS["oracle"]}


def _series_section(of: League, series: str) -> str:
    name = escape(SERIES_NAMES[series])
    if is_known(of, series):
        return f"<section><h2>{name}</h2><p class=note>Nobody was ever wrong about it.</p></section>\n"
    scale = series_scale(of, series)
    rows = {who: score_cells(score, scale) for who, score in of.scores[series].items()}
    heads = [*(f"{head}<br>[{escape(scale.unit)}]" for head in SCORE_HEADS[:3]), *SCORE_HEADS[3:]]
    return (
        f"<section><h2>{name}</h2>{_table('forecaster', heads, rows)}<div class=figure id={series}></div></section>\n"
    )


def _money_section(of: League) -> str:
    scale = money_scale([price.net_cost for price in of.prices.values()], of.currency)
    rows = {
        policy: (scale.number(price.net_cost), share_text(price.share_of_gap)) for policy, price in of.prices.items()
    }
    heads = [f"net cost<br>[{escape(scale.unit)}]", "of gap"]
    note = f"<p class=note>Net cost of a plan on each forecaster's word, on one trace. {bound_text(of)}</p>\n"
    return f"<section><h2>What was it worth?</h2>{_table('policy', heads, rows)}{note}</section>\n"


def _table(first: str, heads: list[str], rows: Mapping[str, tuple[str, ...]]) -> str:
    head = "".join(f"<th>{text}</th>" for text in (first, *heads))
    body = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"
        for name, cells in rows.items()
    )
    return f"<div class=wide><table>\n<tr>{head}</tr>\n{body}</table></div>\n"

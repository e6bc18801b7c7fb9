"""How well it was foretold: said against came, errors over the day and over the lead, and how the nets learned."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboards.accuracy import Told, errors_by_tick_of_day
from dashboards.colours import INK
from dashboards.figures.drawing import Panel, blank, hover, plain, stepped, timed
from dashboards.figures.figure import Look
from dashboards.figures.ticks import SERIES_TITLES, add_band, series_colour, series_scale
from dashboards.scales import duration_text
from dashboards.window import Window
from twin.facts import Floats
from twin.runs import Row

HEIGHT_PX = 260


def said_panel(of: Window, told: Told, ahead: int) -> Panel:
    """What had been said of each tick some ticks before, with its band, and what came."""
    said, low, high = told.ahead(ahead)
    scale = series_scale(told.series, np.concatenate([said, told.came]), of.about.currency)
    title = SERIES_TITLES[told.series]
    figure = timed(of.axis, f"{title} [{scale.unit}]", HEIGHT_PX)
    figure.update_xaxes(range=of.range)
    figure.update_layout(uirevision=f"{of.start}-{of.stop}-{told.series}")
    x = of.places(np.append(told.ticks, told.ticks[-1] + 1))
    if told.low is not None:
        add_band(figure, x, scale.of(_to_end(low)), scale.of(_to_end(high)))
    colour = series_colour(told.series)
    figure.add_scatter(x=x, y=scale.of(_to_end(told.came)), name="came", **stepped(INK, 1.6), **hover(scale))
    figure.add_scatter(x=x, y=scale.of(_to_end(said)), name="said", **stepped(colour, 2, "dash"), **hover(scale))
    when = "a tick" if ahead == 1 else f"{ahead} ticks"
    note = f"Dashed: what was said {when} ({duration_text(ahead * of.calendar.tick_s)}) before."
    return Panel(f"Did the {title} come as expected?", figure, note)


def _to_end(values: Floats) -> Floats:
    """With the last one again, so that its tick has a length."""
    return np.append(values, values[-1])


def error_panel(of: Window, told: Told, ahead: int) -> Panel:
    """The mean error at each tick of the day."""
    ticks, errors = errors_by_tick_of_day(told, ahead, of.calendar.ticks_per_day)
    scale = series_scale(told.series, errors, of.about.currency)
    figure = blank(f"mean absolute error [{scale.unit}]", HEIGHT_PX)
    title = f"tick of the day, {of.calendar.ticks_per_day} a day"
    look: Look = {"unifiedhovertitle_text": "tick %{x:d} of the day"}
    offset = of.about.local_time(of.start).utcoffset()
    if of.axis.is_date and offset is not None:
        ticks = (ticks * of.calendar.tick_s + offset.total_seconds()) / 3600 % 24
        title, look = "local time of the day [h]", {"unifiedhovertitle_text": "%{x:.2f} h", "dtick": 3}
    figure.update_xaxes(title_text=title, showgrid=False, **look)
    marker = {"color": series_colour(told.series), "line_width": 0}
    figure.add_bar(x=ticks, y=scale.of(errors), name="mean error", marker=marker, **hover(scale))
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(showlegend=False, bargap=0.1)
    return Panel("At which time of the day is it wrong?", figure, "")


def lead_panel(of: Window, told: Told) -> Panel:
    """The mean error of what was said one tick before, two ticks before, and so on."""
    aheads, errors = lead_errors(told)
    scale = series_scale(told.series, errors, of.about.currency)
    figure = blank(f"mean absolute error [{scale.unit}]", HEIGHT_PX)
    figure.update_xaxes(title_text=f"ticks ahead, of {duration_text(of.calendar.tick_s)} each", showgrid=False)
    figure.update_xaxes(unifiedhovertitle_text="%{x:d} ticks ahead")
    look = {"mode": "lines", "line": {"color": series_colour(told.series), "width": 2}}
    figure.add_scatter(x=aheads, y=scale.of(errors), name="mean error", **look, **hover(scale))
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(showlegend=False)
    note = "Further ahead, most of these ticks had no forecast yet." if len(aheads) < told.horizon - 1 else ""
    return Panel("How much worse is it the further it looks?", figure, note)


def lead_errors(told: Told) -> tuple[NDArray[np.int64], Floats]:
    """Ticks ahead, and the mean error of each; left out where less than half of the ticks had been foretold."""
    found = ((ahead, np.abs(told.ahead(ahead)[0] - told.came)) for ahead in range(1, told.horizon))
    known = {ahead: errors[np.isfinite(errors)] for ahead, errors in found}
    kept = {ahead: errors.mean() for ahead, errors in known.items() if 2 * len(errors) >= max(len(told.ticks), 2)}
    return np.array(list(kept), dtype=np.int64), np.array(list(kept.values()), dtype=np.float64)


def learning_panel(rows: Sequence[Row]) -> Panel:
    """The error of each generation's best net, on what it learnt from and on what was held back, of each series.

    The rows' fitness is 1/MSE, with errors in spreads of the series.
    """
    figure = blank("error [spreads of the series]", HEIGHT_PX)
    figure.update_xaxes(title_text="generation", unifiedhovertitle_text="generation %{x:d}")
    for name, lines in _last_trainings(rows).items():
        generations, learned, held_back = ([row[column] for row in lines] for column in (2, 3, 4))
        for title, fitness, dash in (
            (_title(name), learned, "solid"),
            (f"{_title(name)}, held back", held_back, "dot"),
        ):
            errors = [None if one is None else one**-0.5 for one in fitness]
            line = {"color": series_colour(name), "width": 2, "dash": dash}
            if any(error is not None for error in errors):
                look = {"mode": "lines", "line": line, "hovertemplate": "%{y:.3f}"}
                figure.add_scatter(x=generations, y=errors, name=title, **look)
    note = "Solid: on the lessons. Dotted: on days held back. An error of 1 is as wide as the series scatters."
    return Panel("Has the evolution learned, or only memorised?", figure, note)


def _last_trainings(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each series' last training."""
    newest = {row[1]: row[0] for row in rows}  # they come in the order of their ticks
    return {name: [row for row in rows if (row[0], row[1]) == (tick, name)] for name, tick in newest.items()}


def _title(series: str) -> str:
    return plain(SERIES_TITLES[series])

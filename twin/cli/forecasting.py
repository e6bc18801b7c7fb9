"""`twin forecast`: the league of forecasters."""

import time
from collections.abc import Callable
from pathlib import Path

from dashboards.forecasts import (
    SCORE_HEADS,
    SERIES_NAMES,
    bound_text,
    is_known,
    league_report,
    score_cells,
    series_scale,
)
from dashboards.scales import share_text
from twin.cli.files import refuse_unwritable, write_page
from twin.cli.output import Output
from twin.errors import ScenarioError
from twin.scenario.judging import Score
from twin.scenario.launch import Start, prepare
from twin.scenario.league import League, entrants, prices, scores
from twin.scenario.request import Request
from twin.scenario.session import Progress, Watch

FIELDS = ("rmse", "mae", "skill_vs_persistence", "crps", "coverage", "over_floor")


def show_league(output: Output, request: Request, plot: Path | None) -> None:
    """Judge every forecaster, and price a plan on its word."""
    if plot is not None:
        refuse_unwritable("--plot", plot)
    loaded = request.load()
    if loaded.model.is_live:
        raise ScenarioError(request.scenario, "has a live feed", "forecasts are judged on days that are over")
    league = _played(output, prepare(loaded))
    if not output.as_json:
        _show(output, league)
    if plot is not None:
        write_page(plot, league_report(league))
        output.note(f"The picture is in {plot}")
    if output.as_json:
        output.result(_json(league))


def _played(output: Output, start: Start) -> League:
    scenario, names = start.loaded.model, entrants(start.loaded.model)
    blueprint = start.blueprint
    with output.progress(f"{scenario.name} forecasts") as watch:
        judged = scores(blueprint, names, _told(watch, blueprint.ticks))

    def carry(policy: str, work: Callable[[Watch], float]) -> float:
        with output.progress(f"{scenario.name} {policy}") as watch:
            return work(watch)

    priced = prices(blueprint, names, carry)
    return League(
        scenario.name,
        scenario.currency,
        blueprint.calendar,
        blueprint.ticks,
        judged,
        priced,
        blueprint.site.is_exact,
    )


def _told(watch: Watch, ticks: int) -> Callable[[int], None]:
    started_s = time.perf_counter()
    return lambda done: watch(Progress(done, ticks, done, time.perf_counter() - started_s))


def _json(league: League) -> dict[str, object]:
    series = {
        name: {"unit": league.unit(name), "forecasters": {who: _fields(score) for who, score in found.items()}}
        for name, found in league.scores.items()
    }
    money = {
        policy: {"net_cost": price.net_cost, "share_of_gap": price.share_of_gap}
        for policy, price in league.prices.items()
    }
    return {
        "scenario": league.scenario,
        "currency": league.currency,
        "ticks": league.ticks,
        "series": series,
        "money": money,
    }


def _fields(score: Score) -> dict[str, float | None]:
    return {field: getattr(score, field) for field in FIELDS}


def _show(output: Output, league: League) -> None:
    """A table for each series that somebody was wrong about, and one for the money."""
    length = f"{league.ticks} ticks"
    for series, found in league.scores.items():
        if is_known(league, series):
            output.line(f"{league.scenario}, {SERIES_NAMES[series]}: nobody was ever wrong\n")
            continue
        scale = series_scale(league, series)
        rows = [(who, *score_cells(score, scale)) for who, score in found.items()]
        title = f"{league.scenario}, {SERIES_NAMES[series]} [{scale.unit}]: {length}, all leads"
        output.table(("forecaster", *SCORE_HEADS), rows, title)
    money = [(who, f"{price.net_cost:,.2f}", share_text(price.share_of_gap)) for who, price in league.prices.items()]
    output.table(("policy", f"net {league.currency}", "of gap"), money, f"What plans on their word cost: {length}")
    output.line(bound_text(league))
    output.line("In band: how often what came lay in the 10-90 % band; 80 % is honest.")
    output.line("× floor: RMSE as a multiple of the true mean's, where that is known.")

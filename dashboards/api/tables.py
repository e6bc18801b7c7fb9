"""A run's columns by tick, and its two logs by day, as JSON or CSV."""

import csv
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from dashboards.api import answers
from dashboards.api.asked import CSV, MAX_PAGE, REFUSALS, Format, Limit, RunId, Tick
from dashboards.house import House
from twin.facts import COLUMNS
from twin.runs import Columns


class Stretch:
    """Ticks `from <= t < to`."""

    def __init__(
        self,
        start: Annotated[Tick, Query(alias="from")] = 0,
        to: Annotated[Tick | None, Query(description="The first tick that is not wanted.")] = None,
    ) -> None:
        self.start, self.to = start, to


def tables(house: House) -> APIRouter:
    """Routes that anybody may ask."""
    router, data = APIRouter(responses=REFUSALS, tags=["runs"]), house.data

    @router.get("/api/runs/{run}/ticks", responses=CSV, response_model=answers.Ticks)
    def ticks(
        run: RunId,
        part: Annotated[Stretch, Depends()],
        columns: Annotated[
            str | None, Query(max_length=5000, description="Names with commas between; all, if left out.")
        ] = None,
        limit: Limit = 1000,
        points: Annotated[
            int | None,
            Query(ge=2, le=MAX_PAGE, description="All ticks asked for in so many rows, without a page to come."),
        ] = None,
        form: Format = "json",
    ) -> Any:
        """The run's columns, tick by tick. CSV has the next page's first tick in the header `X-Next`.

        With `points`, two rows stand for all ticks between them where there are more: the first bears the least, the
        second the greatest value of each number, so that no peak is lost.
        """
        row = data.run(run)
        start, end = part.start, row.progress if part.to is None else min(part.to, row.progress)
        if points is None:
            stop = min(start + limit, end)
            found = answers.plain(data.ticks(row.id, _names(columns), start, stop))
        else:
            stop = end
            found = answers.plain(data.series(row.id, _names(columns), start, end, points))
        following = stop if stop < end else None
        return _csv(found, following) if form == "csv" else {"run": row.id, "next": following, "columns": found}

    return router


def logs(house: House) -> APIRouter:
    """Routes that anybody may ask."""
    router, data = APIRouter(responses=REFUSALS, tags=["runs"]), house.data

    @router.get("/api/runs/{run}/energy-log", responses=CSV, response_model=answers.EnergyLog)
    def energy_log(run: RunId, form: Format = "json") -> Any:
        """What was used and produced, day by day."""
        row = data.run(run)
        days = data.totals(row.id, ["load_j", "solar_j"])
        days["used_j"], days["produced_j"] = 0.0 - days.pop("load_j"), days.pop("solar_j")
        return _csv(days) if form == "csv" else {"run": row.id, "days": _rows(days)}

    @router.get("/api/runs/{run}/trade-log", responses=CSV, response_model=answers.TradeLog)
    def trade_log(run: RunId, form: Format = "json") -> Any:
        """What was bought and sold, day by day, and what that earned."""
        row = data.run(run)
        days = data.totals(row.id, ["import_j", "export_j", "cost"])
        days["bought_j"], days["sold_j"] = days.pop("import_j"), days.pop("export_j")
        days["earnings"] = 0.0 - days.pop("cost")
        return _csv(days) if form == "csv" else {"run": row.id, "currency": row.header.currency, "days": _rows(days)}

    return router


def _names(columns: str | None) -> list[str]:
    """The columns asked for; `tick` comes first, asked for or not."""
    asked = [name.strip() for name in columns.split(",")] if columns else COLUMNS
    return ["tick", *(name for name in asked if name != "tick")]


def _rows(columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in answers.rows_of(answers.plain(columns))]


def _csv(columns: Any, following: int | None = None) -> Response:
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(answers.rows_of(columns))
    headers = {} if following is None else {"X-Next": str(following)}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

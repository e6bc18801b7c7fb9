"""The API under /api, and /healthz; /docs describes it."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from dashboards import answers
from dashboards.data import every_tick
from dashboards.guard import Forbidden, check_token
from dashboards.house import House
from dashboards.jobs import JobError
from dashboards.scenarios import NoScenario
from twin.errors import Errors, ScenarioError, StoreError, StoreRequestError, TwinError
from twin.facts import COLUMNS
from twin.runs import Columns, RunState

MAX_PAGE = 10_000
RunId = Annotated[
    str, Path(alias="run", pattern="^(last|[1-9][0-9]{0,8})$", description="A run's number, or `last`.", examples=["1"])
]
Tick = Annotated[int, Query(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many rows at most.")]
Format = Annotated[Literal["json", "csv"], Query(alias="format")]
bearer = HTTPBearer(auto_error=False, description="The server's --token; needed to change something, never to read.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": answers.Failure} for status in (400, 401, 404, 409, 413, 422, 503)
}
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def install(server: FastAPI, house: House) -> None:
    """The routes, and how errors are answered."""
    server.include_router(reading(house))
    server.include_router(writing(house))
    server.add_exception_handler(TwinError, _failure)
    server.add_exception_handler(RequestValidationError, _invalid)

    @server.api_route("/api/{rest:path}", methods=["GET"], include_in_schema=False)
    def unknown(rest: str) -> Response:
        return _answer(404, [TwinError(f"/api/{rest[:60]}", "there is no such thing", "/docs describes what there is")])


def reading(house: House) -> APIRouter:
    """What anybody may ask."""
    router, data = APIRouter(responses=REFUSALS), house.data

    @router.get("/healthz", tags=["server"])
    def healthz() -> answers.Health:
        """Whether the store can be read, and what this server is running."""
        return answers.Health(status="ok", runs=len(data.runs()), under_way=sorted(house.jobs.under_way()))

    @router.get("/api/scenarios", tags=["runs"])
    def scenarios() -> list[str]:
        """The names of the scenarios that can be started."""
        return house.scenarios.names()

    @router.get("/api/runs", tags=["runs"])
    def runs(
        limit: Limit = 100,
        offset: Tick = 0,
        scenario: Annotated[str | None, Query(max_length=200)] = None,
        state: RunState | None = None,
    ) -> answers.RunList:
        """The runs, newest first."""
        found = [row for row in data.runs() if scenario in (None, row.header.scenario) and state in (None, row.state)]
        page = [answers.Run(**answers.run_fields(row)) for row in found[offset : offset + limit]]
        return answers.RunList(total=len(found), runs=page)

    @router.get("/api/runs/{run}", tags=["runs"])
    def one_run(run: RunId) -> answers.RunDetail:
        """All that is known of a run as a whole."""
        return answers.detail(data.run(run))

    @router.get("/api/runs/{run}/ticks", tags=["runs"], responses=CSV, response_model=answers.Ticks)
    def ticks(
        run: RunId,
        start: Annotated[Tick, Query(alias="from")] = 0,
        to: Annotated[Tick | None, Query(description="The first tick that is not wanted.")] = None,
        columns: Annotated[
            str | None, Query(max_length=5000, description="Names with commas between; all, if left out.")
        ] = None,
        limit: Limit = 1000,
        form: Format = "json",
    ) -> Any:
        """The run's columns, tick by tick. CSV has the next page's first tick in the header `X-Next`."""
        with data.reading() as store:
            row = store.run(run)
            wanted = [name.strip() for name in columns.split(",")] if columns else list(COLUMNS)
            stop = min(start + limit, row.progress if to is None else to)
            found = every_tick(store, row.id, ["tick", *(name for name in wanted if name != "tick")], start, stop)
        following = stop if stop < min(row.progress, row.progress if to is None else to) else None
        if form == "csv":
            return _csv(answers.plain(found), following)
        return answers.Ticks(run=row.id, next=following, columns=answers.plain(found))

    @router.get("/api/runs/{run}/energy-log", tags=["runs"], responses=CSV, response_model=answers.EnergyLog)
    def energy_log(run: RunId, form: Format = "json") -> Any:
        """What was used and produced, day by day."""
        row = data.run(run)
        days = data.totals(row.id, ["load_j", "solar_j"])
        days["used_j"], days["produced_j"] = 0.0 - days.pop("load_j"), days.pop("solar_j")
        return _csv(days) if form == "csv" else {"run": row.id, "days": _rows(days)}

    @router.get("/api/runs/{run}/trade-log", tags=["runs"], responses=CSV, response_model=answers.TradeLog)
    def trade_log(run: RunId, form: Format = "json") -> Any:
        """What was bought and sold, day by day, and what that earned."""
        row = data.run(run)
        days = data.totals(row.id, ["import_j", "export_j", "cost"])
        days["bought_j"], days["sold_j"] = days.pop("import_j"), days.pop("export_j")
        days["earnings"] = 0.0 - days.pop("cost")
        return _csv(days) if form == "csv" else {"run": row.id, "currency": row.header.currency, "days": _rows(days)}

    return router


def writing(house: House) -> APIRouter:
    """What needs the server's token, where it has one."""

    def allowed(credentials: Credentials) -> None:
        check_token(house.settings, credentials.credentials if credentials else None)

    router = APIRouter(responses=REFUSALS, dependencies=[Depends(allowed)], tags=["runs"])

    @router.post("/api/runs", status_code=201)
    def start(wanted: answers.NewRun) -> answers.Started:
        """Start a run; it is checked first."""
        changes = {"policy": wanted.policy, "days": wanted.days, "seed": wanted.seed}
        return answers.Started(run=house.start(wanted.scenario, changes, wanted.sets))

    @router.post("/api/runs/{run}/cancel", status_code=202)
    def cancel(run: RunId) -> answers.Started:
        """Interrupt a run that this server has started; it can be resumed."""
        return answers.Started(run=house.cancel(run))

    @router.post("/api/runs/{run}/resume", status_code=202)
    def resume(run: RunId) -> answers.Started:
        """Go on with a run that was interrupted."""
        return answers.Started(run=house.resume(run))

    @router.delete("/api/runs/{run}", status_code=204)
    def delete(run: RunId) -> None:
        """Delete a run and all of its rows."""
        house.delete([run])

    return router


def _rows(columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in answers.rows_of(answers.plain(columns))]


def _csv(columns: Any, following: int | None = None) -> Response:
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(answers.rows_of(columns))
    headers = {} if following is None else {"X-Next": str(following)}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def status_of(error: TwinError) -> int:
    """Whose the mistake is: the asker's, or ours (503)."""
    kinds = ((Forbidden, 401), (JobError, 409), (NoScenario, 404), (StoreRequestError, 404), (StoreError, 503))
    return next((status for kind, status in kinds if isinstance(error, kind)), 422)


def _failure(request: Request, error: Exception) -> Response:
    errors: Sequence[TwinError] = error.errors if isinstance(error, Errors) else [error]  # type: ignore[list-item]
    return _answer(status_of(errors[0]), errors)


def _invalid(request: Request, error: Exception) -> Response:
    """What the framework says of a request, in our form."""
    details = error.errors() if isinstance(error, RequestValidationError) else []
    faults: list[TwinError] = [
        ScenarioError(".".join(map(str, detail["loc"])), repr(detail.get("input"))[:100], str(detail["msg"]))
        for detail in details
    ]
    return _answer(422, faults)


def _answer(status: int, errors: Sequence[TwinError]) -> Response:
    faults = [{"where": one.where, "got": one.got, "expected": one.expected} for one in errors]
    body = {"error": faults[0], "errors": faults} if len(faults) > 1 else {"error": faults[0]}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers)

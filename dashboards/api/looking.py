"""Runs as a whole, the scenarios to start one from, and whether all is well."""

from typing import Annotated

from fastapi import APIRouter, Query

from dashboards.api import answers
from dashboards.api.asked import REFUSALS, Limit, RunId, Tick
from dashboards.house import House
from twin.runs import RunState


def looking(house: House) -> APIRouter:
    """Routes that anybody may ask."""
    router, data = APIRouter(responses=REFUSALS), house.data

    @router.get("/healthz", tags=["server"])
    def healthz() -> answers.Health:
        """Whether the store can be read, and what this server is running."""
        return answers.Health(status="ok", runs=len(data.runs()), under_way=sorted(house.jobs.under_way()))

    @router.get("/alive", include_in_schema=False, status_code=204)
    async def alive() -> None:
        """Nothing but an answer, which open pages ask for all the time."""

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

    return router

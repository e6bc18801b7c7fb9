"""What changes something, and so needs the server's token, where it has one."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from dashboards.api import answers
from dashboards.api.asked import REFUSALS, RunId
from dashboards.guard import check_token
from dashboards.house import House

bearer = HTTPBearer(auto_error=False, description="The server's --token; needed to change something, never to read.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def changing(house: House) -> APIRouter:
    """Routes that start, stop and delete runs."""

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

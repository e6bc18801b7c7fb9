"""How the API says that something cannot be had: with a status, and where, what came and what was expected."""

from collections.abc import Mapping, Sequence

from dash.exceptions import DependencyException
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from dashboards.guard import Forbidden
from dashboards.jobs import JobError
from dashboards.scenarios import NoScenario
from twin.errors import Errors, ScenarioError, StoreError, StoreRequestError, TwinError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ANYTHING = ("/api/{rest:path}", "/{path:path}")
"""Where any path is answered: with a page or with what is wrong, so that a method allowed there says nothing."""


def install_failures(server: FastAPI) -> None:
    """Every error in one form; what is not there at all, too."""
    server.add_exception_handler(TwinError, _failure)
    server.add_exception_handler(RequestValidationError, _invalid)
    server.add_exception_handler(HTTPException, _refused)
    server.add_exception_handler(DependencyException, _no_file)

    @server.api_route("/api/{rest:path}", methods=["GET"], include_in_schema=False)
    def unknown(rest: str) -> Response:
        return _answer(404, [TwinError(f"/api/{rest[:60]}", "there is no such thing", "/docs describes what there is")])


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


def _refused(request: Request, error: Exception) -> Response:
    """What the framework itself turns away, such as a method that a path does not know."""
    status, got = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
    headers = dict((error.headers if isinstance(error, HTTPException) else None) or {})
    if status == 405 and (allowed := _allowed(request)):
        headers["Allow"] = ", ".join(allowed)
    return _answer(status, [TwinError(request.url.path[:100], got, "/docs describes what there is")], headers)


def _allowed(request: Request) -> list[str]:
    """All methods that the path knows; the framework names those of one route."""
    routes = [route for route in request.app.routes if getattr(route, "path", None) not in ANYTHING]
    asked = {method: {**request.scope, "method": method} for method in METHODS}
    return [method for method in METHODS if any(route.matches(asked[method])[0] is Match.FULL for route in routes)]


def _no_file(request: Request, error: Exception) -> Response:
    """A file of Dash's components that there is not."""
    return _answer(404, [TwinError(request.url.path[:100], "there is no such file", "the pages name those there are")])


def _answer(status: int, errors: Sequence[TwinError], more: Mapping[str, str] | None = None) -> Response:
    faults = [{"where": one.where, "got": one.got, "expected": one.expected} for one in errors]
    body = {"error": faults[0], "errors": faults} if len(faults) > 1 else {"error": faults[0]}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(body, status, {**headers, **(more or {})})

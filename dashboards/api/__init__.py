"""The API under /api, and /healthz; /docs describes it."""

from fastapi import FastAPI

from dashboards.api.changing import changing
from dashboards.api.describing import install_description
from dashboards.api.failures import install_failures
from dashboards.api.looking import looking
from dashboards.api.tables import logs, tables
from dashboards.house import House


def install(server: FastAPI, house: House) -> None:
    """The routes, and how errors are answered."""
    for routes in (looking, tables, logs, changing):
        server.include_router(routes(house))
    install_description(server)
    install_failures(server)

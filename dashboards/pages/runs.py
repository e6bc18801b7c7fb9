"""Home: what runs are stored, and a form to start one."""

from collections.abc import Mapping

from dash import Dash
from dash.development.base_component import Component

from dashboards.house import House
from dashboards.parts import empty_state, page


def layout(house: House, query: Mapping[str, str]) -> Component:
    """The grid of runs."""
    if not house.data.runs():
        return page("Runs", empty_state("No runs yet", "Start one here, or from the command line:", "twin run lab_day"))
    return page("Runs")


def register(app: Dash, house: House) -> None:
    """Nothing yet."""

"""The bell in the header: what needs attention in the run that is looked at."""

from dash import Dash, html
from dash.development.base_component import Component

from dashboards.data import Data


def bell() -> Component:
    """What stands in the header on every page."""
    return html.Div(id="bell")


def register(app: Dash, data: Data) -> None:
    """Nothing yet."""

"""Compare: to come."""

from collections.abc import Mapping

from dash import Dash
from dash.development.base_component import Component

from dashboards.data import Data
from dashboards.parts import page


def layout(data: Data, query: Mapping[str, str]) -> Component:
    """The page."""
    return page("Compare")


def register(app: Dash, data: Data) -> None:
    """Nothing yet."""

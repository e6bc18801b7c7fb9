"""What is sent to the browser when a page becomes another look at the same."""

import json

import pytest
from dash import dcc, html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboards import redraw
from dashboards.parts import page


def look(days: int, *more: Component, title: str = "Costs") -> Component:
    """A page as pages are: a field beside the title, numbers, and a figure among others."""
    field = dcc.Input(id="days", value=days)
    figure = dcc.Graph(id="cost", figure={"data": [{"y": [days]}]})
    panel = html.Section([html.H2("Costs?", id="question"), figure])
    return page(title, html.Dl([html.Dt("days"), html.Dd(days)]), html.Div([panel, *more]), controls=html.Div([field]))


def changes(before: Component, after: Component) -> list[redraw.Change] | None:
    return redraw.changes(redraw.parts_of(after), redraw.marks(redraw.parts_of(before)))


def test_a_page_that_is_built_alike_is_only_given_what_it_shows() -> None:
    found = dict(changes(look(1), look(7)) or [])
    assert found["cost"] == {"figure": {"data": [{"y": [7]}]}}
    assert found["question"] == {"children": "Costs?"}
    assert found["part-1"]["children"][1].children == 7


def test_a_part_that_is_built_otherwise_is_made_anew_alone() -> None:
    found = dict(changes(look(1), look(1, html.P("more"))) or [])
    assert [type(child).__name__ for child in found["part-2"]["children"]] == ["Section", "P"]
    assert "cost" not in found
    assert "part-1" in found


def test_a_page_of_other_parts_is_made_anew() -> None:
    assert changes(page("Costs", html.P("none")), look(1)) is None


def test_what_is_not_shown_by_the_part_itself_is_what_it_is_built_of() -> None:
    found = dict(changes(look(1), look(1, title="Prices")) or [])
    assert "part-0" in found


@pytest.mark.parametrize("same", [look(1), look(7)])
def test_all_of_it_can_be_sent(same: Component) -> None:
    assert json.dumps(changes(look(1), same), cls=PlotlyJSONEncoder)

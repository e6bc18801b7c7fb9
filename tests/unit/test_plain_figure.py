"""Figures in plain dictionaries say what plotly's own would."""

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.io import from_json, to_json

from dashboards.figures.drawing import blank
from dashboards.figures.figure import Figure, merged


def test_an_underscore_is_a_step_inwards() -> None:
    look = merged({"title": {"text": "a", "standoff": 6}}, {"title_text": "b", "marker": {"line_width": 0}})
    assert look == {"title": {"text": "b", "standoff": 6}, "marker": {"line": {"width": 0}}}


def test_words_that_have_an_underscore_and_our_own_table_are_left_as_they_are() -> None:
    look = {"paper_bgcolor": "white", "meta": {"columns": ["import_j"], "by_day": {}}}
    assert merged({}, look) == look


def test_what_is_merged_into_stays_as_it_was() -> None:
    before = {"xaxis": {"title": {"text": "a"}}}
    merged(before, {"xaxis_title_text": "b"})
    assert before == {"xaxis": {"title": {"text": "a"}}}


def drawn(figure: Figure | go.Figure) -> None:
    figure.add_scatter(x=np.array([1.0, 2.0]), y=np.array([3.0, np.nan]), name="a", line_width=2)
    figure.add_bar(x=["a", "b"], y=[1, 2], marker={"line_width": 0, "color": "red"})
    figure.add_shape(type="rect", x0=0, x1=1, y0=0, y1=1, line_width=0)
    figure.add_annotation(x=0, y=0, text="bus", font_size=12)
    figure.update_xaxes(title_text="days", range=[0, 1])
    figure.update_layout(margin={"l": 1}, showlegend=False)


def test_it_says_what_plotly_s_own_says() -> None:
    ours, theirs = blank("cost [EUR]", 200), go.Figure(blank("cost [EUR]", 200).to_plotly_json())
    drawn(ours)
    drawn(theirs)
    assert from_json(to_json(go.Figure(ours.to_plotly_json()))) == from_json(to_json(theirs))


def test_a_word_that_plotly_does_not_know_is_told() -> None:
    figure = blank("cost [EUR]", 200)
    figure.add_scatter(colour="red")
    with pytest.raises(ValueError, match="colour"):
        figure.checked()

"""What pages share: their frame, and what stands where there is nothing to show."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from twin.errors import Errors, StoreRequestError, TwinError


def page(title: str, *children: Component, controls: Component | None = None) -> Component:
    """A page: its title, what it is steered by beside it, and its content below."""
    heading = dmc.Title(title, order=1)
    head = dmc.Group([heading] if controls is None else [heading, controls], justify="space-between", className="head")
    parts = [head, *children]
    for number, part in enumerate(parts):
        # So that each can be drawn anew by itself.
        part.id = getattr(part, "id", f"part-{number}")
    return dmc.Stack(parts, className="page", gap="md")


def minding(faults: Sequence[TwinError], page: Component) -> Component:
    """The page, and below its title what of its address could not be had."""
    if faults:
        lines = [html.Div(str(fault)) for fault in faults]
        page.children.insert(1, dmc.Alert(lines, id="minded", color="yellow", variant="light"))
    return page


def link_button(text: str, href: str, name: str) -> Component:
    """A way to another page that looks like a button; one stop for the Tab key, where a button in a link is two."""
    return dcc.Link(text, href=href, id=name, className="button")


def empty_state(title: str, what_to_do: str, command: str | None = None) -> Component:
    """Nothing is there yet: why, and the command that changes it."""
    lines = [dmc.Title(title, order=3), dmc.Text(what_to_do, className="soft")]
    return dmc.Stack([*lines, *([dmc.Code(command, block=True)] if command else [])], className="empty", align="center")


def error_state(error: TwinError) -> Component:
    """What went wrong, line by line, in the words of the error."""
    errors = error.errors if isinstance(error, Errors) else [error]
    lines = [html.Div(str(one)) for one in errors]
    if isinstance(error, StoreRequestError):
        lines.append(dcc.Link("Choose among all runs", href="/"))
    return dmc.Alert(lines, title="This cannot be shown", color="red", variant="light", className="error")

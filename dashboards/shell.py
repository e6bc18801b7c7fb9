"""The frame around all pages: header, navigation, theme, messages, and which page an address means."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards import bell, redraw, token
from dashboards.address import link, query_of
from dashboards.house import House
from dashboards.pages import compare, consumption, editor, finance, forecasts, hardware, live, runs
from dashboards.pages.choosing import shown_in
from dashboards.parts import empty_state, error_state, page
from twin.errors import TwinError

PAGES: Mapping[str, tuple[str, ModuleType]] = MappingProxyType(
    {
        "/live": ("Live", live),
        "/consumption": ("Consumption", consumption),
        "/finance": ("Finance", finance),
        "/compare": ("Compare", compare),
        "/forecasts": ("Forecasts", forecasts),
        "/hardware": ("Hardware", hardware),
    }
)
HOMES: Mapping[str, ModuleType] = MappingProxyType({"/": runs, "/editor": editor})
"""The pages that change something; they are given the house, the others its data only."""
TITLES = {"/": "Runs"} | {path: title for path, (title, _) in PAGES.items()} | {"/editor": "Scenarios"}
THEME = {
    "primaryColor": "teal",
    "primaryShade": 9,
    "fontFamily": "system-ui, sans-serif",
    "defaultRadius": "sm",
}


def frame(house: House) -> Component:
    """What never changes from page to page."""
    sides = [html.Nav(id="navigation", **{"aria-label": "Pages"}), html.A("API", href="/docs", className="api")]
    shell = dmc.AppShell(
        [
            dmc.AppShellHeader(_header(house)),
            dmc.AppShellNavbar(sides, p="sm"),
            dmc.AppShellMain(html.Div(id="main", tabIndex=-1)),
        ],
        id="shell",
        header={"height": 48},
        navbar={"width": 180, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding="md",
    )
    names = ("route", "shown", "marks", "fields", "changes")
    stores = [dcc.Store(id=name) for name in names]
    skip = html.A("Skip to the page", href="#main", className="skip")
    # `assets/connection.js` fills it.
    connection = html.Div(id="connection", hidden=True, role="alert")
    content = [skip, *stores, connection, dmc.NotificationContainer(id="messages"), shell]
    return dmc.MantineProvider(content, id="theme", theme=THEME, defaultColorScheme="auto")


def _header(house: House) -> Component:
    left = [
        dmc.Burger(id="burger", hiddenFrom="sm", size="sm", opened=False, **{"aria-label": "Navigation"}),
        dmc.Anchor("Smart Grid Twin", href="/", underline="never", c="inherit", fw=600),
    ]
    toggle = dmc.ColorSchemeToggle(lightIcon="☀", darkIcon="☾", size="lg", **{"aria-label": "Light or dark"})
    return dmc.Group(
        [
            dmc.Group(left, gap="sm", wrap="nowrap"),
            dmc.Group([*token.lock(house), bell.bell(), toggle], gap="xs", wrap="nowrap"),
        ],
        justify="space-between",
        wrap="nowrap",
        h="100%",
        px="md",
    )


def register(app: Dash, house: House) -> None:
    """The callbacks of the frame and of all pages."""
    app.clientside_callback("() => window.twin.begin()", Output("route", "data"), Input("shell", "id"))
    app.clientside_callback(
        "(opened, navbar) => ({...navbar, collapsed: {mobile: !opened}})",
        Output("shell", "navbar"),
        Input("burger", "opened"),
        State("shell", "navbar"),
    )

    @app.callback(
        Output("main", "children"),
        Output("navigation", "children"),
        Output("burger", "opened"),
        Output("shown", "data"),
        Output("marks", "data"),
        Output("fields", "data"),
        Output("changes", "data"),
        Input("route", "data"),
        State("shown", "data"),
        State("marks", "data"),
        prevent_initial_call=True,
    )
    def show(route: dict[str, str], shown: dict[str, Any] | None, marks: Sequence[redraw.Mark]) -> tuple[Any, ...]:
        return drawn(house, (route["pathname"], query_of(route["search"])), shown, marks)

    app.clientside_callback(
        "(changes) => window.twin.change(changes)", Input("changes", "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        "(fields) => window.twin.complete(fields)", Input("fields", "data"), prevent_initial_call=True
    )

    token.register(app, house)
    for home in HOMES.values():
        home.register(app, house)
    for module in (bell, *(module for _, module in PAGES.values())):
        module.register(app, house.data)


def drawn(
    house: House,
    asked: tuple[str, Mapping[str, str]],
    shown: Mapping[str, Any] | None,
    marks: Sequence[redraw.Mark],
) -> tuple[Any, ...]:
    """The page, the navigation, that the burger is closed, what is shown now, its marks, its fields, and what is set.

    A page stays where it is if it is the one `shown` and is built alike, as its `marks` tell.
    """
    path, query = asked
    page = content(house, path, query)
    values = shown_in(page)
    fields, now = {"path": path, "values": values}, {"path": path, "run": values.get("run", query.get("run"))}
    parts = redraw.parts_of(page) if path in PAGES else []
    stays = parts and shown and shown["path"] == path
    changes = redraw.changes(parts, marks) if stays else None
    if changes is None:
        return page, navigation(path, now["run"]), False, now, redraw.marks(parts), fields, no_update
    frame = (no_update, no_update) if shown == now else (navigation(path, now["run"]), now)
    return no_update, frame[0], no_update, frame[1], redraw.marks(parts), fields, changes


def content(house: House, path: str, query: Mapping[str, str]) -> Component:
    """The page that an address means, or why it cannot be shown."""
    try:
        if path in HOMES:
            return HOMES[path].layout(house, query)
        if path in PAGES:
            return PAGES[path][1].layout(house.data, query)
    except TwinError as error:
        return page(TITLES[path], error_state(error))
    return page("Not found", empty_state("There is no such page", "Choose one from the navigation."))


def navigation(path: str, run: str | None) -> list[Component]:
    """A link to each page, which stays with the run that is looked at."""
    return [
        dmc.NavLink(
            label=title,
            href=link(target, {"run": run}),
            active="exact" if target == path else None,
            **{"aria-current": "page" if target == path else "false"},
        )
        for target, title in TITLES.items()
    ]

"""The server's token in the browser: asked for where it is needed, kept as long as the tab is open."""

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from dashboards.guard import Forbidden, check_token
from dashboards.house import House


def check(house: House, given: str | None) -> None:
    """Raises Forbidden, which says where a person gives it, unless this token allows changes."""
    try:
        check_token(house.settings, given)
    except Forbidden as error:
        raise Forbidden(error.where, error.got, "press 'Read-only' at the top to give it") from error


def lock(house: House) -> list[Component]:
    """What stands in the header: nothing, where no token is needed."""
    store = dcc.Store(id="token", storage_type="session")
    if not house.settings.token:
        return [store]
    field = dmc.PasswordInput(id="token-given", label="The server's token", **{"data-autofocus": True})
    dialog = dmc.Modal(
        dmc.Stack([field, dmc.Button("Unlock", id="token-try")]), id="token-asked", title="Changes need a token"
    )
    return [store, dmc.Button("Read-only", id="unlock", variant="default", size="compact-sm"), dialog]


def register(app: Dash, house: House) -> None:
    """Asks for the token and remembers the right one."""
    if not house.settings.token:
        return
    app.clientside_callback(
        "() => true", Output("token-asked", "opened"), Input("unlock", "n_clicks"), prevent_initial_call=True
    )

    @app.callback(
        Output("token", "data"),
        Output("token-asked", "opened", allow_duplicate=True),
        Output("token-given", "error"),
        Input("token-try", "n_clicks"),
        Input("token-given", "n_submit"),
        State("token-given", "value"),
        prevent_initial_call=True,
    )
    def unlock(clicks: int, submits: int, given: str | None) -> tuple[object, bool, str | None]:
        try:
            check(house, given)
        except Forbidden:
            return no_update, True, "That is not the token"
        return given, False, None

    app.clientside_callback(
        "(token) => token ? 'Unlocked' : 'Read-only'", Output("unlock", "children"), Input("token", "data")
    )

"""The requests of the pages' callbacks, as no page of ours sends them: refused, and no failure of the server."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboards.app import make_app
from dashboards.house import House
from dashboards.settings import Settings
from twin.scenario.schema import SHIPPED

PATH = "/_dash-update-component"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    store = tmp_path_factory.mktemp("callbacks") / "runs.sqlite"
    return TestClient(make_app(House(Settings(str(store), SHIPPED))), "http://localhost")


def values(*names: str) -> list[dict[str, Any]]:
    """Components' properties as a page sends them."""
    return [dict(zip(("id", "property"), name.split("."), strict=True)) | {"value": ""} for name in names]


@pytest.fixture(scope="module")
def body(client: TestClient) -> dict[str, Any]:
    """A body that is fine: the start form's, filled in with nothing."""
    outputs = ("scenario.error", "policy.error", "days.error", "seed.error", "error.children")
    (output,) = (
        one["output"]
        for one in client.get("/_dash-dependencies").json()
        if "start-days.error" in one["output"] and one["clientside_function"] is None
    )
    properties = [f"start-{name}" for name in outputs] + ["start.disabled"]
    inputs = [f"start-{name}.value" for name in ("scenario", "policy", "days", "seed")]
    changed = {"changedPropIds": inputs[:1]}
    return {"output": output, "outputs": values(*properties), "inputs": values(*inputs), "state": []} | changed


def test_what_a_page_sends_is_answered(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200
    assert "start-scenario" in answer.json()["response"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "[1]", "null", "1", '"text"', "[" * 5000, '{"output": [1]}'])
def test_a_body_that_calls_no_callback_is_refused(client: TestClient, text: str) -> None:
    answer = client.post(PATH, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"].startswith("body")


def test_a_body_of_another_type_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post(PATH, data={"output": body["output"]}).status_code == 422


CHANGES: dict[str, Callable[[list[Any]], object]] = {
    "missing": lambda _: [],
    "one short": lambda some: some[:-1],
    "one too many": lambda some: [*some, *some[:1]],
    "of another type": lambda _: {"id": 1},
    "numbers": lambda some: [1] * len(some),
    "nulls": lambda some: [None] * len(some),
    "without ids": lambda some: [{"property": "value"}] * len(some),
    "without properties": lambda some: [{"id": "start"}] * len(some),
    "lists of numbers": lambda some: [[1]] * len(some),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("key", ["inputs", "outputs"])
def test_values_that_the_callback_does_not_take_are_refused(
    client: TestClient, body: dict[str, Any], key: str, change: Callable[[list[Any]], object]
) -> None:
    answer = client.post(PATH, json={**body, key: change(body[key])})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == f"body.{key}"


@pytest.mark.parametrize("changed", [1, "start", [1], [None], {"a": 1}])
def test_changes_that_are_no_list_of_names_are_refused(client: TestClient, body: dict[str, Any], changed: Any) -> None:
    assert client.post(PATH, json={**body, "changedPropIds": changed}).status_code == 422


def test_a_value_of_any_type_is_told_on_the_page(client: TestClient, body: dict[str, Any]) -> None:
    for value in (None, 1, [], {}, [1]):
        inputs = [{**one, "value": value} for one in body["inputs"]]
        assert client.post(PATH, json={**body, "inputs": inputs}).status_code == 200

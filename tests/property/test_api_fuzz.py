"""The API under requests made from its own description: it answers all of them, and as it says it does."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from worlds import LAWS

from dashboards.app import make_app
from dashboards.house import House
from dashboards.settings import Settings
from twin.runs import open_store
from twin.scenario import simulate

AUTHORIZED = {"Authorization": "Bearer secret"}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The API over three short runs, and no scenario that a lucky guess could start."""
    folder = tmp_path_factory.mktemp("fuzz")
    with open_store(str(folder / "runs.sqlite")) as store:
        for _ in range(3):
            simulate("lab_day", policy="rule", store=store)
    house = House(Settings(str(folder / "runs.sqlite"), folder, "0.0.0.0", token="secret"))
    return schemathesis.openapi.from_asgi("/openapi.json", make_app(house))


def for_each_case(schema: Any, check: Callable[[schemathesis.Case], None], methods: Sequence[str]) -> int:
    """Run the check on requests of all operations with these methods; how many operations there were."""
    found = [result.ok() for result in schema.get_all_operations()]
    operations = [operation for operation in found if operation.method in methods]
    for operation in operations:
        LAWS(given(operation.as_strategy())(check))()
    return len(operations)


@pytest.mark.slow
def test_the_api_answers_as_it_is_described(described: Any) -> None:
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=AUTHORIZED)

    assert for_each_case(described, answers, ("get", "post", "delete")) == 11


@pytest.mark.slow
def test_nothing_is_written_without_the_token(described: Any) -> None:
    def refused(case: schemathesis.Case) -> None:
        assert case.call(headers={"Authorization": "Bearer guessed"}).status_code in (401, 422)

    assert for_each_case(described, refused, ("post", "delete")) == 4

"""What the command prints where."""

import json

import pytest

from twin.cli.output import Output
from twin.errors import TwinError

FAULT = TwinError("--plot a.html", "No space left on device", "a file that can be written")


def test_what_goes_wrong_after_the_answer_is_no_second_object(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True)
    output.result({"url": "http://127.0.0.1"})
    output.failure(FAULT)
    out, err = capsys.readouterr()
    assert json.loads(out) == {"url": "http://127.0.0.1"}
    assert err == f"{FAULT}\n"


@pytest.mark.parametrize(("as_json", "told"), [(True, '{"error": {"where": "--plot a.html"'), (False, "")])
def test_a_failure_is_an_object_only_where_json_was_asked_for(
    capsys: pytest.CaptureFixture[str], as_json: bool, told: str
) -> None:
    Output(as_json).failure(FAULT)
    out, err = capsys.readouterr()
    assert out.startswith(told)
    assert bool(out) != bool(err)

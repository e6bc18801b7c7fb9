"""What the README shows is what comes out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import twin

from twin.scenario.schema import SHIPPED

README = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
BREAKS = {"tick: 5 s": "tick: 5 J", "rated_power: 4.6 W": "rated_power: 4.6", "capacitance:": "capacitence:"}


@pytest.mark.slow
def test_a_policy_of_ones_own_comes_to_what_is_printed_below_it(tmp_path: Path) -> None:
    (code, printed) = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL).groups()
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == (printed, "")


def test_errors_say_what_the_readme_says_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (SHIPPED / "lab_day.yaml").read_text(encoding="utf-8")
    for right, wrong in BREAKS.items():
        text = text.replace(right, wrong, 1)
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = twin(tmp_path / "runs.sqlite", "check", "broken.yaml")
    assert said.err in README
    assert said.err.count("\n") == 4

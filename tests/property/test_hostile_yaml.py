import math
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import TwinError
from twin.scenario.schema import SHIPPED, load_text
from twin.units import DIMENSIONS, to_si

SCENARIOS = st.sampled_from([path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yaml"))])
SIGNS = st.text(st.sampled_from("[]{}:,-?&*!|>'\"%@` \n\t#~.<=0159aeJWEUR/é\ud800\0\x1b\u2028"), max_size=12)
WORDS = st.sampled_from(["- ", "? ", "!!int 3", "0x10", "1e999 J", "-5 W", "null", "[]", "{}", "'", "lab", "24:00"])
PIECES = SIGNS | WORDS | st.text(max_size=5)
STEPS = st.sampled_from(["storage", "loads", "0", "tick", "days", "market", "prices", "kind", "name", "x"])


def answer(text: str, *overrides: str) -> str:
    """What a user is told about a scenario, nothing if it is right; any error but ours fails the test."""
    try:
        load_text(text, "f.yaml", SHIPPED, overrides)
    except TwinError as error:
        return str(error)
    return ""


def is_printable(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@given(st.text() | SIGNS | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_refused_in_our_words(text: str) -> None:
    told = answer(text)
    assert told.startswith("f.yaml")
    assert is_printable(told)


@settings(max_examples=200)
@given(SCENARIOS, st.data())
def test_a_mutated_scenario_is_taken_or_refused_in_our_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(start + 40, len(text))))
    assert is_printable(answer(text[:start] + data.draw(PIECES) + text[stop:]))


@settings(max_examples=200)
@given(SCENARIOS, st.data())
def test_a_scenario_with_a_line_lost_or_moved_is_taken_or_refused_in_our_words(text: str, data: st.DataObject) -> None:
    lines = text.splitlines()
    source, target = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    line = lines.pop(source)
    assert is_printable(answer("\n".join(lines)))
    assert is_printable(answer("\n".join([*lines[:target], line, *lines[target:]])))


@settings(max_examples=200)
@given(SCENARIOS, st.lists(STEPS, max_size=4).map(".".join), PIECES)
def test_an_override_is_taken_or_refused_in_our_words(text: str, path: str, value: str) -> None:
    assert is_printable(answer(text, f"{path}={value}"))


def reading(text: str, dimension: str) -> float | str:
    try:
        return to_si(text, dimension)
    except ValueError as error:
        return str(error)


TEXTS = st.text(max_size=20) | st.text(string.digits + "eE.+-*/^ kWhJ%", max_size=20)


@given(TEXTS, st.sampled_from(sorted(DIMENSIONS)))
def test_a_quantity_is_finite_or_refused_with_what_is_wanted(text: str, dimension: str) -> None:
    found = reading(text, dimension)
    assert "wanted" in found or "write" in found if isinstance(found, str) else math.isfinite(found)

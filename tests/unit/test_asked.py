"""What is taken out of an address, and what is said of the rest."""

import pytest

from dashboards.address import Asked


@pytest.mark.parametrize("text", ["0", "7", "007", "59"])
def test_a_plain_number_is_taken_from_an_address(text: str) -> None:
    asked = Asked({"tick": text})
    assert asked.number("tick", 59, 3) == int(text)
    assert asked.faults == []


@pytest.mark.parametrize("text", ["-7", "٣", "7.0", "1e1", " 7", "60", "9" * 50, "<b>"])
def test_anything_else_is_told_and_the_default_is_taken(text: str) -> None:
    asked = Asked({"tick": text})
    assert asked.number("tick", 59, 3) == 3
    (fault,) = asked.faults
    assert str(fault) == f"address: tick={text[:40]}{'…' * (len(text) > 40)}; " + fault.expected
    assert fault.expected == "a whole number from 0 to 59 is wanted, this shows 3"


@pytest.mark.parametrize(("days", "chosen", "faults"), [("3", "3", 0), ("8", "7", 1), ("03", "7", 1), (None, "7", 0)])
def test_only_what_is_offered_is_chosen(days: str | None, chosen: str, faults: int) -> None:
    asked = Asked({} if days is None else {"days": days})
    assert asked.choice("days", ("1", "3", "7"), "7") == chosen
    assert len(asked.faults) == faults

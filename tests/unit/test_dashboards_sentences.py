import pytest

from dashboards.sentences import WHY, decision_sentence
from twin.facts import Reason


def row(reason: str = "balanced", **changes: object) -> dict[str, object]:
    quiet = {
        "import_j": 0.0,
        "export_j": 0.0,
        "storage_j": 0.0,
        "unserved_j": 0.0,
        "import_price": 0.31,
        "export_price": 0.15,
    }
    return quiet | {"shadow_price": None, "reason": reason} | changes


@pytest.mark.parametrize(
    ("tick", "told"),
    [
        (
            row("charge_price_low", import_j=7.0, storage_j=-7.0, shadow_price=0.58),
            "Bought 7.00 J at 31.0 ct/J and stored 7.00 J because stored energy is worth 58.0 ct/J.",
        ),
        (
            row("charge_price_low", import_j=7.0, storage_j=-7.0, shadow_price=0.30),
            "Bought 7.00 J at 31.0 ct/J and stored 7.00 J because energy costs only 31.0 ct/J now.",
        ),
        (
            row("hold_for_later", import_j=2.5, shadow_price=0.58),
            "Bought 2.50 J at 31.0 ct/J and kept what is stored for later, because stored energy is worth 58.0 ct/J.",
        ),
        (
            row("discharge_need", storage_j=5.0),
            "Drew 5.00 J from the storage because the sun gave less than was needed and the storage is used before the "
            "grid.",
        ),
        (
            row("export_full", export_j=12.0),
            "Sold 12.0 J at 15.0 ct/J because the sun gave more than was needed and the storage could take no more.",
        ),
        (
            row("fallback_time_limit", import_j=1.0),
            "Bought 1.00 J at 31.0 ct/J as the rule would, because the planner had no answer in time.",
        ),
        (row(), "Traded and stored nothing because sun and demand were equal."),
        (
            row(unserved_j=4.09),
            "Traded and stored nothing because sun and demand were equal. Demand of 4.09 J was not served.",
        ),
        (row("my_own"), "Traded and stored nothing for the reason 'my_own'."),
    ],
)
def test_a_decision_is_told_in_a_plain_sentence(tick: dict[str, object], told: str) -> None:
    assert decision_sentence(tick, "EUR") == told


def test_what_was_stored_is_told_with_the_tick_that_first_used_it() -> None:
    told = decision_sentence(row("store_surplus", storage_j=-3.0), "EUR", first_use=41)
    assert told.endswith("; it was first drawn on in tick 41.")
    assert "first drawn" not in decision_sentence(row("discharge_need", storage_j=3.0), "EUR", first_use=41)


def test_a_shadow_price_that_is_missing_is_not_told() -> None:
    told = decision_sentence(row("store_surplus", storage_j=-3.0, shadow_price=float("nan")), "EUR")
    assert told == "Stored 3.00 J because the sun gave more than was needed."


def test_every_reason_of_the_record_has_its_words() -> None:
    assert set(WHY) == {reason.value for reason in Reason}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_makes_a_whole_sentence(reason: Reason) -> None:
    told = decision_sentence(row(reason, import_j=1.0, shadow_price=0.2), "EUR")
    assert told[0].isupper()
    assert told.endswith(".")
    assert "{" not in told
    assert "  " not in told


@pytest.mark.parametrize(
    ("worth", "told"),
    [
        (0.26, "now, more than the 26.0 ct/J that stored energy is worth."),
        (0.31, "now and stored energy is worth 31.0 ct/J."),
    ],
)
def test_a_price_is_said_to_be_more_only_where_it_is(worth: float, told: str) -> None:
    drawn = row("discharge_price_high", storage_j=2.0, shadow_price=worth)
    assert decision_sentence(drawn, "EUR").endswith(told)

import numpy as np
import pytest

from dashboards.alerts import Alert, alerts
from dashboards.troubles import fault_text


def columns(ticks: int = 6, **changed: list[object]) -> dict[str, object]:
    quiet = {"tick": np.arange(ticks), "reason": ["balanced"] * ticks, "late_s": np.zeros(ticks)}
    return quiet | {"storage_source": ["model"] * ticks} | changed


def test_a_quiet_run_rings_no_bell() -> None:
    assert alerts(columns(), [], []) == []


def test_neighbouring_ticks_with_the_same_trouble_are_one_alert() -> None:
    reasons = ["balanced", "fallback_time_limit", "fallback_time_limit", "balanced", "fallback_no_solution", "balanced"]
    assert alerts(columns(reason=reasons), [], []) == [
        Alert(4, 1, "decided as the rule would, because the planner found no plan"),
        Alert(1, 2, "decided as the rule would, because the planner had no answer in time"),
    ]


def test_a_lost_board_is_named() -> None:
    sources = ["hardware", "hardware", "fallback", "fallback", "fallback", "hardware"]
    assert alerts(columns(storage_source=sources), [], []) == [
        Alert(2, 3, "no good reading from storage: the model answered")
    ]


def test_a_late_tick_is_told_with_how_late_it_was() -> None:
    assert alerts(columns(late_s=np.array([0, 1.5, 0, 0.25, 0.012, 0])), [], []) == [
        Alert(3, 2, "the tick began late, by up to 250 ms"),
        Alert(1, 1, "the tick began late, by 1.50 s"),
    ]


def test_violations_are_gathered_with_their_worst_amount() -> None:
    rows = [(1, "deadline", "task 1", 2.0), (2, "deadline", "task 1", 5.0), (5, "balance", "bus", 0.5)]
    assert alerts(columns(), rows, []) == [
        Alert(5, 1, "the meters did not balance (bus, 0.50 J)"),
        Alert(1, 2, "a task could not be planned to meet its deadline (task 1, 5.00 J)"),
    ]


def test_faults_are_gathered_with_what_was_said_first() -> None:
    rows = [(3, "storage", "silent", "no reading in time"), (4, "storage", "silent", "still none")]
    assert alerts(columns(), [], rows) == [Alert(3, 2, "storage gave no reading in time")]


@pytest.mark.parametrize(
    ("kind", "detail", "told"),
    [
        ("missing", "does not answer", "could not be reached (does not answer)"),
        ("lost", "has been silent for 2 ticks", "was lost (has been silent for 2 ticks)"),
        ("duplicate", "b'board 1 {}'", "answered twice"),
        ("limit", "power is 9, beyond 1.5", "was not believed (limit: power is 9, beyond 1.5)"),
        ("stuck", None, "was not believed (stuck)"),
    ],
)
def test_a_fault_is_told_in_words_and_never_as_bytes(kind: str, detail: str | None, told: str) -> None:
    assert fault_text(kind, detail) == told


def test_a_trouble_of_an_unknown_kind_is_told_in_its_own_words() -> None:
    assert alerts(columns(), [(0, "odd_thing", "bus", 1.0)], [])[0].text == "odd thing (bus, 1.00 J)"

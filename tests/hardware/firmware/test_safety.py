"""What a board does by itself, whatever it is told, on both virtual machines."""

from functools import cache
from typing import Any

import pytest
from vms import VMS, printed

pytestmark = pytest.mark.parametrize("vm", VMS)


@cache
def safety(vm: str) -> dict[str, Any]:
    return printed(vm, "safety.py")


@pytest.mark.parametrize(("role", "held_w"), [("load", -0.5), ("solar", 2.0), ("storage", -0.7)])
def test_a_board_is_at_0_w_until_told_after_two_silent_ticks_and_when_stopped(
    vm: str, role: str, held_w: float
) -> None:
    seen = safety(vm)[role]
    before, held, still_held, silent, again, stopped = seen["powers"]
    assert [before, silent, stopped] == [0.0, 0.0, 0.0]
    assert [held, still_held, again] == pytest.approx([held_w] * 3, rel=0.01)
    assert seen["flags"] == ["silent"]
    assert (seen["energy_j"], seen["stopped"]) == (0.0, "stopped")


def test_a_grid_board_holds_the_bus_in_silence_and_lets_go_when_stopped(vm: str) -> None:
    seen = safety(vm)["grid"]
    assert seen["powers"] == [0.0, 0.8, 0.8, 0.8, 0.8, 0.0]
    assert seen["flags"] == ["silent"]


def test_a_board_asleep_for_a_minute_held_its_power_for_two_ticks_only(vm: str) -> None:
    seen = safety(vm)["slept"]
    assert seen["energy_j"] == pytest.approx(-1.0, rel=0.01)
    assert seen["state"] == "silent"


def test_an_over_voltage_opens_the_gates_until_the_board_is_taken_anew(vm: str) -> None:
    seen = safety(vm)["over_voltage"]
    assert seen["before"] == "held"
    assert seen["tripped"] == ["trip", True]
    assert seen["latched"] == ["trip", 0.0, ["trip"]]
    assert seen["again"] == ["held", 1.0]


def test_a_bus_that_nobody_holds_discharges_unless_others_feed_it(vm: str) -> None:
    alone, fed, drained = safety(vm)["left_alone"]
    volts, state = alone
    assert volts[1:] == pytest.approx([volts[0] * 0.3679, volts[0] * 0.1353], rel=0.01)
    assert state == "held"
    assert (min(fed[0]), fed[1]) == (20.0, "trip")
    assert drained == [[0.0, 0.0, 0.0], "held"]


def test_a_full_capacitor_takes_no_charge_and_never_passes_its_limit(vm: str) -> None:
    finely, coarsely, overfull = safety(vm)["full"]
    for seen in (finely, coarsely):
        assert 13.9 < seen["most_v"] <= 14.0
    for seen in (finely, coarsely, overfull):
        assert seen["flags"] == ["full"]
        assert abs(seen["power_w"]) < 0.01


def test_a_sensor_that_is_off_does_not_creep_over_the_voltage_limit(vm: str) -> None:
    most_v, state = safety(vm)["creeping"]
    assert 13.9 < most_v <= 14.0
    assert state == "held"


def test_what_was_before_a_controller_came_is_in_no_reading_of_his(vm: str) -> None:
    assert safety(vm)["taken_anew"] == [0.0, 0]


def test_an_empty_capacitor_gives_nothing(vm: str) -> None:
    for seen in safety(vm)["empty"]:
        assert seen["flags"] == ["empty"]
        assert abs(seen["power_w"]) < 0.05
    assert safety(vm)["empty"][0]["least_v"] > 0.995


def test_a_sensor_that_does_not_answer_opens_the_gates_until_it_does_and_a_set_comes(vm: str) -> None:
    deaf, again = safety(vm)["sensor"]
    assert deaf == ["sensor", 0.0, False, ["sensor"]]
    assert again == "held"


def test_a_power_beyond_the_limits_is_clipped_and_said_to_be(vm: str) -> None:
    for (held_w, flags), limit_w in zip(safety(vm)["clipped"], [-1.0, 0.0, 4.6, -1.4], strict=True):
        assert held_w == limit_w
        assert "clipped" in flags

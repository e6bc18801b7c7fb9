"""What the loops reach on the simulated power stages, on both virtual machines."""

from functools import cache
from typing import Any

import pytest
from vms import VMS, printed


@cache
def steps(vm: str) -> dict[str, Any]:
    return printed(vm, "steps.py")


@pytest.mark.parametrize("vm", VMS)
def test_storage_current_settles_in_half_a_second_and_never_crosses_its_limit(vm: str) -> None:
    for step in steps(vm)["storage"]:
        assert step["settled_s"] < 0.5, step
        assert step["greatest_a"] <= 0.2, step


@pytest.mark.parametrize("vm", VMS)
def test_storage_keeps_its_limit_with_a_shunt_a_third_off_its_calibration(vm: str) -> None:
    for step in steps(vm)["miscalibrated"]:
        assert step["settled_s"] < 0.5, step
        assert step["greatest_a"] <= 0.2, step


@pytest.mark.parametrize("vm", VMS)
def test_the_bus_is_within_a_percent_after_a_load_step(vm: str) -> None:
    for step in steps(vm)["grid"]:
        assert step["settled_s"] < 0.1, step
        assert step["state"] == "held", step


@pytest.mark.parametrize("vm", VMS)
def test_a_lamp_takes_what_is_wanted_within_five_percent(vm: str) -> None:
    for step in steps(vm)["load"]:
        assert step["settled_s"] < 0.5, step


@pytest.mark.parametrize("vm", VMS)
@pytest.mark.parametrize("kind", ["solar", "curtailed"])
def test_a_panel_gives_its_most_or_what_is_wanted_within_two_percent(vm: str, kind: str) -> None:
    for step in steps(vm)[kind]:
        assert step["settled_s"] < 0.5, step
        assert step["best_w"] * 0.98 <= step["power_w"] <= step["best_w"] * 1.02, step

"""The loops and meters in a Pico's 32-bit floats, which numpy has too."""

import sys
from typing import Any

import numpy as np
import pytest
from vms import HERE

from hil.firmware.board import Board
from hil.firmware.control import Meter

sys.path.insert(0, str(HERE / "on_board"))
from by_hand import live, make_board

WANTED = [("load", -0.5, {}), ("storage", -0.7, {}), ("solar", 5.0, {"sun": 0.8}), ("grid", 0.0, {"bus_w": -2.0})]
REACHED_W = {"load": -0.5, "storage": -0.7, "solar": 0.8 * 4.6, "grid": 2.0}


def small(numbers: dict[str, float]) -> dict[str, Any]:
    return {name: np.float32(value) for name, value in numbers.items()}


def small_board(role: str) -> Board:
    """A board all of whose numbers are 32 bits wide: what they meet stays so."""
    board = make_board(role)
    for part in (board.config.limits, board.config.calibration, board.config.sim):
        part.update(small(part))
    stage = type(board.stage)(board.config.sim)
    return Board(board.config, stage, board.clock)


@pytest.mark.parametrize(("role", "wanted_w", "world"), WANTED)
def test_every_loop_holds_its_power_in_32_bits(role: str, wanted_w: float, world: dict[str, float]) -> None:
    board = small_board(role)
    board.take(5.0, 1.0)
    board.set(0, np.float32(wanted_w), small(world))
    live(board, 2.0)
    power_w = board.stage.measure().power_w
    assert isinstance(power_w, np.float32)
    assert power_w == pytest.approx(REACHED_W[role], rel=0.01)


def test_a_meter_of_32_bits_counts_a_quarter_of_an_hour_to_six_digits() -> None:
    meter = Meter()
    meter.energy_j = meter._lost_j = np.float32(0.0)
    for _ in range(180000):
        meter.add(np.float32(0.005) * np.float32(1.1))
    assert float(meter.energy_j) == pytest.approx(180000 * 0.0055, rel=1e-6)

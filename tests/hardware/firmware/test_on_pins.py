"""The Pico's own files under MicroPython, on a stand-in for its pins and radio; and the compiler for boards."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from vms import ROOT, Peer, board_file, on_a_pty, printed, tool

from hil.firmware.config import read
from hil.firmware.protocol import Frame, decode

FILES = sorted((ROOT / "hil" / "firmware").glob("*.py"))


@cache
def pins() -> dict[str, Any]:
    return printed("micropython", "pins.py")


def test_a_lamp_is_measured_by_the_voltage_of_its_sense_resistor() -> None:
    assert pins()["load"] == pytest.approx({"bus_v": 7.0, "power_w": -3.0 * 0.3, "inner_v": 3.0}, rel=1e-3)


def test_current_comes_from_the_ina219_as_calibrated() -> None:
    assert pins()["storage"] == pytest.approx({"bus_v": 7.0, "power_w": 1.4, "inner_v": 12.0}, rel=1e-3)
    assert pins()["drawing"]["power_w"] == pytest.approx(7.0 * (-0.11 - 0.01), rel=1e-3)
    assert pins()["setting"] == [0x01, 0x11, 0x19]


def test_each_converter_turns_its_ratio_into_its_duty_and_never_shorts_the_switch() -> None:
    assert pins()["duties"] == pytest.approx([0.4, 0.6, 0.5, 0.4, 0.95], abs=1e-4)


def test_gates_are_open_at_start_and_after_stop() -> None:
    before, held, after = pins()["held"]
    assert before == after == [0, 0]
    assert held[0] == 1
    assert held[1] > 0


def test_a_sensor_that_falls_silent_opens_the_gates() -> None:
    assert pins()["deaf"] == ["held", 1, "sensor", [0, 0]]


def test_a_board_joins_its_network_and_goes_on_without_one() -> None:
    assert pins()["wifi"] == [["lab", "secret"], ["elsewhere", "secret"]]


def test_the_watchdog_is_fed_and_released_with_gates_open() -> None:
    fed, registers, gates = pins()["watched"]
    assert fed == [2000, 2000]
    assert registers == {str(0x4005B000): 1 << 30}
    assert gates == [0, 0]


def test_a_sensor_that_comes_late_or_anew_is_set_up() -> None:
    assert pins()["late_sensor"] == ["sensor", ["held", 0x01], ["held", 0x01]]


def test_ctrl_c_ends_a_board_on_a_network_but_not_one_whose_wire_it_comes_on() -> None:
    assert pins()["keys"] == [[-1], []]


def test_who_interrupts_a_program_finds_its_gates_open_and_the_watchdog_at_rest() -> None:
    assert pins()["interrupted"] == [{str(0x4005B000): 1 << 30}, [0, 0]]


def test_a_program_that_fails_opens_the_gates_and_leaves_the_rest_to_the_watchdog() -> None:
    assert pins()["failed"] == [{}, [0, 0]]


def asked(wire: Peer, line: bytes) -> Frame:
    return decode(wire.ask(line))


def test_a_board_on_pins_without_a_radio_talks_and_refuses_to_hurry(tmp_path: Path) -> None:
    with on_a_pty("micropython", board_file(tmp_path, "load", hal="pico"), "plain") as wire:
        assert asked(wire, b'hello 1 {"factor":2}').body["code"] == "factor"
        assert asked(wire, b"hello 2").body["sim"] is False
        assert asked(wire, b'set 3 {"tick":0,"power_w":-0.5,"world":{"sun":1}}').verb == "done"
        assert asked(wire, b'tick 4 {"tick":1}').body["flags"] == []
        assert asked(wire, b"leave 5").verb == "stopped"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_compiles_for_a_board(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mpy"
    subprocess.run([tool("mpy-cross"), "-march=armv6m", "-o", str(out), str(file)], check=True, timeout=30)
    assert out.stat().st_size > 0


def test_the_shipped_board_file_is_a_board() -> None:
    assert read(str(ROOT / "hil" / "firmware" / "board.json")).hal == "pico"

"""The Pico's power stage on a stand-in for its pins; MicroPython only. Prints what pins did and what was measured."""

import struct

import machine
import network
from by_hand import HandClock, live, say

from hil.firmware import hal_pico
from hil.firmware.board import Board
from hil.firmware.config import Config

ONE_VOLT = 65535 / 3.3
PINS = {"pwm": 15, "gate": 14}


def make(role, calibration):
    machine.registers.clear()
    machine.registers[1] = struct.pack(">h", 0)
    config = Config({"name": role, "role": role, "hal": "pico", "calibration": calibration, "pins": PINS})
    return Board(config, hal_pico.PicoStage(config.role, config.pins, config.calibration), HandClock())


def pins():
    return [machine.pins[14], machine.duties[15]]


def bus(volts, inner_volts, return_volts):
    for pin, value in ((26, volts), (27, inner_volts), (28, return_volts)):
        machine.analog[pin] = int(value * ONE_VOLT + 0.5)


def measured(role, calibration, raw=0):
    board = make(role, calibration)
    bus(1.4, 1.2, 0.306)
    machine.registers[1] = struct.pack(">h", raw)
    seen = board.stage.measure()
    return {"bus_v": seen.bus_v, "power_w": seen.power_w, "inner_v": seen.inner_v}


def ratio(role, value):
    board = make(role, {})
    board.stage.drive(value)
    return machine.duties[15] / 65535


def held():
    """A load board from start to stop: gate and duty."""
    board = make("load", {"bus_scale": 5.0, "inner_scale": 2.5})
    bus(1.4, 1.2, 0.02)
    seen = [pins()]
    board.take(5.0, 1.0)
    board.set(0, -0.5, {})
    live(board, 0.1)
    seen.append(pins())
    board.stop()
    seen.append(pins())
    return seen


def deaf():
    board = make("storage", {"bus_scale": 5.0})
    bus(1.4, 1.2, 0.0)
    board.take(5.0, 1.0)
    board.set(0, 0.7, {})
    live(board, 0.1)
    seen = [board.state, pins()[0]]
    del machine.registers[1]
    live(board, 0.1)
    seen.append(board.state)
    seen.append(pins())
    return seen


def wifi(ssid):
    hal_pico.join_wifi(ssid, "secret")
    return network.joined[-1]


def watched():
    board = make("grid", {})
    board.stage.feed_watchdog()
    board.stage.feed_watchdog()
    board.stage.release()
    return [machine.fed, machine.mem32, pins()]


hal_pico.WIFI_TRIES = 2
say("load", measured("load", {"bus_scale": 5.0, "inner_scale": 2.5}))
say("storage", measured("storage", {"bus_scale": 5.0, "inner_scale": 10.0}, 2000))
say("drawing", measured("grid", {"bus_scale": 5.0, "current_scale": 1.1, "current_zero_a": 0.01}, -1000))
say("setting", [make(role, {}) and machine.registers[0][0] for role in ("storage", "solar", "grid")])
say("duties", [ratio("load", 0.4), ratio("solar", 0.4), ratio("storage", 1.0), ratio("grid", 0.4), ratio("load", 3.0)])
say("held", held())
say("deaf", deaf())
say("wifi", [wifi("lab"), wifi("elsewhere")])
say("watched", watched())

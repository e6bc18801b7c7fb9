"""The Pico's power stage on a stand-in for its pins; MicroPython only. Prints what pins did and what was measured."""

import struct

import machine
import network
from by_hand import HandClock, live, say

from hil.firmware import hal_pico, main
from hil.firmware.board import Board
from hil.firmware.config import Config
from hil.firmware.talk import Floor

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


def setting(role):
    make(role, {}).stage.measure()
    return machine.registers[0][0]


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


def late_sensor():
    """A sensor that is not there yet when the board starts, and that loses its settings with its power."""
    machine.registers.clear()
    config = Config({"name": "storage", "role": "storage", "hal": "pico", "pins": PINS})
    board = Board(config, hal_pico.PicoStage(config.role, config.pins, config.calibration), HandClock())
    live(board, 0.1)
    seen = [board.state]
    for _ in range(2):
        machine.registers.clear()
        live(board, 0.1)
        machine.registers[1] = struct.pack(">h", 0)
        board.set(0, 0.7, {})
        live(board, 0.1)
        seen.append([board.state, machine.registers[0][0]])
    return seen


def keys_of(kind):
    """Whether Ctrl-C ends the program (3) or not (-1), by the kind of link; None where MicroPython was not told."""
    keys = []
    hal_pico.kbd_intr = keys.append
    told = {"name": "load", "role": "load", "hal": "pico", "pins": PINS, "key": "a key of the lab, 1"}
    told["link"] = {"kind": kind, "host": "127.0.0.1", "port": 0} if kind != "serial" else {}
    config = Config(told)
    stage = main.make_stage(config)
    main.make_link(config, Floor(Board(config, stage, HandClock())))
    return keys


def ended(error):
    """The watchdog's register and the pins after a program that ends with an error, while it was holding."""

    def serve(board, link):
        board.stage.drive(0.5)
        raise error

    machine.mem32.clear()
    main.read = lambda path: Config({"name": "load", "role": "load", "hal": "pico", "pins": PINS})
    main.serve = serve
    try:  # noqa: SIM105 (MicroPython has no contextlib)
        main.run("board.json")
    except OSError:
        pass
    return [machine.mem32, pins()]


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
say("setting", [setting(role) for role in ("storage", "solar", "grid")])
say("duties", [ratio("load", 0.4), ratio("solar", 0.4), ratio("storage", 1.0), ratio("grid", 0.4), ratio("load", 3.0)])
say("held", held())
say("deaf", deaf())
say("wifi", [wifi("lab"), wifi("elsewhere")])
say("watched", watched())
say("late_sensor", late_sensor())
say("keys", [keys_of(kind) for kind in ("serial", "listen")])
say("interrupted", ended(KeyboardInterrupt()))
say("failed", ended(OSError(5)))

"""What a board does whatever it is told: limits, silence, trips; prints what was seen."""

from by_hand import live, make_board, say

from hil.firmware.stage import Measured


def power_w(board):
    return board.stage.measure().power_w


def said(board, tick):
    return board.begin(tick, {})


def silence(role, wanted_w, world):
    """Power before a set, held, just before two ticks are over and after; what the next readings say."""
    board = make_board(role, sim={"stored_j": 20.0} if role == "storage" else {})
    board.take(1.0, 1.0)
    live(board, 0.5)
    powers = [power_w(board)]
    board.set(0, wanted_w, world)
    for length_s in (0.5, 1.45, 0.1):
        live(board, length_s)
        powers.append(power_w(board))
    reading = said(board, 1)
    live(board, 1.0)
    after = said(board, 2)
    board.set(2, wanted_w, world)
    live(board, 0.5)
    powers.append(power_w(board))
    board.stop()
    powers.append(power_w(board))
    return {"powers": powers, "flags": reading["flags"], "energy_j": after["energy_j"], "stopped": board.state}


def slept():
    """A board that was stopped by its debugger for a minute held its power for two ticks of it."""
    board = make_board("load")
    board.take(1.0, 1.0)
    board.set(0, -0.5, {})
    board.clock.now_us += 60000000
    board.advance()
    return {"energy_j": board.begin(1, {})["energy_j"], "state": board.state}


def over_voltage():
    board = make_board("grid")
    board.take(5.0, 1.0)
    board.set(0, 0.0, {"bus_w": 1.0})
    live(board, 0.5)
    before = board.state
    board.set(0, 0.0, {"bus_w": 40.0})
    live(board, 0.02)
    tripped = [board.state, board.open]
    board.set(1, 0.0, {"bus_w": -1.0})
    live(board, 0.5)
    latched = [board.state, power_w(board), board.begin(2, {})["flags"]]
    board.take(5.0, 1.0)
    board.set(3, 0.0, {"bus_w": -1.0})
    live(board, 0.5)
    return {"before": before, "tripped": tripped, "latched": latched, "again": [board.state, power_w(board)]}


def left_alone(others_w):
    """The bus after a trip, while the others go on or do not: each second's voltage, then the board taken anew."""
    board = make_board("grid")
    board.take(5.0, 1.0)
    board.set(0, 0.0, {"bus_w": 40.0})
    live(board, 0.02)
    board.set(1, 0.0, {"bus_w": others_w})
    volts = []
    for _ in range(3):
        live(board, 1.0, step_ms=250)
        volts.append(board.stage.measure().bus_v)
    board.take(5.0, 1.0)
    board.set(2, 0.0, {"bus_w": others_w})
    live(board, 0.5)
    return [volts, board.state]


def charging(stored_j, wanted_w, length_s, step_ms=5):
    board = make_board("storage", sim={"stored_j": stored_j})
    board.take(600.0, 1.0)
    board.set(0, wanted_w, {})
    seen = {"most_v": 0.0, "least_v": 99.0, "most_w": 0.0}

    def watch(since_s, measured):
        seen["most_v"] = max(seen["most_v"], measured.inner_v)
        seen["least_v"] = min(seen["least_v"], measured.inner_v)

    live(board, length_s, watch, step_ms)
    seen["power_w"] = power_w(board)
    seen["flags"] = board.begin(1, {})["flags"]
    return seen


class Off:
    """A power stage whose current sensor shows too much, into the bus."""

    def __init__(self, stage, by_a):
        self._stage = stage
        self._by_a = by_a

    def measure(self):
        seen = self._stage.measure()
        return Measured(seen.bus_v, seen.power_w + self._by_a * seen.bus_v, seen.inner_v)

    def __getattr__(self, name):
        return getattr(self._stage, name)


def creeping():
    """The highest voltage of a capacitor that is told to charge for a minute, by a sensor 2 mA off."""
    board = make_board("storage", sim={"stored_j": 48.9})
    board.stage = Off(board.stage, 0.002)
    board.take(600.0, 1.0)
    board.set(0, -1.4, {})
    live(board, 60.0, step_ms=50)
    return [board.stage.measure().inner_v, board.state]


def taken_anew():
    """The first reading after a controller came: what was before is not in it."""
    board = make_board("load")
    board.take(5.0, 1.0)
    board.set(0, -0.5, {})
    live(board, 1.0)
    board.take(5.0, 1.0)
    reading = board.begin(7, {})
    return [reading["energy_j"], reading["length_ms"]]


class Deaf:
    """A power stage whose sensor does not answer."""

    def __init__(self, stage):
        self._stage = stage

    def measure(self):
        raise OSError(5)

    def __getattr__(self, name):
        return getattr(self._stage, name)


def sensor():
    board = make_board("solar")
    board.take(5.0, 1.0)
    board.set(0, 4.0, {"sun": 1.0})
    live(board, 0.5)
    stage, board.stage = board.stage, Deaf(board.stage)
    live(board, 0.02)
    reading = board.begin(1, {})
    board.stage = stage
    live(board, 0.5)
    deaf = [board.state, power_w(board), "voltage_v" in reading, reading["flags"]]
    board.set(1, 4.0, {})
    live(board, 0.5)
    return deaf, board.state


def clipped(role, wanted_w):
    board = make_board(role)
    board.take(5.0, 1.0)
    done = board.set(0, wanted_w, {"sun": 1.0})
    return [done["power_w"], board.begin(1, {})["flags"]]


say("load", silence("load", -0.5, {}))
say("solar", silence("solar", 2.0, {"sun": 1.0}))
say("storage", silence("storage", -0.7, {}))
say("grid", silence("grid", 0.0, {"bus_w": -0.8}))
say("slept", slept())
say("taken_anew", taken_anew())
say("creeping", creeping())
say("over_voltage", over_voltage())
say("left_alone", [left_alone(others_w) for others_w in (0.0, 2.0, -2.0)])
say("full", [charging(48.7, -1.4, 3.0), charging(48.0, -1.4, 30.0, 500), charging(49.5, -1.4, 1.0)])
say("empty", [charging(0.5, 1.4, 3.0), charging(1.0, 1.4, 30.0, 500), charging(0.2, 1.4, 1.0)])
say("sensor", sensor())
say("clipped", [clipped("load", -5.0), clipped("load", 3.0), clipped("solar", 9.0), clipped("storage", -9.0)])

"""The board's program: `micropython -m hil.firmware.main [board.json]`, on a Pico from its `main.py`."""

import sys

from hil.firmware.board import Board
from hil.firmware.clock import Clock
from hil.firmware.config import Config, ConfigError, read
from hil.firmware.links import Link, Serial
from hil.firmware.stage import Stage
from hil.firmware.talk import Floor

BUSY_MS, CALM_MS, RESTING_MS = 5, 20, 50
"""How long the loop sleeps while the control loop settles, while it holds, and with the gates open."""


def serve(board: Board, link: Link) -> None:
    """Control and answer until told to leave."""
    while True:
        board.advance()
        board.stage.feed_watchdog()
        for wire, data in link.wait(pause_ms(board)):
            board.advance()
            for line in wire.lines.feed(data):
                wire.write(wire.talk.answer(line))
            if wire.talk.left:
                return


def pause_ms(board: Board) -> int:
    if board.open:
        return RESTING_MS
    return CALM_MS if board.role.settled and board.stage.sim else BUSY_MS


def make_stage(config: Config) -> Stage:
    """The power stage: simulated, or on pins, which only a Pico has; a board loads one of the two."""
    if config.hal == "sim":
        from hil.firmware.hal_sim import STAGES

        return STAGES[config.role](config.sim)
    from hil.firmware.hal_pico import PicoStage

    return PicoStage(config.role, config.pins, config.calibration)


def make_link(config: Config, floor: Floor) -> Link:
    link = config.link
    if config.wifi:
        from hil.firmware.hal_pico import join_wifi

        join_wifi(config.wifi["ssid"], config.wifi["password"])
    if link["kind"] == "serial":
        return Serial(floor)
    from hil.firmware.tcp import Dialling, Listening

    kind = Listening if link["kind"] == "listen" else Dialling
    return kind(floor, config.key.encode(), str(link["host"]), int(str(link["port"])))


def run(path: str = "board.json") -> None:
    """Be the board that a file describes."""
    config = read(path)
    stage = make_stage(config)
    try:
        board = Board(config, stage, Clock())
        serve(board, make_link(config, Floor(board)))
        stage.release()
    except KeyboardInterrupt:
        # Ctrl-C on USB, where that is not the wire: an installer wants the prompt.
        stage.release()
    finally:
        # After a fault the watchdog is not released: it starts a Pico anew.
        stage.drive(None)


if __name__ == "__main__":
    try:
        run(*sys.argv[1:2])
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)

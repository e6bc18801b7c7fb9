"""A board played back from what was on its wire."""

import select

from hil.frames import Conversation, Lines, encode
from hil.logbook import Line
from hil.replay import Recording, ReplayPort

BOARD = {"name": "solar", "role": "solar", "firmware": "1.0", "protocol": 1, "clock_ms": 0}


def recorded(*said: tuple[str, bytes]) -> Recording:
    lines = [Line(0, "solar", float(at_s), way, line.decode().strip()) for at_s, (way, line) in enumerate(said)]
    return Recording(lines, {})


def heard(port: ReplayPort, asked: bytes) -> list[bytes]:
    port.write(asked)
    if not select.select([port], [], [], 0)[0]:
        return []
    return Lines().feed(port.read(4096))


def test_a_board_that_was_greeted_twice_answers_the_first_hello() -> None:
    hello = Conversation(None, "").hello(5.0, 1.0, 0.0)
    port = ReplayPort(recorded(("<", hello), ("<", hello), (">", encode("board", 1, BOARD))))
    assert [line.split()[0] for line in heard(port, hello)] == [b"board"]
    port.close()

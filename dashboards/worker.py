"""One run in a process of its own: `python -m dashboards.worker`, started and watched by `jobs`.

It reads one line of JSON, answers with the run's number, and then runs until it is done or its input is closed. So it
never outlives the server that started it, however that ends; what was recorded is kept, and the run can be resumed.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any

from twin.errors import TwinError
from twin.runs import RunStore, open_store
from twin.scenario.launch import new_book, prepare, recorded, reopened
from twin.scenario.request import Request
from twin.scenario.session import Book, Session

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main() -> int:
    """Exit status: 0 done, 1 failed, 130 interrupted; the reason of a failure is the last line on standard error."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        order = json.loads(sys.stdin.readline())
        with open_store(order["store"]) as store:
            session, book = _session(store, order)
            sys.stdout.write(f"{book.run}\n")
            sys.stdout.flush()
            threading.Thread(target=_stop_when_left, daemon=True).start()
            recorded(session, book)
    except TwinError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _session(store: RunStore, order: Mapping[str, Any]) -> tuple[Session, Book]:
    """The session of a new run, or of one that is to go on."""
    if order["resume"] is not None:
        return reopened(store, store.run(order["resume"]))
    request = Request(order["scenario"], sets=tuple(order["sets"]))
    start = prepare(request.load())
    start.remember(store)
    policy = start.policy(order["policy"] or start.loaded.model.policy)
    book = new_book(store, start, policy)
    session = Session(start.blueprint, policy, book, start.clock)
    session.skip_to(start.first_tick)
    return session, book


def _stop_when_left() -> None:
    # Not by `sys.stdin`: Python could not shut down while a thread waits in there.
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

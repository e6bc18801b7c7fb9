"""A feed of ticks, read by the step."""

import numpy as np

from twin.facts import Feed, Floats, Outside, Task


class Repeated:
    """Answers each of a tick's `steps` steps with what its feed says of the tick."""

    def __init__(self, feed: Feed, steps: int) -> None:
        self.live = feed.live
        self._feed = feed
        self._steps = steps

    def at(self, tick: int) -> Outside:
        return self._feed.at(tick // self._steps)

    def values(self, start: int, stop: int) -> Floats:
        first, last = start // self._steps, -(-stop // self._steps)
        rows = np.repeat(self._feed.values(first, last), self._steps, axis=0)
        return rows[start - first * self._steps : stop - first * self._steps]

    def tasks(self, day: int) -> tuple[Task, ...]:
        return self._feed.tasks(day)

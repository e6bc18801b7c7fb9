"""The load behind a meter that counts load less sun."""

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Floats
from twin.feeds.column import clip_hint, clip_note
from twin.feeds.grid import Window, iso
from twin.feeds.offline import Series


def load_of_net(where: str, net_w: Series, solar_w: Series, window: Window, clip_w: float) -> tuple[Series, list[str]]:
    """What the meter counted and what the sun gave, and a note of what is below zero in sum.

    Raises ScenarioError for what is farther below zero than `clip_w`.
    """

    def sums(start: int, stop: int) -> Floats:
        total: Floats = net_w(start, stop) + solar_w(start, stop)
        return total

    load_w = sums(window.start, window.stop)
    far = np.flatnonzero(load_w < -clip_w)
    if len(far):
        first = f"{load_w[far[0]]:.4g} W at {iso(window.start_us + int(far[0]) * window.tick_us)}"
        got = f"comes with the sun to {first}, and is below zero in {len(far)} of {len(load_w)} ticks"
        expected = f"at least 0: check 'stamps' and the array's efficiency, or write {clip_hint(-float(load_w.min()))}"
        raise ScenarioError(where, got, expected)
    below = load_w[load_w < 0]
    notes = [f"{where}, with sun: {clip_note(below, len(load_w))}"] if len(below) else []
    return lambda start, stop: np.maximum(sums(start, stop), 0.0), notes

"""A single guess that says how far off it may be."""

from dataclasses import replace

import numpy as np

from twin.facts import BAND, Floats, Forecast, Observation, State
from twin.forecast.history import columns
from twin.forecast.lagged import Sampling

_PATHS = 100


class Banded:
    """What is expected, with the 10-90 % band of its sample paths beside it."""

    def __init__(self, paths: Sampling) -> None:
        self.name = paths.name
        self._paths = paths

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        guess = self._paths.predict(seen, horizon)
        band: Floats = np.quantile(columns(self._paths.sample(seen, horizon, _PATHS)), BAND, axis=0)
        return replace(guess, band=band)

    def state(self) -> State:
        return self._paths.state()

    def restore(self, state: State) -> None:
        self._paths.restore(state)

"""Forecasts where the tick that begins is not known: what was measured is the tick before."""

from dataclasses import replace as changed
from typing import Generic, Protocol, TypeVar

import numpy as np

from twin.facts import Calendar, Floats, Forecast, Forecaster, Limits, Observation, Prices, State, replace


class Sampling(Forecaster, Protocol):
    """A forecaster that also draws sample paths."""

    def sample(self, seen: Observation, horizon: int, count: int) -> Forecast: ...


Inner = TypeVar("Inner", bound=Forecaster)


class Lagged(Generic[Inner]):
    """Lets a forecaster see the tick before as its present one, and hands on what it expects after it.

    The prices of the tick that begins are known, so they are put in as they are.
    """

    def __init__(self, inner: Inner, calendar: Calendar, past: Floats) -> None:
        """`past`, `(ticks, 4)`, ends with the tick before the run."""
        self.name = inner.name
        self._inner = inner
        self._calendar = calendar
        self._past = past[-1].tolist() if len(past) else None
        self._ticks: dict[int, Prices] = {}

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        return self._from_present(self._inner.predict(self._before(seen), horizon + 1), seen)

    def state(self) -> State:
        prices = {str(tick): [known.import_price, known.export_price] for tick, known in self._ticks.items()}
        return {"inner": self._inner.state(), "prices": prices}

    def restore(self, state: State) -> None:
        self._inner.restore(state["inner"])
        self._ticks = {int(tick): Prices(*prices) for tick, prices in state["prices"].items()}

    def _before(self, seen: Observation) -> Observation:
        """The tick before as if it were the present one."""
        number = seen.tick.number
        self._ticks = {tick: known for tick, known in self._ticks.items() if tick >= number - 1}
        prices = self._ticks.get(number - 1, seen.prices)
        self._ticks[number] = seen.prices
        before = replace(seen, tick=self._calendar.tick(number - 1), ticks_left=seen.ticks_left + 1, prices=prices)
        if number or self._past is None:
            return before
        import_price, export_price, demand_w, solar_w = self._past
        return replace(
            before,
            prices=Prices(import_price, export_price),
            demand_w=demand_w,
            solar={"solar": Limits(0.0, solar_w, solar_w)},
        )

    def _from_present(self, forecast: Forecast, seen: Observation) -> Forecast:
        """A forecast without its first tick, and with the present prices."""
        prices = seen.prices
        band = forecast.band
        if band is not None:
            band = band[:, 1:].copy()
            band[:, 0, :2] = prices.import_price, prices.export_price
        return changed(
            forecast,
            import_price=begun(forecast.import_price, prices.import_price),
            export_price=begun(forecast.export_price, prices.export_price),
            demand_w=forecast.demand_w[..., 1:],
            solar_w=forecast.solar_w[..., 1:],
            band=band,
        )


class LaggedPaths(Lagged[Sampling]):
    """The same for what draws sample paths."""

    def sample(self, seen: Observation, horizon: int, count: int) -> Forecast:
        return self._from_present(self._inner.sample(self._before(seen), horizon + 1, count), seen)


def begun(values: Floats, first: float) -> Floats:
    """Values without their first tick, the one after it being known."""
    rest = np.array(values[..., 1:])
    rest[..., 0] = first
    return rest

"""What the meters told of the tick before, where a tick has several steps."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from twin.facts import Limits, Observation, State, replace
from twin.simulation.loads import base_and_room


class LastTick:
    """The means of the last tick's steps: what is known of sun and demand when the next tick begins."""

    def __init__(self) -> None:
        # Of each array the least it could give and what it could give at most.
        self._solar_w: dict[str, Sequence[float]] = {}
        self._loads_w: dict[str, float] = {}
        self._net_w: list[float] = []

    def keep(self, steps: Sequence[Observation]) -> None:
        """A tick is over, which was made of these steps."""
        self._solar_w = {name: means_w([step.solar[name] for step in steps]) for name in steps[0].solar}
        self._loads_w = {name: fmean(step.loads[name].wanted_w for step in steps) for name in steps[0].loads}
        self._net_w = [step.demand_w - step.available_w for step in steps]

    def seen(self, here: Observation, storage: Mapping[str, Limits]) -> Observation:
        """What a policy knows in a tick's first step; before the first tick, what the meters show now."""
        solar = {name: array(limits, self._solar_w.get(name)) for name, limits in here.solar.items()}
        loads = {name: load(limits, self._loads_w.get(name)) for name, limits in here.loads.items()}
        demand_w, base_w, task_room_w = base_and_room(loads.values())
        return replace(
            here,
            solar=solar,
            loads=loads,
            storage=storage,
            demand_w=demand_w,
            base_w=base_w,
            task_room_w=task_room_w,
            exact=False,
            net_steps_w=tuple(self._net_w),
        )

    def state(self) -> State:
        return {"solar_w": self._solar_w, "loads_w": self._loads_w, "net_w": self._net_w}

    def restore(self, state: State) -> None:
        self._solar_w, self._loads_w, self._net_w = state["solar_w"], state["loads_w"], state["net_w"]


def means_w(steps: Sequence[Limits]) -> Sequence[float]:
    """The means of the least and the most that an array could give in a tick's steps [W]."""
    return [fmean(limits.min_w for limits in steps), fmean(limits.wanted_w for limits in steps)]


def array(now: Limits, means: Sequence[float] | None) -> Limits:
    """The limits of an array under the means of the tick before."""
    if means is None:
        return now
    least_w, most_w = means
    return Limits(least_w, most_w, most_w)


def load(now: Limits, mean_w: float | None) -> Limits:
    """The limits of a load that wants the mean of the tick before."""
    return now if mean_w is None else replace(now, wanted_w=mean_w)

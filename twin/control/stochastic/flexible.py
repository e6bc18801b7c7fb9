"""What flexible tasks still want, as one reservoir that must run empty: how much of it, by when."""

from dataclasses import dataclass

import numpy as np

from twin.control.planner import Job
from twin.facts import Floats


@dataclass(frozen=True, slots=True)
class Demand:
    """Of all flexible tasks together, in J at the bus, after each tick of the horizon: arrays of shape `(ticks,)`.

    `open_j` is the most that may still be unserved then, `closed_j` what cannot have been served yet, and
    `servable_j` the most that the tick itself can serve.
    """

    wanted_j: float
    open_j: Floats
    closed_j: Floats
    servable_j: Floats


def demand_of(jobs: tuple[Job, ...], room_j: Floats) -> Demand:
    """What jobs want over a horizon in which the loads have `room_j`, `(ticks,)`, for them."""
    ticks = np.arange(len(room_j))
    open_j, closed_j, servable_j = np.zeros((3, len(room_j)))
    for job in jobs:
        ticks_left = np.maximum(job.last - 1 - np.maximum(ticks, job.first - 1), 0)
        open_j += np.minimum(job.energy_j, job.most_j * ticks_left + job.later_j)
        closed_j += np.where(ticks < job.first, job.energy_j, 0.0)
        servable_j += np.where((ticks >= job.first) & (ticks < job.last), job.most_j, 0.0)
    return Demand(sum(job.energy_j for job in jobs), open_j, closed_j, np.minimum(servable_j, room_j))

"""What it costs, in one tick, to have more or less stored afterwards: a step function for each path.

All energies are counted in stored J: a joule at the bus that is discharged takes `discharge_drain` of them, one that
is charged brings `charge_gain`, and one given to a task saves what discharging it later would take.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.control.planner import Site, pooled
from twin.facts import Floats


@dataclass(frozen=True, slots=True)
class Course:
    """What may come in the ticks ahead, each array of shape `(paths, ticks)`; demand and sun in J at the bus."""

    import_price: Floats
    export_price: Floats
    demand_j: Floats
    solar_j: Floats


class Supply(NamedTuple):
    """Steps of rising price, by how far they reach: arrays `(steps + 1, ticks, paths)` and `(steps, ticks, paths)`.

    Step `i` lies between `reach_j[i]` and `reach_j[i + 1]`, as change of what is stored, negative for less.
    """

    reach_j: Floats
    price: Floats


def supply(site: Site, course: Course, servable_j: Floats, import_limit_j: float, export_limit_j: float) -> Supply:
    """The supply of each tick and path; `servable_j`, `(ticks,)`, is what tasks could take of a tick at most.

    Limits of the market bound the steps, but whatever demand and sun make necessary is taken as given.
    """
    storage = pooled(site).storage
    gain, drain, wear = storage.charge_gain, storage.discharge_drain, storage.wear_price
    net_j = (course.solar_j - course.demand_j).T
    need_j, surplus_j = np.maximum(-net_j, 0.0), np.maximum(net_j, 0.0)
    import_price = course.import_price.T
    export_price = np.maximum(course.export_price.T, 0.0) if site.curtailable_part else course.export_price.T
    covered_j = np.minimum(need_j, storage.max_discharge_j)
    sold_j = np.minimum(storage.max_discharge_j - covered_j, export_limit_j)
    served_j = np.minimum(servable_j[:, None], surplus_j)
    stored_j = np.minimum(surplus_j - served_j, storage.max_charge_j)
    bought_j = np.maximum(import_limit_j - need_j, 0.0)
    served_dear_j = np.minimum(servable_j[:, None] - served_j, bought_j)
    stored_dear_j = np.minimum(storage.max_charge_j - stored_j, bought_j - served_dear_j)
    short = need_j > 0.0
    reach_j = np.empty((6, *net_j.shape))
    reach_j[0] = -(sold_j + covered_j) * drain
    reach_j[1] = -covered_j * drain
    reach_j[2] = served_j * drain
    reach_j[3] = reach_j[2] + stored_j * gain
    reach_j[4] = reach_j[3] + served_dear_j * drain
    reach_j[5] = reach_j[4] + stored_dear_j * gain
    price = np.array(
        [
            (export_price - wear) / drain,
            np.where(short, import_price - wear, export_price) / drain,
            np.where(short, import_price / drain, (export_price + wear) / gain),
            import_price / drain,
            (import_price + wear) / gain,
        ]
    )
    # Losses may make storing surplus dearer than serving with bought energy; the steps must rise all the same.
    return merged(Supply(reach_j, np.maximum.accumulate(price, axis=0)))


def merged(steps: Supply) -> Supply:
    """The same supply, without the borders at which the price never changes."""
    changes = np.flatnonzero(np.any(np.diff(steps.price, axis=0), axis=(1, 2)))
    return Supply(steps.reach_j[[0, *(changes + 1), -1]], steps.price[[*changes, -1]])

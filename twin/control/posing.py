"""From what is seen and expected to a problem for the planner, and from its solution back to a decision."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.components.load import servable_w
from twin.control.planner import Job, Problem, Site, Solution, Start
from twin.control.reasons import reason
from twin.control.setpoints import Swings, Wanted, best
from twin.facts import Decision, Forecast, Limits, Observation, OpenTask, Plan, SetPoint, Task, hold


def pose(site: Site, seen: Observation, forecast: Forecast, price: float, expected: tuple[Task, ...] = ()) -> Problem:
    """The problem of the horizon that `forecast` spans, its first tick as it really is where that is known.

    What is left in the storages at the horizon's end is taken to be exported at `price`. Behind the open tasks come
    those that are only `expected`.
    """
    tick_s = site.tick_s
    demand_w = servable_w(forecast.demand_w, site.shares, site.rated_w)
    fixed_w = forecast.solar_w * (1.0 - site.curtailable_part)
    if seen.exact:
        demand_w[0] = sum(seen.base_w)
        fixed_w[0] = sum(limits.min_w for limits in seen.solar.values())
    room_w = sum(site.rated_w) - demand_w
    if seen.exact:
        room_w[0] = seen.task_room_w
    return Problem(
        import_price=forecast.import_price,
        export_price=forecast.export_price,
        demand_j=demand_w * tick_s,
        solar_j=forecast.solar_w * tick_s,
        fixed_solar_j=fixed_w * tick_s,
        room_j=room_w * tick_s,
        import_limit_j=seen.market.max_w * tick_s,
        export_limit_j=-seen.market.min_w * tick_s,
        starts=starts(site, seen.stored_j, seen.storage, price),
        jobs=jobs(seen, expected, len(demand_w), tick_s),
    )


def starts(site: Site, stored_j: Mapping[str, float], limits: Mapping[str, Limits], price: float) -> tuple[Start, ...]:
    """Where the storages stand, and what a joule left in each at the end earns if the bus then gets `price` for it."""
    return tuple(
        Start(
            stored_j[name],
            -limits[name].min_w * site.tick_s,
            limits[name].max_w * site.tick_s,
            storage.discharge_efficiency * price,
        )
        for name, storage in site.storages.items()
    )


def jobs(seen: Observation, expected: tuple[Task, ...], ticks: int, tick_s: float) -> tuple[Job, ...]:
    """The open tasks as the horizon sees them, in their order, and those expected behind them.

    One without anything to plan has no energy.
    """
    now = seen.tick.number
    announced = (job(stand, now, ticks, tick_s) for stand in seen.tasks)
    foreseen = (job(OpenTask(task, task.energy_j), now, ticks, tick_s) for task in expected)
    return (*announced, *(replace(one, announced=False) for one in foreseen))


def binding(seen: Observation, expected: tuple[Task, ...], ticks: int, tick_s: float) -> tuple[Task, ...]:
    """The expected tasks that bind a plan: those that cannot wholly wait beyond the horizon."""
    posed = ((task, job(OpenTask(task, task.energy_j), seen.tick.number, ticks, tick_s)) for task in expected)
    return tuple(task for task, one in posed if one.later_j < one.energy_j)


def job(stand: OpenTask, now: int, ticks: int, tick_s: float) -> Job:
    """One task in ticks of the horizon, which begins at tick `now`."""
    task, remaining_j, started = stand.task, stand.remaining_j, stand.started
    first, deadline = max(task.start - now, 0), task.end - now
    if task.shape == "profile":
        profile_j = tuple(power_w * tick_s for power_w in task.profile_w)
        if started is not None:
            rest_j = profile_j[now - started :]
            return Job(task.name, "running", 0, len(rest_j), sum(rest_j), profile_j=rest_j)
        last_start = deadline - len(profile_j) + 1
        later_j = task.energy_j if last_start > ticks else 0.0
        starts = (first, min(last_start, ticks))
        return Job(task.name, "profile", *starts, task.energy_j, 0.0, math.inf, later_j, profile_j, deadline)
    max_j = task.max_power_w * tick_s
    ticks_beyond = max(deadline - max(first, ticks), 0)
    later_j = min(max_j, remaining_j) * ticks_beyond
    last = min(deadline, ticks)
    min_j = task.min_power_w * tick_s
    return Job(task.name, task.shape, first, last, remaining_j, min_j, max_j, min(later_j, remaining_j), due=deadline)


def decision(
    site: Site, seen: Observation, problem: Problem, plan: Plan, solution: Solution, swings: Swings
) -> Decision:
    """The first tick of a solution as a decision."""
    tick_s = site.tick_s
    return Decision(
        solar_w=curtailed(seen.solar, float(solution.curtailed_j[0]) / tick_s),
        storage=set_points(site, seen, problem, solution, swings),
        # Behind the open tasks come those that are not announced yet.
        tasks_w=tuple((solution.jobs_j[: len(seen.tasks), 0] / tick_s).tolist()),
        reason=reason(problem, solution, site),
        by=decided_by(solution),
        shadow_price=shadow_price(solution),
        plan=plan,
    )


def set_points(
    site: Site, seen: Observation, problem: Problem, solution: Solution, swings: Swings
) -> dict[str, SetPoint]:
    """What the storages are asked to do: to hold the planned powers, or what does best when the load moves."""
    tick_s = site.tick_s
    powers_w = ((solution.discharge_j[:, 0] - solution.charge_j[:, 0]) / tick_s).tolist()
    if seen.exact:
        return dict(zip(site.storages, map(hold, powers_w), strict=True))
    used_j = problem.demand_j[0] + solution.jobs_j[:, 0].sum() - problem.solar_j[0] + solution.curtailed_j[0]
    net_w = swings.around(float(used_j) / tick_s)
    grid_w = float(solution.import_j[0] - solution.export_j[0]) / tick_s
    chosen = {}
    for index, (name, storage) in enumerate(site.storages.items()):
        limits, value = seen.storage[name], float(solution.shadow_prices[index, 0])
        wanted = Wanted(powers_w[index], grid_w, limits.min_w, limits.max_w, storage, value)
        # Those after it hold for now what was planned for them.
        later_w = sum(powers_w[index + 1 :])
        prices = seen.prices.import_price, seen.prices.export_price
        chosen[name], left_w = best(wanted, net_w - later_w, prices, tick_s)
        net_w = left_w + later_w
    return chosen


def curtailed(solar: Mapping[str, Limits], excess_w: float) -> dict[str, float]:
    """The most that each array may give, where all of them together give `excess_w` less than they could [W]."""
    most_w = {}
    for name, limits in solar.items():
        part_w = min(excess_w, limits.wanted_w - limits.min_w)
        if part_w > 0.0:
            most_w[name] = limits.wanted_w - part_w
            excess_w -= part_w
    return most_w


def shadow_price(solution: Solution) -> float:
    """What one more joule would be worth now, in the storage in which it is worth most."""
    return float(solution.shadow_prices[:, 0].max())


def decided_by(solution: Solution) -> str:
    """What the record says of who decided."""
    return "plan" if solution.status == "optimal" else "incumbent"


def exit_price(forecast: Forecast) -> float:
    """What a joule that reaches the bus after the horizon is taken to earn."""
    return float(np.mean(forecast.export_price))

"""From what is seen and expected to a problem for the planner, and from its solution back to a decision."""

import math

import numpy as np

from twin.components.load import servable_w
from twin.control.planner import Job, Problem, Site, Solution
from twin.control.reasons import reason
from twin.facts import Decision, Forecast, Observation, OpenTask, Plan


def pose(site: Site, seen: Observation, forecast: Forecast, terminal_price: float) -> Problem:
    """The problem of the horizon that `forecast` spans, its first tick as it really is."""
    tick_s = site.tick_s
    demand_w = servable_w(forecast.demand_w, site.shares, site.rated_w)
    demand_w[0] = sum(seen.base_w)
    room_w = sum(site.rated_w) - demand_w
    room_w[0] = seen.task_room_w
    return Problem(
        import_price=forecast.import_price,
        export_price=forecast.export_price,
        demand_j=demand_w * tick_s,
        solar_j=forecast.solar_w * tick_s,
        room_j=room_w * tick_s,
        import_limit_j=seen.market.max_w * tick_s,
        export_limit_j=-seen.market.min_w * tick_s,
        stored_j=seen.stored_j,
        first_charge_j=-seen.storage.min_w * tick_s,
        first_discharge_j=seen.storage.max_w * tick_s,
        jobs=jobs(seen, len(demand_w), tick_s),
        terminal_price=terminal_price,
    )


def jobs(seen: Observation, ticks: int, tick_s: float) -> tuple[Job, ...]:
    """The open tasks as the horizon sees them, in their order; one without anything to plan has no energy."""
    return tuple(job(stand, seen.tick.number, ticks, tick_s) for stand in seen.tasks)


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


def decision(site: Site, seen: Observation, problem: Problem, plan: Plan, solution: Solution) -> Decision:
    """The first tick of a solution as a wish."""
    tick_s = site.tick_s
    return Decision(
        solar_w=seen.solar.wanted_w - float(solution.curtailed_j[0]) / tick_s,
        storage_w=float(solution.discharge_j[0] - solution.charge_j[0]) / tick_s,
        tasks_w=tuple((solution.jobs_j[:, 0] / tick_s).tolist()),
        reason=reason(problem, solution, site),
        by=decided_by(solution),
        shadow_price=float(solution.shadow_prices[0]),
        plan=plan,
    )


def decided_by(solution: Solution) -> str:
    """What the record says of who decided."""
    return "plan" if solution.status == "optimal" else "incumbent"


def exit_price(site: Site, forecast: Forecast) -> float:
    """What a joule left at the horizon's end is taken to earn."""
    return site.storage.discharge_efficiency * float(np.mean(forecast.export_price))

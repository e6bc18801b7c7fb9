"""Why a plan does what it does now: the first tick of a solution, put into one word of the vocabulary."""

from twin.control.planner import Problem, Site, Solution
from twin.facts import Reason


def reason(problem: Problem, solution: Solution, site: Site) -> Reason:
    """The most telling fact about a plan's first tick."""
    least_j = site.least_j
    kinds = {violation.kind for violation in solution.violations}
    if "import_limit" in kinds:
        return Reason.SHED_LIMIT
    if solution.curtailed_j[0] > least_j:
        limited = solution.export_j[0] >= problem.export_limit_j - least_j
        return Reason.CURTAIL_LIMIT if limited else Reason.CURTAIL_PRICE
    given_j = float((solution.discharge_j[:, 0] - solution.charge_j[:, 0]).sum())
    importing = solution.import_j[0] > least_j
    exporting = solution.export_j[0] > least_j
    if given_j < -least_j:
        return Reason.CHARGE_PRICE_LOW if importing else Reason.STORE_SURPLUS
    if given_j > least_j:
        return Reason.DISCHARGE_EXPORT if exporting else Reason.DISCHARGE_PRICE_HIGH
    if exporting:
        return (
            Reason.EXPORT_FULL
            if sum(start.charge_j for start in problem.starts) <= least_j
            else Reason.EXPORT_PRICE_HIGH
        )
    if importing:
        return _import_reason(problem, solution, least_j)
    return Reason.BALANCED


def _import_reason(problem: Problem, solution: Solution, least_j: float) -> Reason:
    """Why it imports while the storages rest."""
    for job, energy_j in zip(problem.jobs, solution.jobs_j[:, 0].tolist(), strict=True):
        if energy_j > least_j and job.shape != "running":
            last_chance = job.energy_j > (job.last - 1) * job.most_j + job.later_j
            return Reason.TASK_DEADLINE if last_chance else Reason.TASK_PRICE_LOW
    return (
        Reason.IMPORT_EMPTY if sum(start.discharge_j for start in problem.starts) <= least_j else Reason.HOLD_FOR_LATER
    )

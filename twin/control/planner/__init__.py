"""The planner: a horizon as a mixed-integer linear program, solved by CBC."""

from twin.control.planner.guarded import Guarded
from twin.control.planner.pool import pooled
from twin.control.planner.problem import Job, NoPlan, Problem, Site, Solution, Start, Worth
from twin.control.planner.solver import MOST_NODES, Guard, Planner, WholeTrace

__all__ = [
    "MOST_NODES",
    "Guard",
    "Guarded",
    "Job",
    "NoPlan",
    "Planner",
    "Problem",
    "Site",
    "Solution",
    "Start",
    "WholeTrace",
    "Worth",
    "pooled",
]

"""The planner: a horizon as a mixed-integer linear program, solved by CBC."""

from twin.control.planner.guarded import Guarded
from twin.control.planner.problem import Job, NoPlan, Problem, Site, Solution, Worth
from twin.control.planner.solver import Guard, Planner, WholeTrace

__all__ = ["Guard", "Guarded", "Job", "NoPlan", "Planner", "Problem", "Site", "Solution", "WholeTrace", "Worth"]

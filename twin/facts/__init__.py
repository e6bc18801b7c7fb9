"""The facts that pass between the rooms, and the seams that more than one room needs.

Positive power and energy flow into the bus. Power is in W, energy in J, time in s, prices in money per J.
Ticks are counted from the run's start; negative ticks are history.

What is made anew at every tick is a frozen struct of msgspec: it costs a fifth of a NamedTuple, and the garbage
collector need not look at it, as facts form no cycles. The rest are frozen dataclasses.
"""

from msgspec.structs import replace

from twin.facts.choices import BAND, IDLE, Decision, Forecast, Observation, Plan, Reason, SetPoint, Violation, hold
from twin.facts.record import COLUMNS, Economics, Record, StorageEconomics
from twin.facts.seams import Component, Feed, Forecaster, Memoryless, Policy, State, Stepwise
from twin.facts.world import (
    SERIES,
    Calendar,
    Floats,
    Limits,
    LinearStorage,
    OpenTask,
    Outside,
    Prices,
    Reading,
    Source,
    Task,
    TaskShape,
    Tick,
)

__all__ = [
    "BAND",
    "COLUMNS",
    "IDLE",
    "SERIES",
    "Calendar",
    "Component",
    "Decision",
    "Economics",
    "Feed",
    "Floats",
    "Forecast",
    "Forecaster",
    "Limits",
    "LinearStorage",
    "Memoryless",
    "Observation",
    "OpenTask",
    "Outside",
    "Plan",
    "Policy",
    "Prices",
    "Reading",
    "Reason",
    "Record",
    "SetPoint",
    "Source",
    "State",
    "Stepwise",
    "StorageEconomics",
    "Task",
    "TaskShape",
    "Tick",
    "Violation",
    "hold",
    "replace",
]

"""The same microgrid in vessim: the peer that the engine is measured against."""

from pathlib import Path

import numpy as np
import pandas as pd
from vessim import Actor, Consumer, Environment, GridConnection, Producer, Recorder, SimpleBattery, Trace

from twin.facts import SERIES, Floats
from twin.scenario.launch import Start

WH_J = 3600.0


def environment(start: Start, folder: Path | None = None) -> Environment:
    """A scenario's sun, base demand, prices and storage, not yet run; recorded as CSV if there is a folder for it.

    Solar first, storage next, grid last is vessim's default policy. It knows no tasks, and its storage is ideal.
    """
    blueprint, tick_s = start.blueprint, int(start.blueprint.scenario.tick)
    trace = blueprint.trace(0, blueprint.ticks)
    signals = {series: signal(trace[:, column], tick_s) for column, series in enumerate(SERIES)}
    capacity_wh = blueprint.physics.linear(tick_s).max_j / WH_J
    grid = Environment(sim_start="2024-06-01", step_size=tick_s)
    grid.add_microgrid(
        [Producer("solar", signals["solar_w"]), *consumers(start, trace[:, SERIES.index("demand_w")])],
        [SimpleBattery("storage", capacity=capacity_wh), GridConnection()],
        grid_signals={series: signals[series] for series in ("import_price", "export_price")},
    )
    if folder is not None:
        grid.add_controller(Recorder(folder))
    return grid


def consumers(start: Start, demand_w: Floats) -> list[Actor]:
    """Each load with its share of the base demand."""
    scenario = start.blueprint.scenario
    shares = zip(scenario.loads, scenario.shares, strict=True)
    return [Consumer(load.name, signal(demand_w * share, int(scenario.tick))) for load, share in shares]


def signal(values: Floats, tick_s: int) -> Trace:
    return Trace(pd.Series(values, index=np.arange(len(values)) * tick_s))

"""`twin train`: nets evolved ahead of their use, and kept in a file."""

import time
from collections.abc import Sequence
from pathlib import Path

from dashboards.forecasts import SERIES_NAMES
from twin.cli.files import refuse_unwritable, writing
from twin.cli.output import Output
from twin.errors import ScenarioError
from twin.facts import SERIES
from twin.forecast.nets import SeriesWatch
from twin.forecast.populations import save
from twin.forecast.training import Trained, Training
from twin.scenario.forecasters import Forecasters
from twin.scenario.launch import fingerprint, prepare
from twin.scenario.request import Request
from twin.scenario.session import Progress, Watch

BARS = "▁▂▃▄▅▆▇█"
CURVE_WIDTH = 14


def train_population(output: Output, request: Request, out: Path) -> None:
    """Evolve on the history before the scenario's first day, and write the population."""
    if out.suffix != ".npz":
        raise ScenarioError(f"--out {out}", "is no .npz file", "a name that ends in .npz")
    refuse_unwritable("--out", out)
    start = prepare(request.load())
    scenario = start.loaded.model
    evolved = Forecasters(start.blueprint, start.clock.real).evolved()
    with output.progress(f"{scenario.name} training", "generations") as watch:
        evolved.train(_told(watch, evolved.training))
    if not evolved.trained:
        got = f"{scenario.history_days} days of history teach nothing"
        raise ScenarioError(
            f"{scenario.name}: history_days", got, "at least 3 days, and series that change, are wanted"
        )
    with writing("--out", out):
        save(out, evolved.population)
    if output.as_json:
        output.result(_json(scenario.name, out, evolved.trained))
        return
    heads = ("series", "generations", "learnt from", "held back", "ended by", "course")
    output.table(heads, [_cells(trained) for trained in evolved.trained], f"{scenario.name}: fitness (1/MSE)")
    output.line(f"The population is in {out}; a scenario uses it with")
    output.line(f"  forecast: {{population_file: {out.name}}}")


def _told(watch: Watch, training: Training) -> SeriesWatch:
    """Tells the watch of all generations of all series as one work."""
    started_s, whole = time.perf_counter(), len(SERIES) * training.generations

    def told(series: str, generation: int, fitness: float) -> None:
        done = SERIES.index(series) * training.generations + generation
        watch(Progress(done, whole, done, time.perf_counter() - started_s))

    return told


def _json(scenario: str, out: Path, trained: Sequence[Trained]) -> dict[str, object]:
    series = {
        one.series: {
            "fitness": one.fitness,
            "held_back": one.held_back,
            "exam_fitness": one.exam_fitness,
            "ended": one.ended,
            "took_s": one.took_s,
        }
        for one in trained
    }
    return {"scenario": scenario, "file": str(out), "sha256": fingerprint(out), "series": series}


def _cells(of: Trained) -> tuple[str, ...]:
    learnt, held_back = max(of.fitness), of.exam_fitness
    generations = str(len(of.fitness))
    return SERIES_NAMES[of.series], generations, f"{learnt:.4g}", f"{held_back:.4g}", of.ended, sparkline(of.fitness)


def sparkline(values: Sequence[float]) -> str:
    """A curve as a row of bars, lowest to highest."""
    width = min(len(values), CURVE_WIDTH)
    picked = [values[round(at * (len(values) - 1) / max(width - 1, 1))] for at in range(width)]
    low, high = min(picked), max(picked)
    return "".join(BARS[int((value - low) / (high - low) * (len(BARS) - 1)) if high > low else 0] for value in picked)

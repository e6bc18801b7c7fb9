"""A learner of nets: one population per series, evolved at every lesson from where the last lesson left it."""

import logging
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from twin.facts import SERIES, Floats, State
from twin.forecast.evolve import Task, evolve
from twin.forecast.inputs import Lessons
from twin.forecast.network import Shape, answers, random_nets, with_line
from twin.forecast.packing import packed, unpacked
from twin.forecast.ridge import best_line, split
from twin.forecast.streams import set_stream, stream_state
from twin.forecast.training import Trained, Training

_log = logging.getLogger(__name__)
SeriesWatch = Callable[[str, int, float], None]
"""Is told of each generation: the series, the generation's number from 1, and its best fitness."""
_FEWEST_LESSONS, _FLAT = 20, 1e-9


class Nets:
    """The population of each series, and the net of each that answers."""

    def __init__(self, shape: Shape, training: Training, generator: np.random.Generator) -> None:
        self._shape = shape
        self._training = training
        self._generator = generator
        self.populations: dict[str, Floats] = {}
        self.watch: SeriesWatch | None = None
        self.trained: tuple[Trained, ...] = ()
        """What the last lesson brought."""

    def learn(self, lessons: tuple[Lessons, ...], tick: int) -> None:
        pairs = zip(SERIES, lessons, strict=True)
        self.trained = tuple(self._learn(series, lesson, tick) for series, lesson in pairs if _teaches(lesson))

    def answers(self, inputs: Floats) -> Floats:
        departures = np.zeros(inputs.shape[:2])
        for column, series in enumerate(SERIES):
            if series in self.populations:
                best = self.populations[series][:1]
                departures[column] = answers(self._shape, best, inputs[column])[0]
        return departures

    def state(self) -> State:
        populations = {series: packed(nets) for series, nets in self.populations.items()}
        return {"populations": populations, "stream": stream_state(self._generator)}

    def restore(self, state: State) -> None:
        self.populations = {series: unpacked(nets) for series, nets in state["populations"].items()}
        set_stream(self._generator, state["stream"])

    def _learn(self, series: str, lesson: Lessons, tick: int) -> Trained:
        started_s = time.perf_counter()
        task = self._task(lesson)
        start = self._start(series, lesson, task)
        watch = partial(self.watch, series) if self.watch else None
        outcome = evolve(start, task, self._training, self._generator, watch)
        self.populations[series] = np.vstack([outcome.best, outcome.nets])[: self._training.population]
        fitness = 1.0 / max(outcome.best_error, 1e-12)
        trained = Trained(series, tick, outcome.fitness, fitness, outcome.ended, time.perf_counter() - started_s)
        _report(trained)
        return trained

    def _task(self, lesson: Lessons) -> Task:
        learning, exam = split(lesson, self._training.held_back)
        return Task(partial(errors, self._shape, learning), partial(errors, self._shape, exam))

    def _start(self, series: str, lesson: Lessons, task: Task) -> Floats:
        """The nets to start from: first guesses, best first, then the last population, then random ones."""
        count, shape = self._training.population, self._shape
        fresh = random_nets(shape, count, self._generator)
        kept = self.populations.get(series, fresh[:0])
        learning, _ = split(lesson, self._training.held_back)
        # The last best net, the best line, and the climate, which is what a random net answers before it has evolved.
        guesses = np.vstack([kept[:1], with_line(shape, fresh[:1], best_line(learning)), fresh[:1]])
        ranked = guesses[np.argsort(task.exam(guesses), kind="stable")]
        return np.vstack([ranked, kept[1:], fresh[1:]])[:count]


def errors(shape: Shape, lesson: Lessons, nets: Floats) -> Floats:
    """Each net's mean squared error, `(population,)`."""
    distance = answers(shape, nets, lesson.inputs) - lesson.targets
    return np.einsum("ps,ps->p", distance, distance) / len(lesson.targets)


def _teaches(lesson: Lessons) -> bool:
    return len(lesson.targets) >= _FEWEST_LESSONS and float(np.ptp(lesson.targets)) > _FLAT


def _report(trained: Trained) -> None:
    for number, fitness in enumerate(trained.fitness, 1):
        _log.debug("%s, tick %d: generation %d, fitness %.4f", trained.series, trained.tick, number, fitness)
    level = logging.WARNING if trained.ended == "budget" else logging.INFO
    text = "%s, tick %d: training ended by %s after %d generations, best fitness %.4f"
    _log.log(level, text, trained.series, trained.tick, trained.ended, len(trained.fitness), trained.exam_fitness)

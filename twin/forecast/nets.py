"""A learner of nets: one population per series, evolved at every lesson from where the last lesson left it."""

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from twin.facts import SERIES, Floats, State
from twin.forecast.evolve import Exercise, evolve, fitness
from twin.forecast.inputs import Flags, Lessons
from twin.forecast.network import Shape, answers, louder, random_nets
from twin.forecast.packing import packed, unpacked
from twin.forecast.ridge import fitted, values_of
from twin.forecast.streams import set_stream, stream_state
from twin.forecast.training import Trained, Training

_log = logging.getLogger(__name__)
SeriesWatch = Callable[[str, int, float], None]
"""Is told of each generation: the series, the generation's number from 1, and its best fitness."""
Witness = Callable[[Trained], None]
"""Is told of each training when it is over."""
_FEWEST_LESSONS, _FLAT = 20, 1e-9
_STRETCHES, _SURE = 7, 2.0
_QUIET = 0.2


class Nets:
    """A line for each series, and what a net adds to it."""

    def __init__(self, shape: Shape, telling: Flags, training: Training, generator: np.random.Generator) -> None:
        """`telling` is which of the inputs `Inputs.telling` names."""
        self._shape = shape
        self._telling = telling
        self._training = training
        self._generator = generator
        self._lines = np.zeros((len(SERIES), 1 + shape.inputs))
        self.populations: dict[str, Floats] = {}
        """The nets of each series; the first one answers."""
        self.watch: SeriesWatch | None = None
        self.witness: Witness | None = None
        self.trained: tuple[Trained, ...] = ()
        """What the last lesson brought."""

    def learn(self, lessons: tuple[Lessons, ...], tick: int) -> None:
        fits = [fitted(lesson, self._telling) for lesson in lessons]
        self._lines = np.array([fit.line for fit in fits])
        rests = [Lessons(known.inputs, known.targets - fit.left_out) for known, fit in zip(lessons, fits, strict=True)]
        pairs = zip(SERIES, rests, strict=True)
        self.trained = tuple(self._learn(series, rest, tick) for series, rest in pairs if _teaches(rest))

    def answers(self, inputs: Floats) -> Floats:
        departures = values_of(self._lines, inputs)
        for column, series in enumerate(SERIES):
            if series in self.populations:
                departures[column] += answers(self._shape, self.populations[series][:1], inputs[column])[0]
        return departures

    def state(self) -> State:
        populations = {series: packed(nets) for series, nets in self.populations.items()}
        return {"lines": packed(self._lines), "populations": populations, "stream": stream_state(self._generator)}

    def restore(self, state: State) -> None:
        self._lines = unpacked(state["lines"])
        self.populations = {series: unpacked(nets) for series, nets in state["populations"].items()}
        set_stream(self._generator, state["stream"])

    def _learn(self, series: str, rest: Lessons, tick: int) -> Trained:
        """Evolve the series' population on what its line left over."""
        started_s = time.perf_counter()
        learning, exam = split(rest, self._training.held_back)
        exercise = Exercise(partial(errors, self._shape, learning), partial(errors, self._shape, exam))
        watch = partial(self.watch, series) if self.watch else None
        outcome = evolve(self._start(series, exercise), exercise, self._training, self._generator, watch)
        best = outcome.best[None]
        answering = louder(self._shape, best, trust(answers(self._shape, best, exam.inputs)[0], exam.targets))
        self.populations[series] = np.vstack([answering, best, outcome.nets])[: self._training.population]
        exam_fitness = fitness(float(exercise.exam(answering)[0]))
        took_s = time.perf_counter() - started_s
        trained = Trained(series, tick, outcome.fitness, outcome.held_back, exam_fitness, outcome.ended, took_s)
        report(trained)
        if self.witness:
            self.witness(trained)
        return trained

    def _start(self, series: str, exercise: Exercise) -> Floats:
        """The nets to start from: first guesses, best first, then the last population, then random ones."""
        fresh = louder(self._shape, random_nets(self._shape, self._training.population, self._generator), _QUIET)
        kept = self.populations.get(series, fresh[:0])
        guesses = np.vstack([kept[:2], louder(self._shape, fresh[:1], 0.0)])
        ranked = guesses[np.argsort(exercise.exam(guesses), kind="stable")]
        return np.vstack([ranked, kept[2:], fresh])[: len(fresh)]


def trust(said: Floats, came: Floats) -> float:
    """How much is to be believed of what was said about samples that were not learnt from, from 0 to 1.

    Nothing if it does not win over silence by more than two standard errors over stretches of time: what was picked
    among many is lucky, and silence is safe.
    """
    gains = [float(np.sum(c**2 - (c - s) ** 2)) for s, c in _stretches(said, came)]
    if sum(gains) <= _SURE * np.sqrt(len(gains)) * np.std(gains, ddof=1):
        return 0.0
    return float(np.clip(said @ came / (said @ said), 0.0, 1.0))


def split(lesson: Lessons, held_back: float) -> tuple[Lessons, Lessons]:
    """What to learn from, and the latest part, on which to be examined; all of it for both if none is held back."""
    at = len(lesson.targets) - int(held_back * len(lesson.targets))
    learning = Lessons(lesson.inputs[:at], lesson.targets[:at])
    exam = Lessons(lesson.inputs[at:], lesson.targets[at:])
    return learning, exam if len(exam.targets) else learning


def errors(shape: Shape, lesson: Lessons, nets: Floats) -> Floats:
    """Each net's mean squared error, `(population,)`."""
    distance = answers(shape, nets, lesson.inputs) - lesson.targets
    squares: Floats = np.einsum("ps,ps->p", distance, distance)
    return squares / len(lesson.targets)


def _teaches(lesson: Lessons) -> bool:
    return len(lesson.targets) >= _FEWEST_LESSONS and float(np.ptp(lesson.targets)) > _FLAT


def report(trained: Trained) -> None:
    """Write it to the log."""
    for number, best in enumerate(trained.fitness, 1):
        _log.debug("%s, tick %d: generation %d, fitness %.4f", trained.series, trained.tick, number, best)
    level = logging.WARNING if trained.ended == "budget" else logging.INFO
    text = "%s, tick %d: training ended by %s after %d generations, best fitness %.4f"
    _log.log(level, text, trained.series, trained.tick, trained.ended, len(trained.fitness), trained.exam_fitness)


def _stretches(said: Floats, came: Floats) -> Iterator[tuple[Floats, Floats]]:
    return zip(np.array_split(said, _STRETCHES), np.array_split(came, _STRETCHES), strict=True)

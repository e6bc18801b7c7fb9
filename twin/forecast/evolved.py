"""The forecaster of evolved nets: one per series, that say how the coming ticks will differ from their climate."""

import numpy as np

from twin.facts import Forecast, Observation, State
from twin.forecast.inputs import Inputs
from twin.forecast.learned import Learned
from twin.forecast.memory import Knowledge
from twin.forecast.nets import Nets, SeriesWatch, Witness
from twin.forecast.network import Shape
from twin.forecast.populations import Population, fitting
from twin.forecast.training import Trained, Training


class Evolved:
    """Predicts with nets that evolve inside the run, on the past only."""

    def __init__(
        self,
        name: str,
        training: Training,
        knowledge: Knowledge,
        generator: np.random.Generator,
        population: Population | None = None,
    ) -> None:
        """Raises ScenarioError for a population whose nets are of another shape."""
        self.name = name
        self.training = training
        inputs = Inputs(knowledge.calendar, training.habits.same_days, knowledge.reach())
        self._inputs = inputs.names
        self._nets = Nets(Shape(len(inputs.names), training.hidden), inputs.telling, training, generator)
        if population:
            self._nets.populations = dict(fitting(population, self._inputs, training.hidden).nets)
        self._learned = Learned(name, training.habits, knowledge, self._nets)

    @property
    def population(self) -> Population:
        """The nets as they are now."""
        return Population(self._inputs, self.training.hidden, dict(self._nets.populations))

    @property
    def trained(self) -> tuple[Trained, ...]:
        """What the last training brought, per series."""
        return self._nets.trained

    def tell(self, witness: Witness) -> None:
        """Have every training told to somebody when it is over."""
        self._nets.witness = witness

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        return self._learned.predict(seen, horizon)

    def train(self, watch: SeriesWatch) -> None:
        """Train on the past alone, before the first tick; `watch` is told of every generation."""
        self._nets.watch = watch
        self._learned.study()
        self._nets.watch = None

    def state(self) -> State:
        return self._learned.state()

    def restore(self, state: State) -> None:
        self._learned.restore(state)

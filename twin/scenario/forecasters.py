"""From a forecaster's name to a forecaster: the only place that knows them all."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from twin.facts import SERIES, Forecaster
from twin.forecast.baseline import KnownAhead, MeanOfDays, Perfect
from twin.forecast.evolved import Evolved
from twin.forecast.lagged import Lagged, LaggedPaths, Sampling
from twin.forecast.memory import Knowledge
from twin.forecast.paths import Paths
from twin.forecast.populations import load
from twin.forecast.publication import DayAhead, Reach
from twin.forecast.ridge import SeasonalMean, ridge
from twin.forecast.streams import stream
from twin.forecast.training import Trained
from twin.scenario.blueprint import Blueprint
from twin.scenario.notes import budget_rows, training_rows

BUDGET = 0.05
"""Where time is real, the training of one series takes at most this part of a tick; a scenario may say otherwise."""


@dataclass(frozen=True, slots=True)
class Forecasters:
    """Makes the forecasters of one scenario, each at its start."""

    blueprint: Blueprint
    real_time: bool = False

    def named(self, name: str) -> Forecaster:
        """The forecaster of that name; raises ScenarioError for a population file that does not fit."""
        known = self.knowledge()
        forecaster = self._ahead(self._learner(name, known), known)
        return forecaster if known.calendar.steps == 1 else Lagged(forecaster, known.calendar, known.past)

    def paths(self, name: str) -> Sampling:
        """The same, and how it may be wrong."""
        known, scenario = self.knowledge(), self.blueprint.scenario
        inner = self._ahead(self._learner(name, known), known)
        if name == "perfect":
            known = Knowledge(known.calendar, known.past, known.trace, dict.fromkeys(SERIES, scenario.horizon_ticks))
        paths = Paths(inner, scenario.forecast.error_days, known, stream(scenario.seed, "paths"))
        return paths if known.calendar.steps == 1 else LaggedPaths(paths, known.calendar, known.past)

    def evolved(self) -> Evolved:
        """The evolved nets, as a scenario's population file has them if it names one."""
        return self._evolved(self.knowledge())

    def knowledge(self) -> Knowledge:
        """What is known before the first tick, and what is published ahead of its time."""
        blueprint = self.blueprint
        ahead = self._reach()
        published = {"import_price": ahead, "export_price": ahead} if ahead else {}
        return Knowledge(blueprint.calendar, blueprint.history(), blueprint.trace, published, blueprint.lately)

    def _learner(self, name: str, known: Knowledge) -> Forecaster:
        settings = self.blueprint.scenario.forecast
        match name:
            case "perfect":
                return Perfect(self.blueprint.trace)
            case "evolved":
                return self._evolved(known)
            case "ridge":
                return ridge(name, settings.habits, known)
            case "seasonal":
                return SeasonalMean(name, settings.history_days, known)
        days = 1 if name == "persistence" else int(name.removeprefix("mean"))
        return MeanOfDays(name, days, known.calendar.ticks_per_day, known.past, known.lately)

    def _evolved(self, known: Knowledge) -> Evolved:
        scenario = self.blueprint.scenario
        settings = scenario.forecast
        training = settings.training.recipe(settings.habits, BUDGET * scenario.tick if self.real_time else None)
        population = load(settings.population_file) if settings.population_file else None
        evolved = Evolved("evolved", training, known, stream(scenario.seed, "evolved"), population)
        evolved.tell(self._note)
        return evolved

    def _note(self, trained: Trained) -> None:
        notes = self.blueprint.notes
        notes.add("training", training_rows(trained))
        notes.add("fault", budget_rows(trained))

    def _ahead(self, forecaster: Forecaster, known: Knowledge) -> Forecaster:
        """The forecaster, told what is published ahead."""
        if not known.ticks_ahead or forecaster.name == "perfect":
            return forecaster
        return KnownAhead(forecaster, self.blueprint.trace, known.ticks_ahead)

    def _reach(self) -> Reach:
        """For how many ticks to come prices are known: a tariff's always, others as far as they are published."""
        scenario = self.blueprint.scenario
        if scenario.market.prices.kind == "tariff":
            return scenario.horizon_ticks
        if scenario.market.published is not None:
            return DayAhead(self.blueprint.calendar, ZoneInfo(scenario.timezone), scenario.market.published)
        return int(scenario.market.known_ahead / scenario.tick)

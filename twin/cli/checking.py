"""`twin scenarios` and `twin check`."""

from collections.abc import Sequence

from twin.cli.output import Output
from twin.scenario.blueprint import Blueprint
from twin.scenario.forecasters import Forecasters
from twin.scenario.request import Request
from twin.scenario.schema import SHIPPED


def list_scenarios(output: Output) -> None:
    """The shipped scenarios, each with what it is about."""
    found = [Request(str(path)).load().model for path in sorted(SHIPPED.glob("*.yaml"))]
    if output.as_json:
        listed = [{"name": model.name, "about": model.about, "days": model.days} for model in found]
        output.result({"scenarios": listed})
        return
    for model in found:
        output.line(f"{model.name:16} {model.about}")


def check_scenario(output: Output, scenario: str, sets: Sequence[str]) -> None:
    """Read a scenario and all the files it names; raises what is wrong with them."""
    loaded = Request(scenario, sets=tuple(sets)).load()
    model = loaded.model
    blueprint = Blueprint(model)
    if not model.is_live:
        for first in (-model.history_days * model.ticks_per_day, blueprint.ticks - model.ticks_per_day):
            blueprint.trace(first, first + model.ticks_per_day)
        if model.forecast.population_file:
            Forecasters(blueprint).evolved()
    if output.as_json:
        output.result({"scenario": model.name, "days": model.days, "ticks": blueprint.ticks})
    else:
        days = "1 day" if model.days == 1 else f"{model.days} days"
        output.line(f"{loaded.path.name} is fine: {days} of {model.ticks_per_day} ticks")

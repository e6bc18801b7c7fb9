"""`twin scenarios` and `twin check`."""

from collections.abc import Sequence

from twin.cli.output import Output
from twin.scenario.launch import look_over
from twin.scenario.request import Request
from twin.scenario.schema import SHIPPED, Scenario


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
    blueprint = look_over(loaded)
    if output.as_json:
        notes = {"notes": blueprint.remarks.lines} if blueprint.remarks.lines else {}
        output.result({"scenario": model.name, "days": model.days, "ticks": most_ticks(model)} | notes)
    else:
        output.line(f"{loaded.path.name} is fine: {extent(model)}")
        for remark in blueprint.remarks.lines:
            output.line(f"note: {remark}")


def most_ticks(model: Scenario) -> int:
    """How many ticks a run lives; on a live feed at most, for it begins after the server's present tick."""
    return model.days * model.ticks_per_day - model.is_live


def extent(model: Scenario) -> str:
    """How long a run is, in words."""
    if not model.is_live:
        return f"{days_text(model.days)} of {model.ticks_per_day} ticks"
    more = f" and {days_text(model.days - 1)} after it" if model.days > 1 else ""
    return f"live, what is left of the server's day{more}, at most {most_ticks(model)} ticks"


def days_text(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"

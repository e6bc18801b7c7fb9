"""`twin scenarios` and `twin check`."""

from collections.abc import Sequence

from twin.cli.output import Output
from twin.scenario.launch import look_over
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
    blueprint = look_over(loaded)
    if output.as_json:
        notes = {"notes": blueprint.remarks.lines} if blueprint.remarks.lines else {}
        output.result({"scenario": model.name, "days": model.days, "ticks": blueprint.ticks} | notes)
    else:
        days = "1 day" if model.days == 1 else f"{model.days} days"
        output.line(f"{loaded.path.name} is fine: {days} of {model.ticks_per_day} ticks")
        for remark in blueprint.remarks.lines:
            output.line(f"note: {remark}")

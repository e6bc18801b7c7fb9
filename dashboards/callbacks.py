"""The body of a callback's request, checked before Dash takes it on trust: what is malformed is not our failure."""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.errors import TwinError

WANTED = "the app's own pages send what is wanted"


class Malformed(TwinError):
    """A callback's request that no page of ours sends."""


def check(body: object, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises Malformed unless the body calls one of the known callbacks with as many values as it has inputs."""
    if not isinstance(body, Mapping):
        raise Malformed("body", "is no JSON object", WANTED)
    output = body.get("output")
    callback = known.get(output) if isinstance(output, str) else None
    if callback is None or "callback" not in callback:
        raise Malformed("body.output", f"{str(output)[:60]!r} is no callback's output", WANTED)
    for name, count in (("inputs", len(callback["inputs"])), ("state", len(callback["state"]))):
        _check_list(f"body.{name}", body.get(name, []), count)
    _check_outputs(body.get("outputs", []), callback["output"])
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        raise Malformed("body.changedPropIds", "is no list of texts", WANTED)


def _check_outputs(given: object, output: object) -> None:
    """One output stands alone, several in a list, and none may be left out."""
    if isinstance(output, Sequence):
        _check_list("body.outputs", given, len(output))
    elif not _is_property(given):
        raise Malformed("body.outputs", "is no property of a component", WANTED)


def _check_list(where: str, given: object, count: int) -> None:
    """Properties of components, or lists of them where a pattern may match several."""
    if not isinstance(given, list) or len(given) != count:
        raise Malformed(where, "is of another length" if isinstance(given, list) else "is no list", WANTED)
    for one in given:
        if not all(map(_is_property, one)) if isinstance(one, list) else not _is_property(one):
            raise Malformed(where, "holds what is no property of a component", WANTED)


def _is_property(given: object) -> bool:
    return (
        isinstance(given, Mapping)
        and isinstance(given.get("id"), str | dict)
        and isinstance(given.get("property"), str)
    )

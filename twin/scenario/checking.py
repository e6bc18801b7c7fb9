"""From a tree to a model: every fault of a file at once, each with its place, what came and what was expected."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from twin.errors import Errors, ScenarioError, TwinError, nearest
from twin.scenario.loader import Node, bare, shown

Model = TypeVar("Model", bound=BaseModel)
Steps = tuple[str | int, ...]


class Fault(NamedTuple):
    """What the key at a dotted path, seen from its section, should have been."""

    key: str
    expected: str


class Disagreement(ValueError):
    """Keys of one section that are fine alone but not together."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


class Section(BaseModel):
    """A mapping of a file. Unknown keys are refused; `faults` names the keys that do not agree with others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def faults(self) -> Iterator[Fault]:
        yield from ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if faults := list(self.faults()):
            raise Disagreement(faults)
        return self


def check(tree: Node, model: type[Model], context: Mapping[str, object] | None = None) -> Model:
    """The model that a tree describes; raises ScenarioError, or Errors if there is more than one."""
    try:
        return model.model_validate(tree.plain(), context=context)
    except ValidationError as error:
        found = [fault for detail in error.errors(include_url=False) for fault in _explained(tree, model, detail)]
        raise (found[0] if len(found) == 1 else Errors(found)) from error


def _explained(tree: Node, model: type[BaseModel], detail: ErrorDetails) -> list[TwinError]:
    """Our words for one of pydantic's errors."""
    path, models = _untagged(model, detail["loc"])
    parents = _untagged(model, detail["loc"][:-1])[1]
    context = detail.get("ctx", {})
    match detail["type"], context.get("error"):
        case "value_error", Disagreement(faults=faults):
            return [_misfit(tree, (*path, *_steps(fault.key)), fault.expected) for fault in faults]
        case "value_error", error:
            got, _, expected = str(error).partition("; ")
            return [_error(tree, path, got, expected)]
        case "missing", _:
            return [_error(tree, path, "is missing", f"needed are {', '.join(_required(parents))}")]
        case "extra_forbidden", _:
            return [_error(tree, path, "unknown key", _nearest(str(path[-1]), _known(parents)))]
        case (("union_tag_invalid" | "union_tag_not_found"), _):
            tag = context["discriminator"].strip("'")
            return [_misfit(tree, (*path, tag), _nearest(context.get("tag", ""), _tags(models, tag)))]
        case "literal_error", _:
            return [_misfit(tree, path, _nearest(str(detail["input"]), re.findall("'(.*?)'", context["expected"])))]
        case kind, _:
            return [_misfit(tree, path, _wanted(kind, detail["msg"]))]


def _wanted(kind: str, message: str) -> str:
    match kind:
        case "string_type":
            return "a text is wanted"
        case "list_type" | "tuple_type":
            return "a list is wanted"
        case "model_type" | "model_attributes_type":
            return "a mapping of keys and values is wanted"
        case _:
            return message


def _misfit(tree: Node, path: Steps, expected: str) -> TwinError:
    """An error about what stands at a path, whatever it is."""
    return _error(tree, path, _described(_locate(tree, path)[2]), expected)


def _error(tree: Node, path: Steps, got: str, expected: str) -> TwinError:
    where, dotted, _ = _locate(tree, path)
    return ScenarioError(f"{where}: {dotted}" if dotted else where, got, expected)


def _described(node: Node | None) -> str:
    match node:
        case None:
            return "is missing"
        case Node(value=str(text)):
            return shown(text)
        case Node(value=None):
            return "is empty"
        case Node(value=dict()):
            return "is a mapping"
        case _:
            return f"is a list of {len(node.value or ())}"


def _locate(tree: Node, path: Steps) -> tuple[str, str, Node | None]:
    """The place nearest to a path, as much of the path as leads there, and the node if the path leads to one."""
    node, walked = tree, list[str]()
    for step in path:
        if isinstance(node.value, dict) and step == 0:  # one mapping stands for a list of one
            continue
        if isinstance(node.value, dict) and step not in node.value:
            return node.where, ".".join((*walked, bare(str(step)))), None
        child = _child(node, step)
        if child is None:  # the model spread out what was written as one value
            break
        node = child
        walked.append(bare(str(step)))
    return node.where, ".".join(walked), node


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, dict) and isinstance(step, str):
        return node.value.get(step)
    if isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def _steps(key: str) -> Steps:
    return tuple(int(step) if step.isdecimal() else step for step in key.split("."))


def _untagged(model: type[BaseModel], loc: Steps) -> tuple[Steps, list[type[BaseModel]]]:
    """A path of pydantic's without the kinds it puts between, and the models that stand at its end."""
    path, models = list[str | int](), [model]
    for step in loc:
        if isinstance(step, str) and len(models) > 1:
            models = [part for part in models if step in _literals(part)]
            continue
        if isinstance(step, str):
            fields = [_fields(part)[step] for part in models if step in _fields(part)]
            models = [part for field in fields for part in _models(field.annotation)]
        path.append(step)
    return tuple(path), models


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _literals(model: type[BaseModel]) -> set[object]:
    return {value for field in model.model_fields.values() for value in get_args(field.annotation)}


def _known(models: list[type[BaseModel]]) -> list[str]:
    return sorted({name for model in models for name in _fields(model)})


def _required(models: list[type[BaseModel]]) -> list[str]:
    return [name for model in models for name, field in _fields(model).items() if field.is_required()]


def _tags(models: list[type[BaseModel]], discriminator: str) -> list[str]:
    return [str(tag) for model in models for tag in get_args(model.model_fields[discriminator].annotation)]


def _nearest(word: str, known: list[str]) -> str:
    return nearest(word, known, f"one of {', '.join(known)} is wanted")

"""The course server's answers, checked: what cannot be true is not believed."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from twin.errors import FeedError

Count = Annotated[int, Field(ge=0, le=10**9)]
Answer = TypeVar("Answer")


class _Page(BaseModel):
    """Unknown keys are ignored, so that a server may grow; NaN, infinity and numbers in quotes are refused."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, frozen=True)


class SunPage(_Page):
    """Sunshine in percent."""

    tick: Count
    sun: Annotated[float, Field(ge=0, le=100)]


class DemandPage(_Page):
    """Base demand in W."""

    day: Count
    tick: Count
    demand: Annotated[float, Field(ge=0)]


class PricePage(_Page):
    """Cents per J; the grid sells at our import price and buys at our export price."""

    day: Count
    tick: Count
    sell_price: float
    buy_price: float


class Deferable(_Page):
    """Energy in J to serve in ticks `start <= t < end` of the day."""

    start: Count
    end: Count
    energy: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _window_is_open(self) -> "Deferable":
        if self.start >= self.end:
            raise ValueError(f"window {self.start} to {self.end} is empty")
        return self


class PastTick(_Page):
    """One tick of yesterday."""

    tick: Count
    demand: Annotated[float, Field(ge=0)]
    sell_price: float
    buy_price: float


def believed(where: str, answer: bytes, kind: type[Answer]) -> Answer:
    """The answer as a `kind`; FeedError that says what came if it is none."""
    try:
        return TypeAdapter(kind).validate_json(answer)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(map(str, first["loc"])) or "answer"
        got = f"{path}: {first['msg']}, in {answer[:60]!r}"
        raise FeedError(where, got, "JSON as the course server sends it") from error

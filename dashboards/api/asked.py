"""What may be asked of the API, and what it may answer besides: the parts that routes share."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query

from dashboards.api import answers

MAX_PAGE = 10_000
RunId = Annotated[
    str, Path(alias="run", pattern="^(last|[1-9][0-9]{0,8})$", description="A run's number, or `last`.", examples=["1"])
]
Tick = Annotated[int, Query(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many rows at most.")]
Format = Annotated[Literal["json", "csv"], Query(alias="format")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": answers.Failure} for status in (400, 401, 403, 404, 409, 413, 422, 503)
}
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

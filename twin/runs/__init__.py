"""The run store: what every run was, did and cost. The one door of SQLAlchemy, which is loaded when it opens."""

from twin.runs.export import export
from twin.runs.header import RunHeader, RunRow, RunState
from twin.runs.rows import Columns, Row
from twin.runs.store import RunStore, open_store

__all__ = ["Columns", "Row", "RunHeader", "RunRow", "RunState", "RunStore", "export", "open_store"]

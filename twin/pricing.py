"""Pure: a run's columns to the net cost of its rows and days, each storage with its own wear and efficiency."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.facts import Economics, Floats

Columns = Mapping[str, NDArray[Any] | Sequence[Any]]
Kept = tuple[str, str, str]
"""The columns of a storage's energy at the bus, of what it holds, and of its losses."""
PUBLIC: Kept = ("storage_j", "stored_j", "loss_j")
"""Those of all storages together."""


def storage_columns(storages: Sequence[str]) -> dict[str, Kept]:
    """The columns of each storage; a single one's are the public ones."""
    if len(storages) == 1:
        return {storages[0]: PUBLIC}
    return {name: (f"{name}_j", f"{name}_stored_j", f"{name}_loss_j") for name in storages}


def throughput_column(kept: Kept) -> str:
    """What a storage gave and took, in a row that stands for several ticks."""
    return f"{kept[0].removesuffix('_j')}_throughput_j"


def levels_j(columns: Columns, kept: Kept = PUBLIC) -> Floats:
    """What was stored before the first row and after each one, shape `(rows + 1,)`."""
    energy_j, stored_j, loss_j = (np.asarray(columns[name], dtype=np.float64) for name in kept)
    return np.concatenate([stored_j[:1] + energy_j[:1] + loss_j[:1], stored_j])


def net_cost_columns(storages: Iterable[str]) -> tuple[str, ...]:
    """The columns that `net_costs` reads of a run with these storages."""
    kept = (column for columns in storage_columns(tuple(storages)).values() for column in columns)
    return ("cost", "unserved_j", "export_price", *kept)


def net_costs(columns: Columns, economics: Economics, export_price: float | None = None) -> Floats:
    """The net cost of each row, which add up to the run's: what is stored counts as what it will earn.

    That is the mean export price, unless another one is given. A row may stand for several `ticks`, as those of
    `twin.runs.thinned.coarse` do, which have a `throughput_column` for each storage.
    """
    cost, unserved_j, prices = (
        np.asarray(columns[name], np.float64) for name in ("cost", "unserved_j", "export_price")
    )
    price = np.average(prices, weights=columns.get("ticks")) if export_price is None else export_price
    costs: Floats = cost + unserved_j * economics.unserved_price
    for name, kept in storage_columns(tuple(economics.storages)).items():
        storage, throughput = economics.storages[name], throughput_column(kept)
        moved_j = np.abs(np.asarray(columns.get(throughput, columns[kept[0]]), dtype=np.float64))
        gained_j = np.diff(levels_j(columns, kept)) * storage.discharge_efficiency
        costs += moved_j * storage.wear_price - gained_j * price
    return costs


def net_costs_by_day(columns: Columns, economics: Economics) -> Floats:
    """The net cost of each day of a run, with the change of its stored energy over the day; their sum is the run's."""
    days = np.unique(np.asarray(columns["day"]), return_inverse=True)[1]
    return np.bincount(days, weights=net_costs(columns, economics)).astype(np.float64)

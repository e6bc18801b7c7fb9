"""Pure: a run's columns to what it cost, how well it used the sun, and how it compares."""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from twin.facts import COLUMNS, Economics, Floats, Record
from twin.pricing import Columns, storage_columns

SUMMED = (
    "cost",
    "import_j",
    "export_j",
    "solar_j",
    "load_j",
    "curtailed_j",
    "unserved_j",
    "throughput_j",
    "export_price",
)
NEEDED = (
    *("solar_j", "load_j", "storage_j", "import_j", "export_j", "curtailed_j", "unserved_j", "stored_j", "loss_j"),
    *("mismatch_j", "import_price", "export_price", "cost", "reason", "plan_s", "late_s"),
)
"""The columns that `Totals.add` reads of a run with one storage; `NAME_source` columns are counted where given."""

LATE_S = 0.01
"""A tick that begins later than this after its boundary is late; less is the operating system's breath."""


class PlanTimes(TypedDict):
    """How long planning took, in s; None where nothing was planned."""

    median: float | None
    p99: float | None
    max: float | None


class StorageSummary(TypedDict):
    """One storage in numbers."""

    stored_j_start: float
    stored_j_end: float
    throughput_j: float


class Summary(TypedDict):
    """A run in numbers; ratios that are not defined are None.

    stored_j_start: what the first row's law says was stored before it.
    throughput_j: sum of |NAME_j| over the storages. cycles: throughput_j / (2 × usable energy).
    self_consumption: 1 - export_j / solar_j, not below 0; None without sun.
    self_sufficiency: 1 - import_j / |load_j|, not below 0; None without load.
    max_balance_error_j: the worst of |solar_j + load_j + storage_j + import_j - export_j + mismatch_j| and, where all
    components answered by their models, |previous stored_j - storage_j - loss_j - stored_j| of each storage.
    late_ticks: rows with late_s > LATE_S. storages: each of several by its name.
    """

    ticks: int
    cost: float
    import_j: float
    export_j: float
    solar_j: float
    load_j: float
    curtailed_j: float
    unserved_j: float
    stored_j_start: float
    stored_j_end: float
    throughput_j: float
    wear_cost: float
    max_balance_error_j: float
    self_consumption: float | None
    self_sufficiency: float | None
    cycles: float | None
    plan_s: PlanTimes
    plan_fallbacks: dict[str, int]
    link_fallbacks: dict[str, int]
    late_ticks: int
    storages: NotRequired[dict[str, StorageSummary]]


def needed(storages: Sequence[str]) -> tuple[str, ...]:
    """The columns that `Totals.add` reads of a run with these storages."""
    more = (column for columns in storage_columns(storages).values() for column in columns)
    return tuple(dict.fromkeys((*NEEDED, *more)))


def record_columns(
    records: Sequence[Record], components: Sequence[str], storages: Sequence[str] = ("storage",)
) -> dict[str, NDArray[Any] | Sequence[Any]]:
    """What `Totals.add` reads, from a batch of records; sources only where some component was not its model."""
    if not records:
        return {}
    columns: dict[str, NDArray[Any] | Sequence[Any]] = {
        name: [getattr(record, name) for record in records] for name in NEEDED
    }
    if len(storages) > 1:
        for name, names in storage_columns(storages).items():
            readings = [record.readings[name] for record in records]
            columns[names[0]] = [reading.energy_j for reading in readings]
            columns[names[1]] = [reading.stored_j for reading in readings]
            columns[names[2]] = [reading.loss_j for reading in readings]
    sources = [record.sources for record in records]
    if any(set(said) != {"model"} for said in set(sources)):
        columns |= zip((f"{name}_source" for name in components), zip(*sources, strict=True), strict=True)
    return columns


class Totals:
    """Adds up a run chunk by chunk, to the same bits however it is cut; remembers no row, only how long plans took.

    `max_cost_error` is the worst |cost - (import_j × import_price - export_j × export_price)| of a row.
    """

    def __init__(self, storages: Sequence[str] = ("storage",)) -> None:
        self.ticks = 0
        self.max_cost_error = 0.0
        self._storages = storage_columns(storages)
        self._summed = (*SUMMED, *(f"throughput of {name}" for name in storages))
        self._sums = np.zeros(len(self._summed))
        self._stored_j: dict[str, tuple[float, float]] = {}
        self._modelled = True
        self._balance_error_j = 0.0
        self._plan_s = array("d")
        self._reasons: Counter[str] = Counter()
        self._fallbacks: Counter[str] = Counter()
        self._late_ticks = 0

    @property
    def mean_export_price(self) -> float:
        """Of the trace so far; 0 before the first row."""
        return float(self._sums[SUMMED.index("export_price")]) / max(self.ticks, 1)

    def add(self, columns: Columns) -> None:
        """Adds a chunk of rows with the columns `needed`, in the order of their ticks; None and NaN are missing."""
        if not len(columns.get("cost", ())):
            return
        names = [name for name in needed(tuple(self._storages)) if name != "reason"]
        values = {name: np.asarray(columns[name], dtype=np.float64) for name in names}
        self._sum(values)
        self._check_balance(values)
        modelled = _modelled(columns, values["cost"].size)
        believed = modelled & np.append(self._modelled, modelled[:-1])
        for name in self._storages:
            self._check_storage(name, values, believed)
        self._modelled = bool(modelled[-1])
        self._plan_s.extend(values["plan_s"][~np.isnan(values["plan_s"])])
        self._late_ticks += int(np.count_nonzero(values["late_s"] > LATE_S))
        self._count(columns)

    def _sum(self, values: Mapping[str, Floats]) -> None:
        moved = [np.abs(values[energy]) for energy, _, _ in self._storages.values()]
        rows = [values[name] if name != "throughput_j" else sum(moved) for name in SUMMED]
        table = np.vstack([self._sums, np.column_stack([*rows, *moved])])
        # Strictly one after the other: a sum in pairs would depend on where the chunks are cut.
        self._sums = np.cumsum(table, axis=0)[-1]
        self.ticks += len(table) - 1

    def _check_balance(self, of: Mapping[str, Floats]) -> None:
        bus_j = of["solar_j"] + of["load_j"] + of["storage_j"] + of["import_j"] - of["export_j"] + of["mismatch_j"]
        cost = of["import_j"] * of["import_price"] - of["export_j"] * of["export_price"]
        self._balance_error_j = max(self._balance_error_j, _worst(bus_j))
        self.max_cost_error = max(self.max_cost_error, _worst(of["cost"] - cost))

    def _check_storage(self, name: str, of: Mapping[str, Floats], believed: NDArray[np.bool_]) -> None:
        """A board's energy is measured, and need not fit to what a model held before or holds after it."""
        energy, stored, loss = self._storages[name]
        stored_j, gone_j = of[stored], of[energy] + of[loss]
        first_j = float(stored_j[0] + gone_j[0])
        start_j, before_j = self._stored_j.get(name, (first_j, first_j))
        previous_j = np.append(before_j, stored_j[:-1])
        error_j = np.where(believed, previous_j - gone_j - stored_j, 0.0)
        self._balance_error_j = max(self._balance_error_j, _worst(error_j))
        self._stored_j[name] = start_j, float(stored_j[-1])

    def _count(self, columns: Columns) -> None:
        self._reasons.update(str(reason) for reason in columns["reason"])
        for name in filter(_is_source, columns):
            self._fallbacks[name.removesuffix("_source")] += list(columns[name]).count("fallback")

    def summary(self, economics: Economics) -> Summary:
        """The run so far."""
        of = dict(zip(self._summed, self._sums.tolist(), strict=True))
        storages = {}
        for name in self._storages:
            start_j, end_j = self._stored_j.get(name, (0.0, 0.0))
            moved_j = of[f"throughput of {name}"]
            storages[name] = StorageSummary(stored_j_start=start_j, stored_j_end=end_j, throughput_j=moved_j)
        usable_j = sum(economics.storages[name].usable_j for name in storages)
        summary = Summary(
            ticks=self.ticks,
            cost=of["cost"],
            import_j=of["import_j"],
            export_j=of["export_j"],
            solar_j=of["solar_j"],
            load_j=of["load_j"],
            curtailed_j=of["curtailed_j"],
            unserved_j=of["unserved_j"],
            stored_j_start=sum(each["stored_j_start"] for each in storages.values()),
            stored_j_end=sum(each["stored_j_end"] for each in storages.values()),
            throughput_j=of["throughput_j"],
            wear_cost=sum(
                each["throughput_j"] * economics.storages[name].wear_price for name, each in storages.items()
            ),
            max_balance_error_j=self._balance_error_j,
            self_consumption=_share_kept(of["export_j"], of["solar_j"]),
            self_sufficiency=_share_kept(of["import_j"], -of["load_j"]),
            cycles=of["throughput_j"] / (2 * usable_j) if usable_j else None,
            plan_s=_plan_times(self._plan_s),
            plan_fallbacks={reason: n for reason, n in self._reasons.items() if reason.startswith("fallback_")},
            link_fallbacks={name: n for name, n in self._fallbacks.items() if n},
            late_ticks=self._late_ticks,
        )
        return summary if len(storages) == 1 else summary | {"storages": storages}


def net_cost(summary: Summary, economics: Economics, mean_export_price: float) -> float:
    """What a run cost with its wear and unserved energy, less what the change of its stored energy will earn."""
    gained_j = sum(
        (each["stored_j_end"] - each["stored_j_start"]) * economics.storages[name].discharge_efficiency
        for name, each in kept_by(summary, economics).items()
    )
    unserved_cost = summary["unserved_j"] * economics.unserved_price
    return summary["cost"] + summary["wear_cost"] + unserved_cost - gained_j * mean_export_price


def kept_by(summary: Summary, economics: Economics) -> Mapping[str, StorageSummary]:
    """What each storage held and moved; of a single one the run's own numbers tell."""
    if "storages" in summary:
        return summary["storages"]
    (name,) = economics.storages
    start_j, end_j, moved_j = summary["stored_j_start"], summary["stored_j_end"], summary["throughput_j"]
    return {name: StorageSummary(stored_j_start=start_j, stored_j_end=end_j, throughput_j=moved_j)}


def share_of_gap(rule: float | None, it: float, oracle: float | None) -> float | None:
    """How much of the way from the rule's net cost to the oracle's; None without either or where they are equal."""
    if rule is None or oracle is None or math.isclose(rule, oracle, rel_tol=1e-9, abs_tol=1e-12):
        return None
    return (rule - it) / (rule - oracle)


def _is_source(name: str) -> bool:
    return name.endswith("_source") and name not in COLUMNS


def _modelled(columns: Columns, ticks: int) -> NDArray[np.bool_]:
    modelled = np.ones(ticks, dtype=np.bool_)
    for name in filter(_is_source, columns):
        modelled &= np.isin(np.asarray(columns[name], dtype=str), ("model", "held"))
    return modelled


def _worst(errors: Floats) -> float:
    return float(np.abs(errors).max())


def _share_kept(lost_j: float, whole_j: float) -> float | None:
    return max(0.0, 1 - lost_j / whole_j) if whole_j > 0 else None


def _plan_times(plan_s: "array[float]") -> PlanTimes:
    if not plan_s:
        return PlanTimes(median=None, p99=None, max=None)
    # numpy's quantile imports modules when first called: a run without free descriptors would end without its sums.
    last = len(plan_s) - 1
    median, p99, longest = np.interp(np.array((0.5, 0.99, 1.0)) * last, np.arange(last + 1), np.sort(plan_s)).tolist()
    return PlanTimes(median=median, p99=p99, max=longest)

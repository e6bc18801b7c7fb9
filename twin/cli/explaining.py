"""Why a run with boards cost what it did: the models live it again, alone, as late as the boards, and as far off."""

from typing import NamedTuple

from dashboards.scales import money_text
from hil.board import LinkRow
from hil.logbook import Line
from hil.residuals import OffBench, recorded_offs, without_residuals
from twin.errors import StoreRequestError
from twin.runs import RunRow, RunStore
from twin.scenario.earlier import loaded_again
from twin.scenario.hardware import Hardware
from twin.scenario.launch import prepare
from twin.scenario.session import Session


class Explained(NamedTuple):
    """The cost on models alone, what late set-points and the boards' residuals add, and what is left to the run's."""

    model_cost: float
    delay_cost: float
    residual_cost: float
    unexplained: float


def explain(store: RunStore, row: RunRow) -> Explained:
    """Runs the scenario three times more, offline; raises StoreError where there is nothing to compare."""
    refuse_incomparable(store, row)
    links = [LinkRow(*of) for of in store.table(row.id, "link")]
    lines = (Line(*of) for of in store.table(row.id, "frame"))
    losses_j = {
        tick: loss_j
        for chunk in store.columns(row.id, ["tick", "loss_j"])
        for tick, loss_j in zip(chunk["tick"].tolist(), chunk["loss_j"].tolist(), strict=True)
    }
    offs = recorded_offs(links, lines, losses_j)
    alone, late, off = (lived_again(row, OffBench(of)) for of in ({}, without_residuals(offs), offs))
    return Explained(alone, late - alone, off - late, (row.summary or {})["cost"] - off)


def refuse_incomparable(store: RunStore, row: RunRow) -> None:
    """Raises StoreError for a run without boards, or one that cannot be lived again from its first tick to its last."""
    ticks = (row.summary or {}).get("ticks")
    if row.header.hardware is None:
        raise StoreRequestError(store.name, f"run {row.id} had no boards", "a run with --hardware is wanted")
    if ticks != row.header.ticks:
        raise StoreRequestError(store.name, f"run {row.id} was not lived as a whole", "a run without gaps is wanted")
    if loaded_again(row).model.is_live:
        raise StoreRequestError(store.name, f"run {row.id} had a live feed", "what was live cannot be lived again")


def lived_again(row: RunRow, hardware: Hardware) -> float:
    """What a run's scenario costs offline."""
    start = prepare(loaded_again(row))
    policy = start.policy(row.header.policy)
    return Session(start.blueprint, policy, hardware=hardware).run().summary["cost"]


def explained_rows(of: Explained, currency: str) -> list[tuple[str, str]]:
    """The same for a table."""
    return [
        ("cost of the models alone", money_text(of.model_cost, currency)),
        ("late set-points add", money_text(of.delay_cost, currency)),
        ("the boards' residuals add", money_text(of.residual_cost, currency)),
        ("unexplained", money_text(of.unexplained, currency)),
    ]

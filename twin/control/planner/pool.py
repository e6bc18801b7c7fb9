"""Several storages taken as one, for what is learnt about stored energy as a whole."""

from dataclasses import dataclass

from twin.control.planner.problem import Site
from twin.facts import LinearStorage


@dataclass(frozen=True, slots=True)
class Pool:
    """One storage in place of several; a joule in the i-th counts as `weights[i]` joules of it.

    The weights make all of them alike in what a joule brings to the bus, and standing losses and self-discharge are
    means by usable energy: exact for equal storages, an account of their mean for others.
    """

    storage: LinearStorage
    weights: tuple[float, ...]


def pooled(site: Site) -> Pool:
    """The site's storages as one; a single one is itself."""
    storages = tuple(site.storages.values())
    if len(storages) == 1:
        return Pool(storages[0], (1.0,))
    usable_j = [storage.max_j - storage.min_j for storage in storages]
    parts = [part / sum(usable_j) if sum(usable_j) else 1.0 / len(storages) for part in usable_j]
    drain = sum(part * storage.discharge_drain for part, storage in zip(parts, storages, strict=True))
    weights = tuple(drain / storage.discharge_drain for storage in storages)
    each = list(zip(parts, weights, storages, strict=True))
    return Pool(
        LinearStorage(
            min_j=sum(weight * storage.min_j for _, weight, storage in each),
            max_j=sum(weight * storage.max_j for _, weight, storage in each),
            retention=sum(part * storage.retention for part, _, storage in each),
            charge_gain=sum(part * weight * storage.charge_gain for part, weight, storage in each),
            discharge_drain=drain,
            standing_j=sum(weight * storage.standing_j for _, weight, storage in each),
            max_charge_j=sum(storage.max_charge_j for storage in storages),
            max_discharge_j=sum(storage.max_discharge_j for storage in storages),
            wear_price=sum(part * storage.wear_price for part, _, storage in each),
            discharge_efficiency=sum(part * storage.discharge_efficiency for part, _, storage in each),
            exact=False,
        ),
        weights,
    )

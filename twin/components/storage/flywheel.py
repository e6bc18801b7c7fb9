"""A flywheel: kinetic energy within a band of speeds, lost to viscous drag."""

from twin.components.storage.component import Outcome
from twin.components.storage.decay import decay_loss_j, reach_s, retention
from twin.facts import Limits, LinearStorage


def kinetic_energy_j(inertia_kgm2: float, speed_rad_s: float) -> float:
    """Energy of a turning mass, E = J·ω²/2."""
    return 0.5 * inertia_kgm2 * speed_rad_s**2


class Flywheel:
    """A wheel of `inertia_kgm2` between two speeds, slowed by a torque of `drag_nms` · ω.

    The drag's power, b·ω² = (2b/J)·E, makes the energy decay exponentially; the machine itself is taken as lossless.
    """

    def __init__(
        self,
        inertia_kgm2: float,
        speed_band_rad_s: tuple[float, float],
        max_power_w: float,
        drag_nms: float = 0.0,
        wear_price: float = 0.0,
    ) -> None:
        low_rad_s, high_rad_s = speed_band_rad_s
        self.min_j = kinetic_energy_j(inertia_kgm2, low_rad_s)
        self.max_j = kinetic_energy_j(inertia_kgm2, high_rad_s)
        self.max_power_w = max_power_w
        self.rate_per_s = 2.0 * drag_nms / inertia_kgm2
        self.wear_price = wear_price

    def advance(self, stored_j: float, power_w: float, length_s: float) -> Outcome:
        lost_j = decay_loss_j(self.rate_per_s, stored_j, power_w, length_s)
        return Outcome(stored_j - power_w * length_s - lost_j, lost_j)

    def limits(self, stored_j: float, length_s: float) -> Limits:
        reach = reach_s(self.rate_per_s, length_s)
        idle_j = stored_j * retention(self.rate_per_s, length_s)
        charge_w = min(self.max_power_w, max(self.max_j - idle_j, 0.0) / reach)
        discharge_w = min(self.max_power_w, max(idle_j - self.min_j, 0.0) / reach)
        return Limits(-charge_w, discharge_w)

    def linear(self, length_s: float) -> LinearStorage:
        gain = reach_s(self.rate_per_s, length_s) / length_s
        usable_j = (self.max_j - self.min_j) / gain
        return LinearStorage(
            min_j=self.min_j,
            max_j=self.max_j,
            retention=retention(self.rate_per_s, length_s),
            charge_gain=gain,
            discharge_drain=gain,
            standing_j=0.0,
            max_charge_j=min(self.max_power_w * length_s, usable_j),
            max_discharge_j=min(self.max_power_w * length_s, usable_j),
            wear_price=self.wear_price,
            discharge_efficiency=1.0,
            exact=True,
        )

"""A battery: efficiencies, a state-of-charge band, self-discharge and wear."""

from twin.components.storage.component import Outcome
from twin.components.storage.decay import decay_loss_j, reach_s, retention
from twin.facts import Limits, LinearStorage


class Battery:
    """A linear storage of energies `min_j` to `max_j`.

    Charging stores `charge_efficiency` of the bus energy, discharging takes 1 / `discharge_efficiency` of it.
    Self-discharge acts on what lies above the band's floor, so an idle battery comes to rest there instead of
    leaving its band; below the floor nothing leaks. This is the energy reservoir model of most planners
    (Pozo, "Linear battery models for power systems analysis", 2022).
    """

    def __init__(
        self,
        band_j: tuple[float, float],
        efficiencies: tuple[float, float],
        power_limits_w: tuple[float, float],
        self_discharge_per_s: float = 0.0,
        wear_price: float = 0.0,
    ) -> None:
        self.min_j, self.max_j = band_j
        self.charge_efficiency, self.discharge_efficiency = efficiencies
        self.max_charge_w, self.max_discharge_w = power_limits_w
        self.rate_per_s = self_discharge_per_s
        self.wear_price = wear_price

    def advance(self, stored_j: float, power_w: float, length_s: float) -> Outcome:
        inflow_w = -power_w * self.charge_efficiency if power_w < 0 else -power_w / self.discharge_efficiency
        converted_j = (-power_w - inflow_w) * length_s
        if stored_j < self.min_j:
            rise_s = min((self.min_j - stored_j) / inflow_w, length_s) if inflow_w > 0 else length_s
            stored_j += inflow_w * rise_s
            length_s -= rise_s
        if not self.rate_per_s:
            return Outcome(stored_j + inflow_w * length_s, converted_j)
        leaked_j = decay_loss_j(self.rate_per_s, stored_j - self.min_j, -inflow_w, length_s)
        return Outcome(stored_j + inflow_w * length_s - leaked_j, converted_j + leaked_j)

    def limits(self, stored_j: float, length_s: float) -> Limits:
        above_j = stored_j - self.min_j
        # Below the floor nothing leaks, as in `advance`: what comes in while it rises is kept whole.
        reach, kept = self._decay(length_s) if self.rate_per_s and above_j > 0.0 else (length_s, 1.0)
        left_j = above_j * kept
        room_j = self.max_j - self.min_j - left_j
        charge_w = room_j / reach / self.charge_efficiency if room_j > 0.0 else 0.0
        discharge_w = left_j / reach * self.discharge_efficiency if left_j > 0.0 else 0.0
        return Limits(
            -charge_w if charge_w < self.max_charge_w else -self.max_charge_w,
            discharge_w if discharge_w < self.max_discharge_w else self.max_discharge_w,
        )

    def _decay(self, length_s: float) -> tuple[float, float]:
        return reach_s(self.rate_per_s, length_s), retention(self.rate_per_s, length_s)

    def linear(self, length_s: float) -> LinearStorage:
        kept = retention(self.rate_per_s, length_s)
        gain = reach_s(self.rate_per_s, length_s) / length_s
        usable_j = self.max_j - self.min_j
        return LinearStorage(
            min_j=self.min_j,
            max_j=self.max_j,
            retention=kept,
            charge_gain=self.charge_efficiency * gain,
            discharge_drain=gain / self.discharge_efficiency,
            standing_j=-(1.0 - kept) * self.min_j,
            max_charge_j=min(self.max_charge_w * length_s, usable_j / gain / self.charge_efficiency),
            max_discharge_j=min(self.max_discharge_w * length_s, usable_j / gain * self.discharge_efficiency),
            wear_price=self.wear_price,
            discharge_efficiency=self.discharge_efficiency,
            exact=True,
        )

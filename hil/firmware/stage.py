"""A power stage, real or simulated: what a board measures on it and how it drives it."""


class Measured:
    """What the sensors say: the bus, the power into it, and the voltage behind the converter."""

    def __init__(self, bus_v: float, power_w: float, inner_v: float) -> None:
        self.bus_v = bus_v
        self.power_w = power_w
        self.inner_v = inner_v

    @property
    def current_a(self) -> float:
        """Into the bus."""
        return self.power_w / self.bus_v if self.bus_v > 0.1 else 0.0


class Stage:
    """A converter between the bus and a lamp, a panel, a capacitor or a supply, with its sensors."""

    sim = False
    step_s = 1.0

    def measure(self) -> Measured:
        """Raises OSError where a sensor does not answer."""
        raise NotImplementedError

    def drive(self, ratio: float | None) -> None:
        """Set the converter's ratio of voltages, which each role defines; None opens the gates."""
        raise NotImplementedError

    def step(self, length_s: float) -> float:
        """Let time pass; the energy that went into the bus in it."""
        raise NotImplementedError

    def coast(self, length_s: float) -> tuple[float, float]:
        """Let time pass with the power held: the energy into the bus, and how much of the time asked has passed."""
        return self.step(length_s), length_s

    def world(self, told: dict[str, float]) -> None:
        """What nature would tell a real stage by itself."""

    def own_wire(self) -> None:
        """The serial line is a controller's: no byte on it may end the program."""

    def feed_watchdog(self) -> None:
        """Say that the program is alive."""

    def release(self) -> None:
        """Open the gates for good: the program ends."""
        self.drive(None)

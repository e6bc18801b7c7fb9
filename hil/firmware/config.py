"""`board.json`: who a board is, what it may do and how it is wired; checked, with an error that says where."""

import json

from hil.firmware.protocol import ROLES, is_number

# Name: default; None where it must be given.
LIMITS: dict[str, dict[str, float]] = {
    "load": {"min_w": -1.0, "max_w": 0.0, "max_a": 0.5, "trip_v": 7.7},
    "solar": {"min_w": 0.0, "max_w": 4.6, "max_a": 1.0, "trip_v": 7.7},
    "storage": {"min_w": -1.4, "max_w": 1.4, "max_a": 0.2, "trip_v": 7.7, "min_v": 1.0, "max_v": 14.0},
    "grid": {"min_w": -14.0, "max_w": 14.0, "max_a": 2.0, "trip_v": 7.7},
}
CALIBRATION: dict[str, dict[str, float]] = {
    "load": {"lamp_v": 2.6},
    "solar": {"open_v": 6.0},
    "storage": {"series_ohm": 0.1, "capacitance_f": 0.5},
    "grid": {"bus_v": 7.0, "supply_v": 12.0},
}
SENSORS: dict[str, float] = {
    "bus_scale": 1.0,
    "inner_scale": 1.0,
    "current_scale": 1.0,
    "current_zero_a": 0.0,
    "sense_ohm": 1.02,
}
SIM: dict[str, dict[str, float]] = {
    "load": {"bus_v": 7.0, "lamp_v": 2.6, "lamp_ohm": 1.5},
    "solar": {"bus_v": 7.0, "rated_w": 4.6, "open_v": 6.0},
    "storage": {"bus_v": 7.0, "series_ohm": 0.1, "leak_ohm": 100000.0, "stored_j": 0.25, "capacitance_f": 0.5},
    "grid": {"bus_v": 7.0, "supply_v": 12.0, "out_ohm": 0.1, "bus_f": 0.001, "bleed_ohm": 1000.0},
}
PINS: dict[str, float] = {"pwm": 15, "gate": 14, "bus_adc": 26, "inner_adc": 27, "return_adc": 28, "sda": 4, "scl": 5}
LINKS: dict[str, dict[str, object]] = {
    "serial": {},
    "listen": {"port": 5550, "host": "0.0.0.0"},
    "dial": {"port": 5550, "host": ""},
}
KEYS = ("name", "role", "hal", "link", "key", "limits", "calibration", "pins", "sim", "wifi")


class ConfigError(Exception):
    """`board.json` cannot be used as it is."""


class Config:
    """A board's facts, complete: what the file leaves out is the lab's."""

    def __init__(self, told: dict[str, object]) -> None:
        for name in told:
            if name not in KEYS:
                raise ConfigError(f"{name}: unknown; known are {', '.join(KEYS)}")
        self.name = text(told, "name")
        self.role = word(told, "role", ROLES)
        self.hal = word(told, "hal", ("sim", "pico"))
        self.link = link(section(told, "link"))
        self.key = text(told, "key") if "key" in told else ""
        if self.link["kind"] != "serial" and len(self.key) < 16:
            raise ConfigError("key: a board on a network needs one of 16 or more characters")
        self.wifi = {name: text(section(told, "wifi"), name) for name in ("ssid", "password")} if "wifi" in told else {}
        self.limits = numbers(told, "limits", LIMITS[self.role])
        self.calibration = numbers(told, "calibration", CALIBRATION[self.role] | SENSORS)
        self.pins = numbers(told, "pins", PINS)
        # A stage is what it is calibrated for, unless told otherwise.
        known = {name: value for name, value in self.calibration.items() if name in SIM[self.role]}
        self.sim = numbers(told, "sim", self.limits | SIM[self.role] | known)
        for low, high in (("min_w", "max_w"), ("min_v", "max_v")):
            if low in self.limits and self.limits[low] >= self.limits[high]:
                raise ConfigError(f"limits.{low}: must be less than {high}")

    def room(self, inner_v: float, tick_s: float) -> dict[str, object]:
        """What the board could hold through a tick, as far as it can know: a panel cannot."""
        low_w, high_w = self.limits["min_w"], self.limits["max_w"]
        if self.role == "solar":
            return {}
        if self.role != "storage":
            return {"min_w": low_w, "max_w": high_w}
        half_f = 0.5 * self.calibration["capacitance_f"]
        stored_j = half_f * inner_v * inner_v
        most_w = max(stored_j - half_f * self.limits["min_v"] ** 2, 0.0) / tick_s
        least_w = min(stored_j - half_f * self.limits["max_v"] ** 2, 0.0) / tick_s
        return {"stored_j": stored_j, "min_w": max(low_w, least_w), "max_w": min(high_w, most_w)}


def read(path: str) -> Config:
    """The config in a file; raises ConfigError."""
    try:
        with open(path) as file:
            told = json.load(file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not to be read as JSON ({error})") from None
    if not isinstance(told, dict):
        raise ConfigError(f"{path}: want an object")
    try:
        return Config(told)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def section(told: dict[str, object], name: str) -> dict[str, object]:
    found = told.get(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{name}: want an object")
    return found


def text(told: dict[str, object], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found:
        raise ConfigError(f"{name}: want a text, got {found!r}")
    return found


def word(told: dict[str, object], name: str, words: tuple[str, ...]) -> str:
    found = text(told, name)
    if found not in words:
        raise ConfigError(f"{name}: {found!r}; want one of {', '.join(words)}")
    return found


def numbers(told: dict[str, object], name: str, usual: dict[str, float]) -> dict[str, float]:
    """The usual numbers with those told in their place."""
    found = dict(usual)
    for key, value in section(told, name).items():
        if key not in usual:
            raise ConfigError(f"{name}.{key}: unknown; known are {', '.join(sorted(usual))}")
        if not (is_number(value) and isinstance(value, (int, float))):
            raise ConfigError(f"{name}.{key}: {value!r} is no number")
        found[key] = value
    return found


def link(told: dict[str, object]) -> dict[str, object]:
    kind = word(told, "kind", tuple(LINKS)) if told else "serial"
    found: dict[str, object] = {"kind": kind}
    found.update(LINKS[kind])
    for key, value in told.items():
        if key not in found:
            raise ConfigError(f"link.{key}: unknown; known are {', '.join(sorted(found))}")
        if key == "port" and not (isinstance(value, int) and 0 <= value < 65536):
            raise ConfigError(f"link.port: {value!r} is no port")
        found[key] = value
    if kind == "dial" and not found["host"]:
        raise ConfigError("link.host: is missing; whom shall the board dial?")
    return found

"""A Pico's power stage: PWM and gate pins, ADC channels, an INA219 on I2C, the watchdog. Runs on the RP2040 only."""

import struct
import time

from machine import ADC, I2C, PWM, WDT, Pin, mem32  # type: ignore[import-not-found]
from micropython import kbd_intr  # type: ignore[import-not-found]

from hil.firmware.control import clamp, load_power_w
from hil.firmware.stage import Measured, Stage

PWM_HZ = 100000
WATCHDOG_MS = 2000
SAMPLES = 16
INA219 = 0x40
"""Its address with both pins at ground; register 0 configures, register 1 is the shunt's voltage in 10 µV."""
INA219_SETTINGS = {"storage": 0x019F, "solar": 0x119F, "grid": 0x199F}
"""Shunt voltages up to 40, 160 and 320 mV, that is 0.4, 1.6 and 3.2 A; 12 bits in 532 µs, again and again."""
SHUNT_OHM = 0.1
ADC_V = 3.3 / 65535
WATCHDOG_CLEAR, WATCHDOG_ENABLE = 0x4005B000, 1 << 30
"""RP2040 data sheet, 4.7.6: writing a bit here clears it in the watchdog's control register."""
WIFI_TRIES = 100


class PicoStage(Stage):
    """One converter. Voltages are those at the pins times `bus_scale` and `inner_scale`, as calibrated."""

    def __init__(self, role: str, pins: dict[str, float], calibration: dict[str, float]) -> None:
        # Gates first: a pin that floats may drive a transistor.
        self._gate = Pin(int(pins["gate"]), Pin.OUT, value=0)
        self._pwm = PWM(Pin(int(pins["pwm"])))
        self._pwm.freq(PWM_HZ)
        self._pwm.duty_u16(0)
        self._calibration = calibration
        self._duty = DUTIES[role]
        self._bus = ADC(int(pins["bus_adc"]))
        self._inner = ADC(int(pins["inner_adc"]))
        self._return = ADC(int(pins["return_adc"]))
        self._meter = None if role == "load" else Ina219(role, pins)
        self._power_w = 0.0
        self._watchdog: WDT | None = None

    def measure(self) -> Measured:
        # What cannot be measured is not counted.
        self._power_w = 0.0
        bus_v = self._calibration["bus_scale"] * volts(self._bus)
        inner_v = self._calibration["inner_scale"] * volts(self._inner)
        if self._meter is None:
            self._power_w = -load_power_w(inner_v, volts(self._return), self._calibration["sense_ohm"])
        else:
            current_a = self._calibration["current_scale"] * self._meter.current_a()
            self._power_w = bus_v * (current_a - self._calibration["current_zero_a"])
        return Measured(bus_v, self._power_w, inner_v)

    def drive(self, ratio: float | None) -> None:
        if ratio is None:
            self._gate.value(0)
            self._pwm.duty_u16(0)
            return
        self._pwm.duty_u16(int(65535 * clamp(self._duty(ratio), 0.0, 0.95)))
        self._gate.value(1)

    def step(self, length_s: float) -> float:
        return self._power_w * length_s

    def own_wire(self) -> None:
        # A stray Ctrl-C must not end the program; `leave` does.
        kbd_intr(-1)

    def feed_watchdog(self) -> None:
        if self._watchdog is None:
            self._watchdog = WDT(timeout=WATCHDOG_MS)
        self._watchdog.feed()

    def release(self) -> None:
        self.drive(None)
        mem32[WATCHDOG_CLEAR] = WATCHDOG_ENABLE
        kbd_intr(3)


class Ina219:
    """The current sensor on I2C, over the bench's shunts."""

    def __init__(self, role: str, pins: dict[str, float]) -> None:
        self._i2c = I2C(0, sda=Pin(int(pins["sda"])), scl=Pin(int(pins["scl"])), freq=400000)
        self._settings = struct.pack(">H", INA219_SETTINGS[role])
        self._is_set = False

    def current_a(self) -> float:
        """Raises OSError where it does not answer; whoever did not may have lost his settings with his power."""
        was_set, self._is_set = self._is_set, False
        if not was_set:
            self._i2c.writeto_mem(INA219, 0, self._settings)
        (raw,) = struct.unpack(">h", self._i2c.readfrom_mem(INA219, 1, 2))
        self._is_set = True
        return float(raw) * 0.00001 / SHUNT_OHM


def join_wifi(ssid: str, password: str) -> None:
    """Join a network, on a Pico W; where that takes long the board goes on, and is there when the network is."""
    from network import STA_IF, WLAN  # type: ignore[import-not-found]

    station = WLAN(STA_IF)
    station.active(True)
    station.connect(ssid, password)
    for _ in range(WIFI_TRIES):
        if station.isconnected():
            return
        time.sleep(0.1)


def volts(channel: ADC) -> float:
    """At the pin, the mean of some samples: the converter's ripple is faster than any one of them."""
    total = 0
    for _ in range(SAMPLES):
        total += channel.read_u16()
    return total * ADC_V / SAMPLES


def buck(ratio: float) -> float:
    """Output to input voltage is the duty cycle."""
    return ratio


def boost(ratio: float) -> float:
    """Input to output voltage is the time the switch is open."""
    return 1.0 - ratio


def buck_boost(ratio: float) -> float:
    """Output to input voltage is d/(1 - d)."""
    return ratio / (1.0 + ratio)


DUTIES = {"load": buck, "solar": boost, "storage": buck_boost, "grid": buck}

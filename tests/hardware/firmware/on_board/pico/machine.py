"""A bench of pins that a script can look at, in the place of the RP2040's `machine`."""

pins = {}
duties = {}
analog = {}
registers = {}
fed = []
mem32 = {}


class Pin:
    OUT = 1

    def __init__(self, number, mode=None, value=None):
        self.number = number
        if value is not None:
            pins[number] = value

    def value(self, level):
        pins[self.number] = level


class PWM:
    def __init__(self, pin):
        self.number = pin.number

    def freq(self, hertz):
        self.hertz = hertz

    def duty_u16(self, duty):
        duties[self.number] = duty


class ADC:
    def __init__(self, number):
        self.number = number

    def read_u16(self):
        return analog.get(self.number, 0)


class I2C:
    """One INA219; an empty `registers[1]` is one that does not answer."""

    def __init__(self, number, sda, scl, freq):
        self.freq = freq

    def writeto_mem(self, address, register, data):
        if 1 not in registers:
            raise OSError(5)
        registers[register] = data

    def readfrom_mem(self, address, register, length):
        if 1 not in registers:
            raise OSError(5)
        return registers[register]


class WDT:
    def __init__(self, timeout):
        self.timeout = timeout

    def feed(self):
        fed.append(self.timeout)

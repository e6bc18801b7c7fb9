"""A Pico W's radio that joins at once, or never."""

STA_IF = 0
joined = []


class WLAN:
    def __init__(self, interface):
        self.interface = interface

    def active(self, on):
        pass

    def connect(self, ssid, password):
        joined.append((ssid, password))

    def isconnected(self):
        return joined[-1][0] == "lab"

"""The boards' firmware: MicroPython for Raspberry Pi Pico, its Unix port, and CPython."""

"""A plain Pico has no radio, and its MicroPython no sockets."""

raise ImportError("no module named 'socket'")

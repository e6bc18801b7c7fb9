"""What holds for all tests."""

import signal

from hypothesis import settings

# Machines are noisy: no example fails for having taken long.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# A shell that starts tests in the background has them ignore Ctrl-C, and so would every command they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

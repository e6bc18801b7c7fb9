"""A bell that wakes a thread which waits for a port."""

import os
import select


class Wake:
    """Rung from any thread, heard through `fileno` by the one that selects on it."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()

    def fileno(self) -> int:
        return self._out

    def ring(self) -> None:
        os.write(self._in, b"!")

    def heed(self) -> None:
        """Forget all rings so far."""
        while select.select([self._out], [], [], 0)[0]:
            os.read(self._out, 512)

    def close(self) -> None:
        os.close(self._in)
        os.close(self._out)

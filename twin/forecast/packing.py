"""Arrays as plain JSON, to the last bit."""

import base64
from typing import Any

import numpy as np

from twin.facts import Floats


def packed(array: Floats) -> dict[str, Any]:
    """Shape and little-endian bytes of an array."""
    return {"shape": list(array.shape), "bytes": base64.b64encode(array.astype("<f8").tobytes()).decode()}


def unpacked(pack: dict[str, Any]) -> Floats:
    """The array that was packed."""
    values = np.frombuffer(base64.b64decode(pack["bytes"]), dtype="<f8")
    return values.reshape(pack["shape"]).astype(np.float64)

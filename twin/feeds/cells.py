"""Numbers in the cells of a CSV file: decimal points and commas, and the words that stand for no value."""

import math
from collections.abc import Iterable, Iterator

MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "unavailable", "unknown"})
"""What loggers write where they have no value, in small letters."""
_POINT = "a decimal number with a point"


def number_of(text: str, comma: bool) -> float:
    """The number in a cell, NaN where it holds no value; `comma` allows a decimal comma.

    Raises ValueError that says what came, and after "; " what is expected.
    """
    text = text.strip()
    if text.lower() in MISSING:
        return math.nan
    shown = repr(text[:40])
    if comma and "," in text and "." in text:
        raise ValueError(f"{shown} has both a comma and a point; a decimal number without marks between thousands")
    try:
        number = float(text.replace(",", ".") if comma else text)
    except ValueError:
        raise ValueError(f"{shown} is not a number; {_POINT}") from None
    if not math.isfinite(number):
        raise ValueError(f"{shown} is not finite; {_POINT}")
    return number


def mixed_marks(texts: Iterable[tuple[int, str]]) -> Iterator[int]:
    """The places of cells with a decimal point, of a column in which others have a decimal comma."""
    with_comma, with_point = False, list[int]()
    for place, text in texts:
        with_comma = with_comma or "," in text
        if "." in text:
            with_point.append(place)
    if with_comma:
        yield from with_point

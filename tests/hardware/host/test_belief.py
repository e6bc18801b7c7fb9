"""Which readings are believed."""

import pytest

from hil.belief import Judge, Measured
from hil.bench import BoardLimits

TICK_S = 5.0
LIMITS = BoardLimits(power="2 W", voltage="15 V", current="0.3 A", energy="50 J")  # type: ignore[arg-type]
GOOD = Measured(1.0, 5.0, 5.0, 0.1, 5000, (), 7.0, 0.14, 20.0)


def judge() -> Judge:
    return Judge(LIMITS, TICK_S, stuck_ticks=2)


def test_a_sound_reading_is_believed() -> None:
    assert judge().doubt(GOOD, 5.0, stores=True) is None


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"power_w": 2.5, "energy_j": 12.5}, "limit"),
        ({"voltage_v": -16.0}, "limit"),
        ({"current_a": 0.4}, "limit"),
        ({"stored_j": 52.0}, "limit"),
        ({"energy_j": 6.0}, "energy"),
        ({"length_s": 50.0, "energy_j": 50.0}, "length"),
        ({"stored_j": None}, "stored"),
        ({"stored_j": -0.1}, "stored"),
        ({"flags": ("trip",)}, "trip"),
        ({"flags": ("sensor",)}, "sensor"),
        ({"flags": ("partial",)}, "partial"),
    ],
)
def test_a_reading_that_cannot_be_is_not_believed(changes: dict[str, object], kind: str) -> None:
    doubt = judge().doubt(GOOD._replace(**changes), 5.0, stores=True)
    assert doubt is not None
    assert doubt.startswith(f"{kind}: ")


def test_a_clock_that_goes_back_is_not_believed() -> None:
    it = judge()
    it.doubt(GOOD, 5.0, stores=False)
    assert str(it.doubt(GOOD._replace(clock_ms=10), 5.0, stores=False)).startswith("clock: ")


@pytest.mark.parametrize(("stored_j", "believed"), [(24.9, True), (25.2, True), (26.0, False)])
def test_a_storage_gains_no_more_than_was_put_in(stored_j: float, believed: bool) -> None:
    it = judge()
    it.doubt(GOOD, 5.0, stores=True)
    charged = Measured(-1.0, -5.0, 5.0, 0.1, 10000, (), 7.0, -0.14, stored_j)
    assert (it.doubt(charged, -5.0, stores=True) is None) == believed


@pytest.mark.parametrize(("model_j", "doubts"), [((1.0, 3.0, 5.0, 7.0), [2, 3]), ((5.0,) * 4, [])])
def test_the_same_reading_again_and_again_is_stuck_if_something_happened(
    model_j: tuple[float, ...], doubts: list[int]
) -> None:
    it = judge()
    told = [it.doubt(GOOD._replace(clock_ms=5000 * n), j, stores=False) for n, j in enumerate(model_j)]
    assert [n for n, doubt in enumerate(told) if doubt is not None] == doubts


def test_a_storage_that_is_charged_and_holds_the_same_is_stuck() -> None:
    it = judge()
    charged = Measured(-1.0, -5.0, 5.0, 0.1, 0, (), 7.0, -0.14, 20.0)
    told = [it.doubt(charged._replace(clock_ms=5000 * n), -5.0, stores=True) for n in range(4)]
    assert [doubt is None for doubt in told] == [True, True, False, False]

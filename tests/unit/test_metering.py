import pytest
from worlds import seen

from twin.facts import Limits
from twin.simulation.metering import LastTick

STORE = {"storage": Limits(-1.0, 2.0)}


def under(sun_w, least_w=0.0):
    """A step with an array of 4 W that gives at least so much of its sun."""
    return seen(solar=Limits(least_w, sun_w, sun_w), demand_w=1.0 + sun_w)


def test_before_the_first_tick_the_meters_tell_what_is_now():
    known = LastTick().seen(under(3.0), STORE)
    assert (known.solar["solar"], known.demand_w, known.exact) == (Limits(0.0, 3.0, 3.0), 4.0, False)


@pytest.mark.parametrize("part", [0.0, 1.0], ids=["can be curtailed", "cannot be curtailed"])
def test_after_a_tick_they_tell_its_means_even_where_the_next_begins_in_the_dark(part):
    last = LastTick()
    last.keep([under(2.0, 2.0 * part), under(4.0, 4.0 * part)])
    known = last.seen(under(0.0), STORE)
    assert known.solar["solar"] == Limits(3.0 * part, 3.0, 3.0)
    assert (known.demand_w, known.net_steps_w, known.storage) == (4.0, (1.0, 1.0), STORE)


def test_what_they_told_survives_a_checkpoint():
    last, again = LastTick(), LastTick()
    last.keep([under(2.0), under(4.0)])
    again.restore(last.state())
    assert again.seen(under(0.0), STORE) == last.seen(under(0.0), STORE)

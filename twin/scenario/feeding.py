"""From a scenario to the feeds that its parts follow."""

from dataclasses import dataclass, replace
from functools import partial

from twin.errors import ScenarioError
from twin.facts import Feed
from twin.feeds.repeated import Repeated
from twin.scenario.notes import Remarks
from twin.scenario.schema import Scenario
from twin.scenario.sources import NOTHING, Sources


@dataclass(frozen=True, slots=True)
class Feeds:
    """Where a scenario's facts come from: `main` tells prices and tasks, and is read by the tick.

    The others are read by the step: `solar` has a feed for each array, `base` tells the base demand (and, being one
    with the first array's, its sun), and `own` has a feed for each load's own demand, or None.
    """

    main: Feed
    solar: tuple[Feed, ...]
    base: Feed
    own: tuple[Feed | None, ...]


def feeds_of(scenario: Scenario, remarks: Remarks) -> Feeds:
    """The feeds of a scenario; what a reader of its results should know is added to `remarks`.

    Raises ScenarioError, or Errors for several, where files do not hold what is needed.
    """
    if scenario.is_live:
        # Until the server has told its day, nobody knows which sun a curve means: `under_known_sun` puts it in.
        live = live_feed(scenario)
        followed = live if scenario.steps == 1 else Repeated(live, scenario.steps)
        return Feeds(live, (followed,) * len(scenario.solar), followed, (None,) * len(scenario.loads))
    by_tick = Sources(scenario, scenario.calendar, remarks)
    by_step = by_tick if scenario.steps == 1 else Sources(scenario, scenario.calendar.by_step, remarks)
    suns, demand_w, own = by_step.suns(), by_step.base_demand_w(), by_step.own_demands_w()
    prices = by_tick.prices()
    by_tick.raise_faults(by_step)
    by_tick.refuse_cheap_darkness(*prices)
    first = suns[0] if suns else NOTHING
    if scenario.steps == 1:
        main = base = by_tick.feed(first, demand_w, prices, by_tick.tasks())
    else:
        main, base = by_tick.feed(prices=prices, tasks=by_tick.tasks()), by_step.feed(first, demand_w)
    return Feeds(
        main,
        (base, *[by_step.feed(sun) for sun in suns[1:]])[: len(suns)],
        base,
        tuple(series and by_step.feed(demand_w=series) for series in own),
    )


def under_known_sun(feeds: Feeds, scenario: Scenario, start_day: int, remarks: Remarks) -> Feeds:
    """The feeds of a live scenario whose server's day is known, with the sun of those arrays that the server has not.

    Raises ScenarioError, or Errors for several, where files do not hold what is needed.
    """
    dated = scenario.model_copy(update={"start_day": start_day})
    sources = Sources(dated, dated.calendar if dated.steps == 1 else dated.calendar.by_step, remarks)
    known = {
        index: sources.found(partial(sources.sun, array))
        for index, array in enumerate(scenario.solar)
        if array.kind != "http"
    }
    sources.raise_faults()
    return replace(
        feeds,
        solar=tuple(sources.feed(known[i]) if i in known else followed for i, followed in enumerate(feeds.solar)),
    )


def live_feed(scenario: Scenario) -> Feed:
    """The feed of a scenario that asks a server; it is not asked yet."""
    from twin.feeds.http import HttpFeed

    server = scenario.server
    if server is None:
        raise ScenarioError(scenario.name, "no server", "write 'server: {url: ...}'")
    return HttpFeed(scenario.calendar, server.url, server.connect_timeout, server.read_timeout)

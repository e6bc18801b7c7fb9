"""Whatever `twin check` calls fine must run: random ticks, from milliseconds to a day, on random traces."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import ScenarioError
from twin.scenario import simulate
from twin.scenario.launch import look_over
from twin.scenario.request import Request

SCENARIO = """currency: EUR
tick: {tick_us} us
ticks_per_day: {per_day}
start_day: {start_day}
days: {days}
history_days: {history}
unserved_price: 10 EUR/kWh
solar: {{kind: trace, file: t.csv, column: pv, rated_power: 6 kW{keys}}}
loads: [{{name: house}}]
demand: {{kind: trace, file: t.csv, column: load{keys}}}
market: {{prices: {{kind: tariff, import: 0.3 EUR/kWh, export: 0.1 EUR/kWh}}}}
"""
TICKS_US = st.sampled_from([1000, 1001, 7000, 12345, 333_333, 10**6, 7 * 10**6, 9 * 10**8, 86_400 * 10**6])
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def rows(start_us: int, step_us: int, count: int, skipped: int | None) -> str:
    times = (ZERO + timedelta(microseconds=start_us + i * step_us) for i in range(count) if i != skipped)
    return "".join(f"{time.isoformat(timespec='microseconds')},1,2\n" for time in times)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ticks")


@settings(deadline=None, max_examples=150)
@given(TICKS_US, st.integers(1, 5), st.integers(1, 3), st.integers(0, 1), st.data())
def test_what_check_calls_fine_runs(folder, tick_us, per_day, days, history, data):
    start_day = 1_717_372_800_000_000 // (tick_us * per_day)
    first_us = (start_day - history) * tick_us * per_day
    length_us = (days + history) * tick_us * per_day
    step_us = data.draw(st.sampled_from([tick_us, 2 * tick_us, max(1, tick_us // 3), 1000, 10**6]))
    step_us = max(step_us, length_us // 200)  # no more rows than a test has time for
    early = data.draw(st.integers(0, 2)) * step_us - data.draw(st.sampled_from([0, 0, 1, 500]))
    count = -(-length_us // step_us) + data.draw(st.integers(-1, 3))
    skipped = data.draw(st.none() | st.integers(0, count))
    keys = data.draw(st.sampled_from(["", ", fill: zero", ", fill: hold", ", stamps: end"]))
    (folder / "t.csv").write_text("time,pv [kW],load [kW]\n" + rows(first_us - early, step_us, count, skipped))
    (folder / "mine.yaml").write_text(SCENARIO.format(**locals()))
    try:
        blueprint = look_over(Request(str(folder / "mine.yaml")).load())
    except ScenarioError:
        return
    assert blueprint.ticks == days * per_day
    simulate(str(folder / "mine.yaml"), "rule")

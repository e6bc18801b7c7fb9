"""Random bytes and random mutations of the shipped scenarios at `twin check`: fine or refused, never anything else."""

import shutil
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal import Said, told

from twin.scenario.schema import SHIPPED

FUZZ = settings(deadline=None, derandomize=True, max_examples=120)
SCENARIOS = st.sampled_from([path.read_bytes() for path in sorted(SHIPPED.glob("lab_*.yaml"))])
HOUSES = st.sampled_from([path.read_bytes() for path in sorted(SHIPPED.glob("household_*.yaml"))])
WORDS = b"- 0 9 1e999 nan : [ { ' # &a *a !!int null yes % W kWh EUR/kWh ../ 24:00".split()
PIECES = st.sampled_from([*WORDS, b"", b" ", b"\n", b"\t", b": ", b"- ", b"\0", b"\xff"]) | st.binary(max_size=4)
TRACE = (SHIPPED / "traces" / "household.csv").read_bytes()
Check = Callable[..., Said]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(SHIPPED / "traces", folder / "traces")

    def said(text: bytes, *options: str) -> Said:
        (folder / "mine.yaml").write_bytes(text)
        return told(folder / "runs.sqlite", "check", folder / "mine.yaml", *options)

    return said


def is_proper(said: Said) -> bool:
    """Fine and said so, or refused and said why."""
    if said.status == 0:
        return "is fine" in said.out and not said.err
    return said.status == 2 and not said.out and ": " in said.err and "Traceback" not in said.err


@FUZZ
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_random_bytes_are_refused(check: Check, text: bytes) -> None:
    said = check(text)
    assert said.status == 2
    assert is_proper(said)


@FUZZ
@given(SCENARIOS, st.data())
def test_a_mutated_lab_scenario_is_fine_or_refused(check: Check, text: bytes, data: st.DataObject) -> None:
    assert is_proper(check(mutated(text, data)))


@pytest.mark.slow
@settings(FUZZ, max_examples=60)
@given(HOUSES, st.data())
def test_a_mutated_household_scenario_is_fine_or_refused(check: Check, text: bytes, data: st.DataObject) -> None:
    assert is_proper(check(mutated(text, data)))


@FUZZ
@given(SCENARIOS, st.data())
def test_with_json_every_answer_is_one_object(check: Check, text: bytes, data: st.DataObject) -> None:
    said = check(mutated(text, data), "--json")
    assert said.status in (0, 2)
    assert said.err == ""
    assert ("error" in said.json) == (said.status == 2)


@settings(FUZZ, max_examples=60)
@given(st.data())
def test_a_mutated_trace_is_fine_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("trace")
    (folder / "traces").mkdir()
    (folder / "traces" / "household.csv").write_bytes(mutated(TRACE, data))
    shutil.copy(SHIPPED / "household_csv.yaml", folder / "mine.yaml")
    assert is_proper(told(folder / "runs.sqlite", "check", folder / "mine.yaml"))


INFLUX = b"#group,x\n,result,table,_time,_value,_measurement,entity_id\n" + b"".join(
    f",,0,2024-06-0{3 + hour // 24}T{hour % 24:02}:00:00Z,{hour},W,house_power\n".encode() for hour in range(72)
)
STAMPS = ",".join(f"2024-06-0{3 + hour // 24}T{hour % 24:02}:00:00.000Z" for hour in range(72))
ASSISTANT = f"entity_id,type,unit,{STAMPS}\nsensor.a,grid_consumption,kWh{',1.5' * 72}\n".encode()


@settings(FUZZ, max_examples=60)
@given(st.sampled_from([TRACE, INFLUX, ASSISTANT]), st.data())
def test_mutated_data_is_imported_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("import")
    (folder / "data.csv").write_bytes(mutated(text, data))
    said = told(folder / "runs.sqlite", "import", folder / "data.csv", "--out", folder / "mine.yaml")
    assert said.status in (0, 2), said
    assert (folder / "mine.yaml").exists() == (said.status == 0)
    if said.status == 0:
        assert is_proper(told(folder / "runs.sqlite", "check", folder / "mine.yaml"))


def mutated(text: bytes, data: st.DataObject) -> bytes:
    """One to three cuts, each with something put in its place."""
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(start + 12, len(text))))
        text = text[:start] + data.draw(PIECES) + text[stop:]
    return text

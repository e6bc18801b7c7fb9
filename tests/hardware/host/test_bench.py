"""What a bench file may say, and what is told of one that is wrong."""

from pathlib import Path

import pytest

from hil.bench import load_bench
from hil.hardware import refuse_other_kinds
from twin.components.market import Market
from twin.components.solar import Solar
from twin.components.storage import Battery, Storage
from twin.errors import TwinError
from twin.feeds.offline import OfflineFeed, constant, no_tasks
from twin.simulation import Parts

GOOD = """
boards:
  - {component: solar, port: /dev/ttyACM0, limits: {power: 5 W, voltage: 8 V}}
  - {component: load1, port: "socket://10.0.0.7:5550", limits: {power: 1 W}, key: 5f3c09be1d7a42688e90b1c2d3f4a657}
  - {component: load2, port: "listen://:5550/load2", limits: {power: 1 W}, key: 5f3c09be1d7a42688e90b1c2d3f4a657}
  - {component: market, port: "replay:3", limits: {power: 14 W}, name: grid}
"""
WRONG = {
    "boards:\n  - {component: solar, port: COM3, limits: {power: 5 W}}": (":2:30: boards.0.port", "is no port"),
    "boards:\n  - {component: solar, port: /dev/a, limits: {power: 5}}": ("boards.0.limits.power", "has no unit"),
    "boards:\n  - {component: solar, port: /dev/a, limits: {}}": ("boards.0.limits.power", "is missing"),
    "boards:\n  - {component: solar, port: 'socket://h:70000', limits: {power: 5 W}}": (
        "boards.0.port",
        "no such port",
    ),
    "boards:\n  - {component: solar, port: 'socket://h:5550', limits: {power: 5 W}}": ("boards.0.key", "needs one"),
    "boards:\n  - {component: solar, port: /dev/a, limits: {power: 5 W}, key: short}": (
        "boards.0.key",
        "32 or more hexadecimal digits",
    ),
    "boards:\n  - {component: solar, port: /dev/a, limits: {power: 5 W}, bauds: 9600}": ("boards.0.bauds", "'baud'"),
    "boards: []": ("boards", "1 to 50"),
    "name: ../up\nboards:\n  - {component: solar, port: /dev/a, limits: {power: 5 W}}": ("name", "letters"),
    GOOD.replace("load2,", "load1,"): ("boards.2.component", "taken"),
    GOOD.replace("/dev/ttyACM0", "replay:3").replace("market", "solar"): ("boards.3.component", "taken"),
    GOOD.replace("5550/load2", "5550/load1"): ("boards.2.component", "another board is named load1"),
    GOOD.replace("component: load2,", "component: load2, name: lamp,"): ("boards.2.name", "load2 is wanted"),
    "boards:\n  - {component: solar, port: 'virtual:sun', name: solar, limits: {power: 5 W}}": (
        "boards.0.name",
        "sun is wanted, as the port says",
    ),
    GOOD.replace("key: 5f3c09be1d7a42688e90b1c2d3f4a657", "key: $TWIN_NO_KEY", 1): (
        "boards.1.key",
        "$TWIN_NO_KEY is not set",
    ),
}


def written(folder: Path, text: str) -> str:
    path = folder / "bench.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_bench_knows_its_boards_roles_and_names(tmp_path: Path) -> None:
    bench, path = load_bench(written(tmp_path, GOOD))
    assert [(board.called, board.role) for board in bench.boards] == [
        ("solar", "solar"),
        ("load1", "load"),
        ("load2", "load"),
        ("grid", "grid"),
    ]
    assert (bench.name, path.name) == ("bench", "bench.yaml")


@pytest.mark.parametrize("port", ["virtual:sun", "'listen://:5550/sun'"])
def test_a_board_has_the_name_that_its_port_says(tmp_path: Path, port: str) -> None:
    board = f"{{component: solar, port: {port}, limits: {{power: 5 W}}, key: 5f3c09be1d7a42688e90b1c2d3f4a657}}"
    assert load_bench(written(tmp_path, f"boards:\n  - {board}"))[0].boards[0].called == "sun"


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(TwinError) as caught:
        load_bench(written(tmp_path, text))
    for part in WRONG[text]:
        assert part in str(caught.value)
    assert "bench.yaml:" in str(caught.value)


@pytest.mark.parametrize("name", ["virtual", "lab"])
def test_the_shipped_benches_are_sound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_LOAD3_KEY", "5f3c09be1d7a42688e90b1c2d3f4a657")
    assert len(load_bench(name)[0].boards) == 6


def test_a_key_may_be_kept_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD.replace("key: 5f3c09be1d7a42688e90b1c2d3f4a657", "key: $TWIN_TEST_KEY"))
    with pytest.raises(TwinError, match="is not set in the environment"):
        load_bench(path)
    monkeypatch.setenv("TWIN_TEST_KEY", "short")
    with pytest.raises(TwinError, match="has 5 characters"):
        load_bench(path)
    monkeypatch.setenv("TWIN_TEST_KEY", "756a4f3d2c1b09e88624a7d1eb90c3f5")
    assert load_bench(path)[0].boards[1].key == "756a4f3d2c1b09e88624a7d1eb90c3f5"


def test_an_unknown_bench_names_those_there_are() -> None:
    with pytest.raises(TwinError, match=r"no such bench; shipped are lab, virtual"):
        load_bench("lib")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("sixteen characters", "has 18 characters"),
        ("5f3c09be1d7a42688e90b1c2d3f4a65", "has 31 characters"),
        ("'what nobody would ever think of as a key'", "has a character that is no hexadecimal digit"),
        ("00000000000000000000000000000000", "repeats a few digits"),
        ("0101010101010101010101010101010101010101", "repeats a few digits"),
    ],
)
def test_a_key_that_could_be_guessed_is_refused_with_how_to_make_one(tmp_path: Path, key: str, told: str) -> None:
    with pytest.raises(TwinError) as caught:
        load_bench(written(tmp_path, GOOD.replace("5f3c09be1d7a42688e90b1c2d3f4a657", key, 1)))
    assert f"boards.1.key: {told}; 32 or more hexadecimal digits are wanted" in str(caught.value)
    assert "secrets.token_hex(16)" in str(caught.value)
    assert key.strip("'") not in str(caught.value)


@pytest.mark.parametrize("key", ["48239017560912834756102938475610", "5F3C09BE1D7A42688E90B1C2D3F4A657"])
def test_any_hexadecimal_digits_make_a_key(tmp_path: Path, key: str) -> None:
    bench = load_bench(written(tmp_path, GOOD.replace("5f3c09be1d7a42688e90b1c2d3f4a657", key, 1)))[0]
    assert bench.boards[1].key == key


ROLES = """
boards:
  - {component: flywheel, role: storage, port: /dev/ttyACM0, limits: {power: 5 W}}
  - {component: east, port: /dev/ttyACM1, limits: {power: 5 W}}
"""


def test_a_board_of_another_name_may_say_what_it_stands_for(tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").write_text(ROLES)
    assert [board.role for board in load_bench(str(tmp_path / "bench.yaml"))[0].boards] == ["storage", "load"]


def test_a_board_of_another_kind_than_its_component_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").write_text(ROLES)
    feed = OfflineFeed(*[constant(0.0)] * 4, no_tasks)
    storage = Storage("flywheel", Battery((0.0, 1.0), (1.0, 1.0), (1.0, 1.0)), 5.0, 0.0)
    parts = Parts((Solar("east", feed, 5.0, 1.0, 1.0, True),), (), (storage,), Market(feed, 5.0, 1.0, 1.0))
    with pytest.raises(TwinError, match="has a load board for east; write 'role: solar'"):
        refuse_other_kinds(load_bench(str(tmp_path / "bench.yaml"))[0], parts)

"""Whatever a controller says: an answer, a board that lives, a power within the limits."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vms import HERE

from hil.firmware.protocol import FIELDS, MAX_LINE, ROLES, decode, encode
from hil.firmware.talk import Conversation, Floor

sys.path.insert(0, str(HERE / "on_board"))
from by_hand import make_board

numbers = st.one_of(st.floats(-1e11, 1e11), st.floats(), st.integers(-(10**13), 10**13))
values = st.one_of(numbers, st.none(), st.booleans(), st.text(max_size=9), st.just([1]), st.just([2]))
names = sorted({name for fields in FIELDS.values() for kind in fields for name in kind})
worlds = st.dictionaries(st.sampled_from(["sun", "bus_w", "x"]), numbers, max_size=2)
bodies = st.dictionaries(st.sampled_from(names), values | worlds, max_size=4)
sane = st.fixed_dictionaries(
    {"tick": st.integers(0, 50), "power_w": st.floats(-20, 20)},
    optional={"min_w": st.floats(-9, 9), "max_w": st.floats(-9, 9), "world": worlds},
)
asks = st.sampled_from(["hello", "tick", "set", "set", "set", "stop", "ping", "pong", "x"])
frames = st.tuples(asks, bodies | sane, st.integers(0, 3 * 10**6))


def said(talk: Conversation, verb: str, seq: int, body: dict[str, Any]) -> bytes:
    return talk.answer(f"{verb} {seq} {json.dumps(body)}".encode())


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("role", ROLES)
@given(st.lists(frames, max_size=12), st.sampled_from([1.0, 50.0, 10000.0]))
def test_every_line_has_one_answer_and_the_power_stays_within_the_limits(
    role: str, asked: list[tuple[str, dict[str, Any], int]], factor: float
) -> None:
    board = make_board(role)
    talk = Conversation(Floor(board))
    said(talk, "hello", 0, {"factor": factor})
    limits = board.config.limits
    for seq, (verb, body, passed_us) in enumerate(asked, 1):
        board.clock.now_us += int(passed_us * board.clock.factor)
        board.advance()
        answer = talk.answer(f"{verb} {seq} {json.dumps(body)}".encode())
        assert len(answer) <= MAX_LINE + 1
        assert decode(answer).verb in ("board", "reading", "done", "stopped", "pong", "error")
        assert limits["min_w"] <= board.wanted_w <= limits["max_w"]


@given(st.binary(max_size=520), st.sampled_from([None, b"k" * 16]))
def test_garbage_has_an_answer_that_is_an_error(line: bytes, key: bytes | None) -> None:
    answer = decode(Conversation(Floor(make_board("load")), key).answer(line))
    assert answer.verb in ("error", "pong", "stopped", "board")


@given(st.lists(st.tuples(st.integers(1, 9000), st.floats(-2, 2)), min_size=1, max_size=8))
def test_the_readings_of_a_storage_add_up_to_what_it_holds(ticks: list[tuple[int, float]]) -> None:
    """Energy in and out, less heat in the shunt and leakage, is the change of what is stored."""
    board = make_board("storage", sim={"stored_j": 20.0})
    talk = Conversation(Floor(board))
    said(talk, "hello", 0, {})
    first = decode(said(talk, "tick", 1, {"tick": 0})).body
    given_j, last = 0.0, first
    for number, (length_ms, power_w) in enumerate(ticks, 1):
        said(talk, "set", 2 * number, {"tick": number - 1, "power_w": power_w})
        board.clock.now_us += length_ms * 1000
        board.advance()
        last = decode(said(talk, "tick", 2 * number + 1, {"tick": number})).body
        given_j += float(str(last["energy_j"]))
    lost_j = float(str(first["stored_j"])) - given_j - float(str(last["stored_j"]))
    length_s = sum(length_ms for length_ms, _ in ticks) / 1000
    assert -0.0005 <= lost_j <= 0.0005 + 0.03 * length_s


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(-1, -0.05))
def test_a_reading_is_the_piece_before_the_set_and_the_piece_after(before_ms: int, after_ms: int, to_w: float) -> None:
    board = make_board("load")
    talk = Conversation(Floor(board))
    said(talk, "hello", 0, {"tick_s": 5000})
    said(talk, "set", 1, {"tick": 0, "power_w": -0.5})
    board.clock.now_us += 1000000
    board.advance()
    said(talk, "tick", 2, {"tick": 1})
    for seq, (verb, length_ms) in enumerate([("set", before_ms), ("tick", after_ms)], 3):
        board.clock.now_us += length_ms * 1000
        board.advance()
        answer = decode(said(talk, verb, seq, {"tick": 1 if verb == "set" else 2, "power_w": to_w})).body
    assert (answer["delay_ms"], answer["length_ms"]) == (before_ms, before_ms + after_ms)
    explained_j = -0.5 * before_ms / 1000 + to_w * after_ms / 1000
    # The lamp's loop needs some 50 ms for a step.
    assert float(str(answer["energy_j"])) == pytest.approx(explained_j, rel=0.01, abs=0.06)


def test_an_answer_never_outgrows_a_line() -> None:
    long_name = make_board("storage", name="n" * 60)
    answer = Conversation(Floor(long_name), b"k" * 16).answer(
        encode("hello", 1, {"nonce": "0" * 16}, b"k" * 16).strip()
    )
    assert decode(answer.rsplit(b"~", 1)[0]).verb == "board"

"""The host's side of a conversation: what is an answer, and what is dropped and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import LAWS

from hil.firmware.protocol import session_key
from hil.frames import Answer, Conversation, Dropped, encode

KEY = b"a key of sixteen or more"
PONG = {"clock_ms": 5}


@pytest.fixture
def talk() -> Conversation:
    """A conversation over a serial line in which `ping 1` was asked."""
    talk = Conversation(None, "")
    talk.ask("ping", {}, 1.0)
    return talk


def why(heard: Answer | Dropped) -> str:
    assert isinstance(heard, Dropped)
    return heard.why


def test_an_answer_is_matched_by_its_number(talk: Conversation) -> None:
    heard = talk.hear(encode("pong", 1, PONG).strip())
    assert isinstance(heard, Answer)
    assert (heard.asked.verb, heard.verb, heard.body) == ("ping", "pong", PONG)


def test_the_same_answer_again_is_a_duplicate(talk: Conversation) -> None:
    talk.hear(encode("pong", 1, PONG))
    assert why(talk.hear(encode("pong", 1, PONG))) == "duplicate"


def test_an_answer_that_was_given_up_is_late(talk: Conversation) -> None:
    talk.ask("tick", {"tick": 4}, 2.0)
    assert talk.give_up(5) == 1
    reading = {"tick": 3, "power_w": 0, "energy_j": 0, "length_ms": 5000, "clock_ms": 9, "flags": []}
    assert why(talk.hear(encode("reading", 2, reading))) == "late"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (encode("pong", 7, PONG), "stray"),
        (encode("stopped", 1, PONG), "stray"),
        (encode("pong", 1, PONG)[:-3] + b"00\n", "crc"),
        (b'pong 1 {"clock_ms":5}', "crc"),
        (b"pong 1 {", "garbage"),
        (b"\xff\x00", "garbage"),
    ],
)
def test_what_is_no_answer_is_dropped(talk: Conversation, line: bytes, expected: str) -> None:
    assert why(talk.hear(line)) == expected


@given(st.binary(max_size=600))
@LAWS
def test_no_bytes_make_a_conversation_fail(line: bytes) -> None:
    talk = Conversation(None, "")
    talk.ask("ping", {}, 0.0)
    assert isinstance(talk.hear(line), Dropped)


def test_over_a_network_only_the_key_and_both_nonces_open_a_conversation() -> None:
    talk = Conversation(KEY, "00112233445566778899")
    talk.hello(5.0, 1.0, 0.0)
    board = {"name": "x", "role": "load", "firmware": "f", "protocol": 1, "clock_ms": 0, "nonce": "aa" * 8}
    assert why(talk.hear(encode("board", 1, board))) == "key"
    assert why(talk.hear(encode("board", 1, board, KEY))) == "key"
    assert isinstance(talk.hear(encode("board", 1, board, session_key(KEY, talk.nonce))), Answer)
    talk.ask("ping", {}, 0.0)
    assert why(talk.hear(encode("pong", 2, PONG, session_key(KEY, talk.nonce)))) == "key"
    assert isinstance(talk.hear(encode("pong", 2, PONG, session_key(KEY, talk.nonce, "aa" * 8))), Answer)

"""The examples of PROTOCOL.md are what a board really says, byte by byte."""

import os
import re
import sys

import pytest
from vms import HERE, KEY, ROOT

from hil.firmware import protocol
from hil.firmware.protocol import ANSWER_TO, FIELDS, decode, session_key
from hil.firmware.talk import Conversation, Floor

sys.path.insert(0, str(HERE / "on_board"))
from by_hand import live, make_board

PAGE = (ROOT / "hil" / "PROTOCOL.md").read_text()
BY_HAND = re.findall(r"^ +(\d+) ms  > (.*)\n +< (.*)$", PAGE, flags=re.MULTILINE)
SIGNED = re.findall(r"^    > (.*)\n    < (.*)$", PAGE, flags=re.MULTILINE)


@pytest.fixture(autouse=True)
def known_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda length: bytes.fromhex("0123456789abcdef")[:length])


def test_the_session_by_hand_is_true() -> None:
    board = make_board("storage")
    talk = Conversation(Floor(board))
    assert len(BY_HAND) == 10
    for clock_ms, question, answer in BY_HAND:
        live(board, int(clock_ms) / 1000 - board.clock.now_us / 1000000, step_ms=10)
        assert talk.answer(question.encode()) == answer.encode() + b"\n"


def test_the_signed_session_is_true() -> None:
    talk = Conversation(Floor(make_board("load")), KEY.encode())
    assert len(SIGNED) == 4
    for question, answer in SIGNED:
        assert talk.answer(question.encode()) == answer.encode() + b"\n"


def test_the_signed_session_is_signed_as_the_page_says() -> None:
    nonces = [str(decode(line.rsplit("~", 1)[0].encode()).body["nonce"]) for line in SIGNED[0]]
    assert decode(SIGNED[0][0].encode(), KEY.encode()).verb == "hello"
    assert decode(SIGNED[0][1].encode(), session_key(KEY.encode(), nonces[0])).verb == "board"
    assert decode(SIGNED[1][1].encode(), session_key(KEY.encode(), *nonces)).verb == "done"


def test_the_page_names_every_verb_field_and_code() -> None:
    for verb, (needed, optional) in FIELDS.items():
        for word in (verb, *needed, *optional):
            assert re.search(rf"\b{word}\b", PAGE), word
    source = "".join((ROOT / "hil" / "firmware" / f"{name}.py").read_text() for name in ("protocol", "talk", "board"))
    for code in set(re.findall(r'ProtocolError\("(\w+)"', source)):
        assert f"`{code}`" in PAGE.split("## Error codes")[1], code
    assert all(f"| `{asked}` | `{answer}` |" in PAGE for asked, answer in ANSWER_TO.items())
    assert f"at most {protocol.MAX_LINE} bytes" in PAGE

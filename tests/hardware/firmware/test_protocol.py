"""Frames: what is understood, what is refused and why."""

import binascii
import hashlib
import hmac
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.firmware import protocol
from hil.firmware.protocol import Lines, ProtocolError, decode, encode, hmac_sha256, session_key, version

KEY = b"a key of the lab, 1"
numbers = st.floats(-1e11, 1e11, allow_nan=False) | st.integers(-(10**9), 10**9)
sets = st.fixed_dictionaries({"tick": st.integers(0, 10**9), "power_w": numbers}, optional={"min_w": numbers})


CODES = {"", "line", "long", "crc", "verb", "body", "key"}


def code_of(line: bytes, key: bytes | None = None) -> str:
    try:
        decode(line, key)
    except ProtocolError as error:
        return error.code
    return ""


def refused(line: bytes, key: bytes | None = None) -> str:
    with pytest.raises(ProtocolError) as error:
        decode(line, key)
    return error.value.code


@pytest.mark.parametrize(
    ("line", "verb", "seq", "body"),
    [
        (b"ping 3", "ping", 3, {}),
        (b"ping 3\r\n", "ping", 3, {}),
        (b'set 17 {"tick":3,"power_w":-0.5}', "set", 17, {"tick": 3, "power_w": -0.5}),
        (b'set 17 {"tick":3,"power_w":0.5}*3d044a16', "set", 17, {"tick": 3, "power_w": 0.5}),
        (b'hello 1 {"news":[1]}', "hello", 1, {"news": [1]}),
    ],
)
def test_a_line_typed_or_sent_is_understood(line: bytes, verb: str, seq: int, body: dict[str, object]) -> None:
    frame = decode(line)
    assert (frame.verb, frame.seq, frame.body) == (verb, seq, body)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "line"),
        (b"stop", "line"),
        (b"stop x", "line"),
        (b"stop -1", "line"),
        (b"stop 1234567890", "line"),
        (b"stop 1 [1]", "line"),
        (b"stop 1 {", "line"),
        (b"stop 1 " + b"[" * 500, "line"),
        ("stop ² {}".encode(), "line"),
        (b"stop \xff", "line"),
        (b"jump 1", "verb"),
        (b"set 1", "body"),
        (b'set 1 {"tick":1}', "body"),
        (b'set 1 {"tick":1.5,"power_w":0}', "body"),
        (b'set 1 {"tick":-1,"power_w":0}', "body"),
        (b'set 1 {"tick":true,"power_w":0}', "body"),
        (b'set 1 {"tick":1,"power_w":"1"}', "body"),
        (b'set 1 {"tick":1,"power_w":NaN}', "body"),
        (b'set 1 {"tick":1,"power_w":1e400}', "body"),
        (b'set 1 {"tick":1,"power_w":1' + b"0" * 400 + b"}", "body"),
        (b'set 1 {"tick":1,"power_w":0,"world":{"sun":"high"}}', "body"),
        (b'hello 1 {"tick_s":0}', "body"),
        (b'hello 1 {"nonce":"XYZ"}', "body"),
        (b"ping 1 {}*00000000", "crc"),
        (b"ping 1 " + b" " * 600 + b"{}", "long"),
    ],
)
def test_a_line_that_is_not_understood_is_refused_with_its_code(line: bytes, code: str) -> None:
    assert refused(line) == code


@given(st.binary(max_size=600), st.sampled_from([None, KEY]))
def test_garbage_raises_nothing_but_protocol_errors(line: bytes, key: bytes | None) -> None:
    assert code_of(line, key) in CODES


@given(st.text(max_size=200), st.sampled_from(sorted(protocol.FIELDS)))
def test_garbage_with_a_true_crc_raises_nothing_but_protocol_errors(body: str, verb: str) -> None:
    line = f"{verb} 1 {body}".encode()
    assert code_of(line + f"*{binascii.crc32(line):08x}".encode()) in CODES


@given(st.integers(0, protocol.MAX_SEQ), sets, st.sampled_from([None, KEY]))
def test_what_is_said_is_heard_to_six_digits(seq: int, body: dict[str, float], key: bytes | None) -> None:
    frame = decode(encode("set", seq, dict(body), key), key)
    assert (frame.verb, frame.seq, frame.checked, set(frame.body)) == ("set", seq, True, set(body))
    for name, value in body.items():
        assert math.isclose(float(str(frame.body[name])), value, rel_tol=5.01e-6)


@given(sets, st.data())
def test_no_single_changed_byte_is_believed(body: dict[str, float], data: st.DataObject) -> None:
    line = bytearray(encode("set", 5, dict(body)).strip())
    at = data.draw(st.integers(0, len(line) - 10))
    line[at] ^= data.draw(st.integers(1, 255))
    assert refused(bytes(line)) == "crc"


@given(sets, st.data())
def test_nothing_that_was_changed_after_signing_is_believed(body: dict[str, float], data: st.DataObject) -> None:
    line = bytearray(encode("set", 5, dict(body), KEY).strip())
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    assert refused(bytes(line), KEY) == "key"


def test_unsigned_wrongly_signed_and_unchecked_lines_are_refused() -> None:
    line = b"ping 1 {}"
    assert refused(encode("ping", 1, {}), KEY) == "key"
    assert refused(encode("ping", 1, {}, b"another"), KEY) == "key"
    assert refused(line + b"~" + protocol.mac(KEY, line), KEY) == "crc"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e13])
def test_a_board_cannot_say_what_is_no_number(number: float) -> None:
    with pytest.raises(ProtocolError, match="not finite"):
        encode("pong", 1, {"clock_ms": number})


def test_a_frame_longer_than_a_line_is_not_sent() -> None:
    with pytest.raises(ProtocolError, match="512"):
        encode("error", 1, {"code": "x" * 600, "text": ""})


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_ten_lines_of_hmac_are_hmac(key: bytes, message: bytes) -> None:
    assert hmac_sha256(key, message) == hmac.new(key, message, hashlib.sha256).digest()


def test_a_session_key_depends_on_key_and_both_nonces() -> None:
    keys = {session_key(k, a, b) for k, a, b in [(KEY, "a", "b"), (KEY, "a", ""), (KEY, "b", "a"), (b"x", "a", "b")]}
    assert len(keys) == 4


@pytest.mark.parametrize("offered", [[], [2], [0, 7], None])
def test_no_common_version_is_said(offered: object) -> None:
    with pytest.raises(ProtocolError) as error:
        version(offered)
    assert error.value.code == "protocol"


def test_the_highest_common_version_is_chosen() -> None:
    assert version([0, 1, 2]) == 1


@settings(max_examples=200)
@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: not {10, 13} & set(b)), max_size=6), st.data())
def test_lines_do_not_depend_on_how_their_bytes_come(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"])) for line in lines)
    cutter, found, at = Lines(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 30))
        found += cutter.feed(stream[at : at + size])
        at += size
    assert found == lines


def test_a_line_too_long_is_dropped_whole_and_the_next_one_is_whole() -> None:
    cutter = Lines()
    assert cutter.feed(b"x" * 600) == []
    assert cutter.feed(b"x" * 5000) == []
    assert cutter.feed(b"ping 9\nping 1\npi") == [b"ping 1"]
    assert cutter.feed(b"ng 2\n" + b"y" * 513 + b"\nping 3\n") == [b"ping 2", b"ping 3"]
    assert cutter.dropped == 2

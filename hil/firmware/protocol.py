"""Frames between controller and board, as PROTOCOL.md has them; runs on MicroPython and CPython alike.

A frame is a line, `VERB SEQ BODY*CRC` and, over a network, `~MAC`. The host's `hil/frames.py` uses this very file.
"""

import binascii
import hashlib
import json

PROTOCOLS = (1,)
MAX_LINE = 512
MAX_SEQ = 999999999
MAC_DIGITS = 32
GREATEST = 1000000000000

ANSWER_TO = {"hello": "board", "tick": "reading", "set": "done", "stop": "stopped", "ping": "pong", "leave": "stopped"}
ROLES = ("load", "solar", "grid", "storage")


class ProtocolError(Exception):
    """A frame that is not understood or not allowed; `code` is one of the words of PROTOCOL.md."""

    def __init__(self, code: str, text: str, seq: int = 0) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.seq = seq


class Frame:
    """One message; `checked` tells whether it came with a CRC."""

    def __init__(self, verb: str, seq: int, body: dict[str, object], checked: bool = True) -> None:
        self.verb = verb
        self.seq = seq
        self.body = body
        self.checked = checked


def encode(verb: str, seq: int, body: dict[str, object], key: bytes | None = None) -> bytes:
    """A frame as bytes with its line end; with a key it is signed. Floats are cut to six digits."""
    text = verb + f" {seq} " + json.dumps(short(body), separators=(",", ":"))
    line = text.encode()
    line += crc(line)
    if key is not None:
        line += b"~" + mac(key, line)
    if len(line) > MAX_LINE:
        raise ProtocolError("long", f"a line has at most {MAX_LINE} bytes")
    return line + b"\n"


def decode(line: bytes, key: bytes | None = None) -> Frame:
    """The frame in a line; with a key, only if it is signed with it. Raises nothing but ProtocolError."""
    line = line.strip()
    if len(line) > MAX_LINE:
        raise ProtocolError("long", f"a line has at most {MAX_LINE} bytes")
    if key is not None:
        line = authentic(line, key)
    checked = line[-9:-8] == b"*"
    if checked:
        line = intact(line)
    verb, seq, body = parts(line)
    frame = Frame(verb, seq, body, checked)
    check(frame)
    return frame


def authentic(line: bytes, key: bytes) -> bytes:
    """What was signed."""
    cut = len(line) - MAC_DIGITS - 1
    if cut < 0 or line[cut : cut + 1] != b"~":
        raise ProtocolError("key", "no signature")
    if not same(line[cut + 1 :], mac(key, line[:cut])):
        raise ProtocolError("key", "wrong signature")
    if line[cut - 9 : cut - 8] != b"*":
        raise ProtocolError("crc", "no CRC")
    return line[:cut]


def crc(line: bytes) -> bytes:
    """A star and the CRC-32 of all before it, in hexadecimal digits."""
    return f"*{binascii.crc32(line):08x}".encode()


def intact(line: bytes) -> bytes:
    """What the CRC stands for."""
    if line[-9:] != crc(line[:-9]):
        raise ProtocolError("crc", "wrong CRC")
    return line[:-9]


def parts(line: bytes) -> tuple[str, int, dict[str, object]]:
    """Verb, sequence number and body; a person may leave the body out."""
    try:
        text = line.decode()
        verb, _, rest = text.partition(" ")
        seq, _, body = rest.partition(" ")
        if len(text) != len(line) or not seq.isdigit() or len(seq) > 9:
            raise ValueError
        found = json.loads(body or "{}")
    except (ValueError, UnicodeError, RuntimeError):
        raise ProtocolError("line", "want VERB SEQ {JSON}*CRC") from None
    if not isinstance(found, dict):
        raise ProtocolError("line", "want VERB SEQ {JSON}*CRC")
    return verb, int(seq), found


class Lines:
    """Cuts a stream of bytes into lines of bounded length; what is longer is dropped and counted."""

    def __init__(self) -> None:
        self.dropped = 0
        self._rest = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends; empty ones are left out."""
        pieces = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = pieces.pop()
        if pieces and self._dropping:
            pieces.pop(0)
            self._dropping = False
        lines = [piece for piece in pieces if piece and len(piece) <= MAX_LINE]
        self.dropped += len([piece for piece in pieces if len(piece) > MAX_LINE])
        if len(self._rest) > MAX_LINE:
            self._rest = b""
            self.dropped += not self._dropping
            self._dropping = True
        elif self._dropping:
            self._rest = b""
        return lines


def check(frame: Frame) -> None:
    """Refuse a body whose fields are missing or of the wrong kind; fields not in PROTOCOL.md are let pass."""
    if frame.verb not in FIELDS:
        raise ProtocolError("verb", "unknown verb", frame.seq)
    needed, optional = FIELDS[frame.verb]
    for name in needed:
        if name not in frame.body:
            raise ProtocolError("body", f"{frame.verb}: {name} is missing", frame.seq)
    for name, kind in list(needed.items()) + list(optional.items()):
        if name in frame.body and not kind(frame.body[name]):
            raise ProtocolError("body", f"{frame.verb}: {name} is no {KINDS[kind]}", frame.seq)


def is_number(value: object) -> bool:
    # Neither NaN nor an infinity passes a comparison from both sides.
    return isinstance(value, (int, float)) and value is not True and value is not False and -GREATEST < value < GREATEST


def is_positive(value: object) -> bool:
    return is_number(value) and value > 0  # type: ignore[operator]


def is_count(value: object) -> bool:
    return is_number(value) and isinstance(value, int) and value >= 0


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_hex(value: object) -> bool:
    return isinstance(value, str) and all(digit in "0123456789abcdef" for digit in value)


def is_versions(value: object) -> bool:
    return isinstance(value, list) and all(is_count(version) for version in value)


def is_words(value: object) -> bool:
    return isinstance(value, list) and all(is_text(word) for word in value)


def is_numbers(value: object) -> bool:
    return isinstance(value, dict) and all(is_number(number) for number in value.values())


def is_truth(value: object) -> bool:
    return value is True or value is False


def is_delay(value: object) -> bool:
    return value is None or is_count(value)


KINDS = {
    is_number: "number",
    is_positive: "number above 0",
    is_count: "whole number from 0",
    is_text: "text",
    is_hex: "text of hexadecimal digits",
    is_versions: "list of versions",
    is_words: "list of words",
    is_numbers: "object of numbers",
    is_truth: "true or false",
    is_delay: "whole number from 0, or null",
}

# Verb: fields that must be there, fields that may be there.
FIELDS = {
    "hello": ({}, {"protocols": is_versions, "tick_s": is_positive, "factor": is_positive, "nonce": is_hex}),
    "tick": ({"tick": is_count}, {"world": is_numbers}),
    "set": (
        {"tick": is_count, "power_w": is_number},
        {"min_w": is_number, "max_w": is_number, "world": is_numbers},
    ),
    "stop": ({}, {}),
    "ping": ({}, {}),
    "leave": ({}, {}),
    "here": ({"name": is_text, "role": is_text, "firmware": is_text}, {}),
    "board": (
        {"name": is_text, "role": is_text, "firmware": is_text, "protocol": is_count, "clock_ms": is_count},
        {"limits": is_numbers, "nonce": is_hex, "held": is_truth, "sim": is_truth},
    ),
    "reading": (
        {
            "tick": is_number,
            "power_w": is_number,
            "energy_j": is_number,
            "length_ms": is_count,
            "clock_ms": is_count,
            "flags": is_words,
        },
        {
            "delay_ms": is_delay,
            "voltage_v": is_number,
            "current_a": is_number,
            "stored_j": is_number,
            "min_w": is_number,
            "max_w": is_number,
        },
    ),
    "done": ({"tick": is_count, "power_w": is_number, "clock_ms": is_count}, {"delay_ms": is_delay}),
    "stopped": ({"clock_ms": is_count}, {}),
    "pong": ({"clock_ms": is_count}, {}),
    "error": ({"code": is_text, "text": is_text}, {}),
}


def short(value: object) -> object:
    """The same with every float cut to six digits, which is all that a Pico's floats hold."""
    if isinstance(value, float):
        if not is_number(value):
            raise ProtocolError("body", "a number is not finite or too great")
        return float(f"{value + 0.0:.6g}")
    if isinstance(value, dict):
        return {name: short(item) for name, item in value.items()}
    return value


def version(offered: object) -> int:
    """The highest protocol that both sides speak."""
    common = [each for each in PROTOCOLS if isinstance(offered, list) and each in offered]
    if not common:
        raise ProtocolError("protocol", f"this board speaks {PROTOCOLS}")
    return max(common)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC as of RFC 2104; MicroPython has SHA-256, but no hmac."""
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    key += bytes(64 - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]) + message).digest()
    return hashlib.sha256(bytes([byte ^ 0x5C for byte in key]) + inner).digest()


def mac(key: bytes, line: bytes) -> bytes:
    """A line's signature: the first 128 bits of its HMAC, in hexadecimal digits."""
    return binascii.hexlify(hmac_sha256(key, line))[:MAC_DIGITS]


def session_key(key: bytes, controller_nonce: str, board_nonce: str = "") -> bytes:
    """The key of one conversation; without the board's nonce, the key of its answer to hello."""
    return hmac_sha256(key, f"{controller_nonce}:{board_nonce}".encode())


def same(one: bytes, other: bytes) -> bool:
    """Equality that takes as long wherever the difference is."""
    difference = len(one) ^ len(other)
    for a, b in zip(one, other):  # noqa: B905 (MicroPython's zip knows no strict)
        difference |= a ^ b
    return not difference

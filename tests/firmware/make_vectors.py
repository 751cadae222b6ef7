"""Writes firmware_bridge/vectors.json: frames that the C and the Python codec must agree on.

Built with zlib and the cobs library alone, so that it stands apart from both codecs. After a change
that is meant: `python -m tests.firmware.make_vectors`.
"""

import json
import struct
import zlib
from typing import Any

from cobs import cobs

from tests.support.tree import ROOT

FILE = ROOT / "firmware_bridge" / "vectors.json"
NONCE = 0x1DE0A7C3
HOST = {"HELLO": 1, "SET": 2, "RENEW": 3, "OFF": 4, "READ": 5, "RESET_ESTOP": 6, "CLEAR_FAULTS": 7}
ANSWERS = {"HELLO_REPLY": 0x81, "STATUS": 0x82, "REPORT": 0x83, "NAK": 0x84}
EVENTS = {"BOOT": 0x90, "INPUT": 0x91, "WIEGAND": 0x92, "FAULT": 0x93}
CODES = HOST | ANSWERS | EVENTS
HELLO = "<8BHHIIH8s"
STATUS = "<4BHI4H"
REPORT = STATUS + "9H2H4H2H2H2HH8x"
ON_OFF = {"outputs": 1, "pins": 1, "inputs": 0xA4, "flags": 0, "faults": 2, "uptime_ms": 123456}


def frame(code: int, seq: int, body: bytes, nonce: int = NONCE, version: int = 1) -> bytes:
    """Header, body and CRC-32, before COBS."""
    bare = struct.pack("<BBII", version, code, seq, nonce) + body
    return bare + struct.pack("<I", zlib.crc32(bare))


def wire(plain: bytes) -> bytes:
    """What crosses the line for these bytes."""
    encoded: bytes = cobs.encode(plain)
    return encoded + b"\0"


def good(name: str, kind: str, seq: int, layout: str = "", **fields: Any) -> dict[str, Any]:
    """A frame that a receiver takes, its fields named as in protocol.h, packed in their order."""
    values: list[Any] = []
    for value in fields.values():
        values += value if isinstance(value, list) else [value]
    body = struct.pack(layout, *values) if layout else b""
    nonce = 0 if kind == "HELLO" else NONCE
    plain = frame(CODES[kind], seq, body, nonce)
    shown = {key: as_text(value) for key, value in fields.items() if key != "reserved"}
    head = {"name": name, "type": kind, "code": CODES[kind], "seq": seq, "nonce": nonce}
    texts = {"body": body.hex(), "plain": plain.hex(), "wire": wire(plain).hex()}
    return head | {"fields": shown} | texts


def as_text(value: Any) -> Any:
    """JSON knows no bytes: the build id is ASCII, Wiegand data is hexadecimal."""
    if not isinstance(value, bytes):
        return value
    return value.decode() if len(value) == 8 else value.hex()


def host_frames() -> list[dict[str, Any]]:
    """A frame or more of each type that the Pi sends."""
    return [
        good("hello", "HELLO", 0x5EED),
        good("set", "SET", 1, "<BH", relays=1, ttl_ms=500),
        good("set_two", "SET", 256, "<BH", relays=10, ttl_ms=5000),
        good("renew", "RENEW", 2, "<BH", relays=1, ttl_ms=200),
        good("off", "OFF", 3, "<B", relays=15),
        good("read", "READ", 4),
        good("read_last_seq", "READ", 0xFFFFFFFF),
        good("reset_estop", "RESET_ESTOP", 5),
        good("clear_faults", "CLEAR_FAULTS", 6, "<H", faults=0x00C2),
    ]


def answers() -> list[dict[str, Any]]:
    """A frame or more of each type that the microcontroller sends in answer."""
    off = ON_OFF | {"outputs": 0, "pins": 0}
    lengthy: dict[str, Any] = ON_OFF | {
        "left_ms": [499, 0, 0, 0],
        "edges": [0, 1, 2, 300, 4, 5, 6, 65535, 1],
        "reads": [7, 0],
        "bad_frames": 3,
        "refused": 2,
        "lost_events": 0,
        "windows": 617,
        "rms": [2896, 0],
        "mean": [8192, 8190],
        "peak": [256, 2],
        "free_ram": 1100,
    }
    return [
        good("hello_reply", "HELLO_REPLY", 0x5EED, HELLO, **hello(1, 0, 5000)),
        good("status", "STATUS", 1, STATUS, **ON_OFF, left_ms=[500, 0, 0, 0]),
        good("status_all_off", "STATUS", 3, STATUS, **off, left_ms=[0, 0, 0, 0]),
        good("report", "REPORT", 4, REPORT, **lengthy),
        good("nak_seq", "NAK", 2, "<BBI", reason=5, type=3, last_seq=7),
        good("nak_nonce", "NAK", 9, "<BBI", reason=4, type=2, last_seq=0),
    ]


def hello(boot: int, last_seq: int, uptime_ms: int) -> dict[str, Any]:
    """Fields of a HELLO_REPLY or a BOOT."""
    parts = {"relays": 4, "inputs": 255, "adcs": 2, "readers": 2, "sense": 0}
    state = {"boot": boot, "flags": 0, "reserved": 0, "ttl_min_ms": 200, "ttl_max_ms": 5000}
    times = {"last_seq": last_seq, "uptime_ms": uptime_ms, "window_ms": 200}
    return parts | state | times | {"build": b"0a1b2c3d"}


def wiegand(name: str, seq: int, verdict: int, bits: int, data: str) -> dict[str, Any]:
    """A WIEGAND event of the second reader."""
    fields = {"reader": 1, "verdict": verdict, "bits": bits, "reserved": 0, "count": 9}
    times = {"at_ms": 1000, "data": bytes.fromhex(data)}
    return good(name, "WIEGAND", seq, "<4BHI7s", **fields, **times)


def events() -> list[dict[str, Any]]:
    """A frame or more of each type that the microcontroller sends by itself."""
    return [
        good("boot", "BOOT", 1, HELLO, **hello(8, 0, 40)),
        good("input", "INPUT", 2, "<BBHI", input=2, high=1, count=3, at_ms=70000),
        good("estop", "INPUT", 3, "<BBHI", input=8, high=1, count=1, at_ms=70001),
        wiegand("wiegand_26", 4, 0, 26, "148accc0000000"),
        wiegand("wiegand_parity", 5, 1, 26, "948accc0000000"),
        wiegand("wiegand_raw", 6, 2, 4, "50000000000000"),
        wiegand("wiegand_noise", 7, 3, 27, "148accc0000000"),
        good("fault", "FAULT", 8, "<BBH", code=1, flags=0, faults=2),
    ]


def bad_frames() -> list[dict[str, str]]:
    """Bytes before a 0x00 that no receiver takes, with the LQ_BAD_* that they are."""
    plain = frame(HOST["SET"], 1, struct.pack("<BH", 1, 500))
    whole = cobs.encode(plain)
    flipped = bytes([*plain[:10], plain[10] ^ 2, *plain[11:]])
    longest = cobs.encode(frame(HOST["SET"], 1, bytes(72)) + b"\x01")
    cases = (
        ("one_bit", cobs.encode(flipped), "CRC"),
        ("crc_big_endian", cobs.encode(plain[:-4] + plain[:-5:-1]), "CRC"),
        ("crc_zero", cobs.encode(plain[:-4] + bytes(4)), "CRC"),
        ("first_byte_lost", whole[1:], "CRC"),
        ("last_byte_lost", whole[:-1], "COBS"),
        ("code_past_end", b"\x05\x01\x02", "COBS"),
        ("single_byte", b"\x01", "SHORT"),
        ("no_frame", b"\x02\x07", "SHORT"),
        ("thirteen_bytes", cobs.encode(plain[:13]), "SHORT"),
        ("header_alone", cobs.encode(struct.pack("<BBII", 1, 5, 4, NONCE)), "SHORT"),
        ("ones", b"\xff" * 20, "COBS"),
        ("two_joined", whole + whole, "CRC"),
        ("too_long", longest, "OVERLONG"),
        ("endless", b"\x01" * 300, "OVERLONG"),
    )
    return [{"name": name, "wire": (data + b"\0").hex(), "error": e} for name, data, e in cases]


def refused_frames() -> list[dict[str, Any]]:
    """Whole frames that the microcontroller refuses when last_seq is 100, with its LQ_NAK_*."""
    code = HOST["SET"]
    one = struct.pack("<BH", 1, 500)
    cases = (
        ("version", frame(code, 101, one, version=2), "VERSION"),
        ("type", frame(0x22, 101, one), "TYPE"),
        ("answer_type", frame(0x82, 101, one), "TYPE"),
        ("set_short", frame(code, 101, one[:2]), "LENGTH"),
        ("set_long", frame(code, 101, one + b"\0"), "LENGTH"),
        ("longest", frame(code, 101, bytes(72)), "LENGTH"),
        ("nonce", frame(code, 101, one, NONCE ^ 1), "NONCE"),
        ("nonce_zero", frame(code, 101, one, 0), "NONCE"),
        ("replayed", frame(code, 100, one), "SEQ"),
        ("older", frame(code, 99, one), "SEQ"),
        ("half_round", frame(code, 100 + 2**31, one), "SEQ"),
        ("no_relay", frame(code, 101, struct.pack("<BH", 0, 500)), "RANGE"),
        ("fifth_relay", frame(code, 101, struct.pack("<BH", 0x11, 500)), "RANGE"),
        ("too_brief", frame(code, 101, struct.pack("<BH", 1, 199)), "RANGE"),
        ("too_lasting", frame(code, 101, struct.pack("<BH", 1, 5001)), "RANGE"),
        ("renew_open", frame(HOST["RENEW"], 101, one), "EXPIRED"),
    )
    return [{"name": name, "wire": wire(plain).hex(), "reason": r} for name, plain, r in cases]


def streams() -> list[dict[str, Any]]:
    """Bytes as they may come down the line; the outcome names good frames, and !LQ_BAD_* others."""
    host = {entry["name"]: entry["wire"] for entry in host_frames()}
    bad = {entry["name"]: entry["wire"] for entry in bad_frames()}
    cases: tuple[tuple[str, str, list[str]], ...] = (
        ("idle_delimiters", "0000" + host["set"] + "00", ["set"]),
        ("noise_then_good", "a5a5a500" + host["renew"], ["!COBS", "renew"]),
        ("bad_between", host["set"] + bad["one_bit"] + host["off"], ["set", "!CRC", "off"]),
        ("after_overlong", bad["endless"] + host["read"], ["!OVERLONG", "read"]),
        ("unfinished", host["set"][:-2], []),
    )
    return [{"name": name, "wire": data, "outcome": outcome} for name, data, outcome in cases]


def vectors() -> dict[str, Any]:
    """The whole file."""
    crcs = (b"", b"\0", b"123456789", bytes(range(86)))
    plains = (b"", b"\0", b"\0\0", b"\x11\x22\0\x33", b"\x11\x22\x33\x44", bytes(range(1, 87)))
    return {
        "version": 1,
        "nonce": NONCE,
        "crc32": [{"data": data.hex(), "crc": zlib.crc32(data)} for data in crcs],
        "cobs": [{"plain": data.hex(), "encoded": cobs.encode(data).hex()} for data in plains],
        "host": host_frames(),
        "mcu": answers() + events(),
        "bad": bad_frames(),
        "refused": refused_frames(),
        "streams": streams(),
    }


def text() -> str:
    """The file's text."""
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())

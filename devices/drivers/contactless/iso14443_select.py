"""Selection of ISO/IEC 14443-3 type A cards: wake up, tell apart bit by bit, select, halt."""

from functools import reduce
from operator import xor

from devices.drivers.contactless.iso14443_card import (
    CASCADE_TAG,
    SAK_CASCADE,
    Card,
    Unreadable,
    cascade_levels,
)
from devices.drivers.contactless.iso14443_frame import (
    CardError,
    Channel,
    GarbledFrame,
    NoAnswer,
    Reply,
    strip_check,
    with_crc,
)

WUPA, HLTA = b"\x52", b"\x50\x00"
SEL = (0x93, 0x95, 0x97)
ANSWER_S = 0.001
"""Timeout for an answer; a card starts it 91 µs after a frame (ISO/IEC 14443-3, 6.2.1.1)."""
WAKES = 6
"""How often a card is woken up for one reading.

After a failed frame, it answers only every second time: a card that receives WUPA during a
selection goes idle.
"""


def wake(channel: Channel) -> bool:
    """Wake up all cards, halted ones too; return whether any answered. Raises OSError."""
    try:
        channel.exchange(WUPA, ANSWER_S, last_bits=7)
    except NoAnswer:
        return False
    except GarbledFrame:
        return True
    return True


def find(channel: Channel) -> Card | None:
    """Select any card; None: none answers. Raises Unreadable, OSError."""
    if not wake(channel):
        return None
    why: CardError = NoAnswer("it did not answer again")
    for _ in range(WAKES):
        try:
            return _select_by_levels(channel)
        except CardError as error:
            why = error
        if not wake(channel):
            wake(channel)
    raise Unreadable(f"a card that can't be read: {why}")


def select_again(channel: Channel, uid: bytes) -> Card | None:
    """Select the card with that UID; None: it isn't there. Other cards go idle. Raises OSError."""
    for _ in range(WAKES // 2):
        if wake(channel) or wake(channel):
            try:
                return _select_all(channel, uid)
            except CardError:
                continue
    return None


def halt(channel: Channel) -> None:
    """Halt the selected card until WUPA; it does not answer. Raises OSError."""
    try:
        channel.exchange(with_crc(HLTA), ANSWER_S)
    except CardError:
        return


def _select_by_levels(channel: Channel) -> Card:
    """Find and select a card, level by level, until the UID is complete."""
    uid = b""
    for level, sel in enumerate(SEL):
        part = _tell_apart(channel, sel)
        sak = _select(channel, sel, part)
        if not sak & SAK_CASCADE:
            if level == 0 and part[0] == CASCADE_TAG:
                raise GarbledFrame("a UID that is marked as complete, but has a cascade tag")
            return Card(uid + part, sak)
        if part[0] != CASCADE_TAG:
            raise GarbledFrame("a UID that is marked as incomplete, but has no cascade tag")
        uid += part[1:]
    raise GarbledFrame("a UID of more than 10 bytes")


def _select_all(channel: Channel, uid: bytes) -> Card:
    parts = cascade_levels(uid)
    saks = [_select(channel, sel, part) for sel, part in zip(SEL, parts, strict=False)]
    if [bool(sak & SAK_CASCADE) for sak in saks] != [True] * (len(parts) - 1) + [False]:
        raise GarbledFrame("a UID of another length")
    return Card(uid, saks[-1])


def _select(channel: Channel, sel: int, part: bytes) -> int:
    """Select a level, and return the SAK of the only card with exactly these bytes."""
    frame = bytes((sel, 0x70)) + part + bytes((reduce(xor, part),))
    sak = strip_check(channel.exchange(with_crc(frame), ANSWER_S))
    if len(sak) != 1:
        raise GarbledFrame(f"a SAK of {len(sak)} bytes")
    return sak[0]


def _tell_apart(channel: Channel, sel: int) -> bytes:
    """Return the four bytes of one card on this level. Raises CardError."""
    known_bits: list[int] = []
    reply = _anticollision(channel, sel, known_bits)
    while reply.collision is not None:
        at = _first_uncertain_bit(len(known_bits), reply.collision)
        common_bits = (known_bits + _bits(reply.data)[len(known_bits) % 8 :])[: at - 1]
        if at > 32 or len(common_bits) != at - 1:
            raise GarbledFrame("cards that can't be told apart")
        known_bits, reply = _branch(channel, sel, common_bits)
    uid_part = _bytes(known_bits + _bits(reply.data)[len(known_bits) % 8 :])
    if len(uid_part) != 5 or reduce(xor, uid_part):
        raise GarbledFrame(f"a UID with a wrong checksum: {uid_part.hex()}")
    return uid_part[:4]


def _branch(channel: Channel, sel: int, common_bits: list[int]) -> tuple[list[int], Reply]:
    """Continue with cards that have a 1 as next bit; if there are none, with those that have a
    0."""
    try:
        return [*common_bits, 1], _anticollision(channel, sel, [*common_bits, 1])
    except NoAnswer:
        return [*common_bits, 0], _anticollision(channel, sel, [*common_bits, 0])


def _anticollision(channel: Channel, sel: int, known_bits: list[int]) -> Reply:
    """ANTICOLLISION: ask cards whose UID begins with the known bits for the rest."""
    whole, part = divmod(len(known_bits), 8)
    frame = bytes((sel, (2 + whole) << 4 | part)) + _bytes(known_bits)
    return channel.exchange(frame, ANSWER_S, last_bits=part, align=part)


def _first_uncertain_bit(known_bits: int, collision: int) -> int:
    """Return from which bit of the level, counted from 1, the reply can't be trusted.

    The MFRC522's data sheet does not say whether CollPos counts from the reply's first bit, the
    first byte's or the level's. The earliest possible position is safe, since both branches are
    tried from there: a wrong choice costs one frame at most.
    """
    return next(
        at
        for at in (collision, known_bits - known_bits % 8 + collision, known_bits + collision)
        if at > known_bits
    )


def _bits(data: bytes) -> list[int]:
    return [byte >> place & 1 for byte in data for place in range(8)]


def _bytes(bits: list[int]) -> bytes:
    places = range(0, len(bits), 8)
    return bytes(sum(bit << place for place, bit in enumerate(bits[at : at + 8])) for at in places)

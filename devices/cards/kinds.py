"""The two kinds of cards: how each is selected, which slot proves what, how a blank one begins."""

from controller.domain.facts import CardKind
from devices.cards import sun
from devices.cards.apdu import CardRefused, Transceiver, iso, native
from devices.cards.ev2 import Session

APPLICATION, DOOR, SIGNS = 0, 1, 3
"""Slots: the one that changes the others and never leaves the controller, the one that doors and
machines ask for, the one that signs messages (NTAG 424 DNA alone)."""
DF_NAME = bytes.fromhex("D2760000850101")
"""The one application of an NTAG 424 DNA."""
AID = bytes.fromhex("514CF4")
"""Ours on a DESFire, least significant byte first."""
SELECT_APPLICATION, CREATE_APPLICATION, CHANGE_FILE_SETTINGS = 0x5A, 0xCA, 0x5F
NO_SUCH_APPLICATION = 0x91A0
_KEY_SETTINGS = 0x0B
"""Only slot 0 changes keys, itself too; the list of files is free."""
_TWO_AES_KEYS = 0x82
_NDEF = b"\x02"


def slots(kind: CardKind) -> tuple[int, ...]:
    """Those that hold a key of ours, in the order in which they are changed: slot 0 last."""
    return (DOOR, SIGNS, APPLICATION) if kind is CardKind.NTAG424 else (DOOR, APPLICATION)


def select(card: Transceiver, kind: CardKind) -> None:
    """Choose our application. Raises CardRefused: it isn't there."""
    if kind is CardKind.NTAG424:
        iso(card, b"\x00\xa4\x04\x0c", DF_NAME, 0)
    else:
        native(card, SELECT_APPLICATION, AID)


def kind_of(card: Transceiver) -> CardKind:
    """Which kind it is; our application is selected. A DESFire without one is given one.

    Raises CardRefused: another card.
    """
    try:
        select(card, CardKind.NTAG424)
    except CardRefused:
        pass
    else:
        return CardKind.NTAG424
    try:
        select(card, CardKind.DESFIRE)
    except CardRefused as refused:
        if refused.status != NO_SUCH_APPLICATION:
            raise
        native(card, CREATE_APPLICATION, AID + bytes((_KEY_SETTINGS, _TWO_AES_KEYS)))
        select(card, CardKind.DESFIRE)
    return CardKind.DESFIRE


def read_message(card: Transceiver) -> bytes:
    """The file in which an NTAG 424 DNA says who it is, once more; its application is selected."""
    iso(card, b"\x00\xa4\x00\x0c", b"\xe1\x04")
    return iso(card, b"\x00\xb0\x00\x00", answer=len(sun.TEMPLATE))


def write_message(card: Transceiver) -> None:
    """Put the frame of the message into the file of a new card."""
    iso(card, b"\x00\xa4\x00\x0c", b"\xe1\x04")
    iso(card, b"\x00\xd6\x00\x00", sun.TEMPLATE)


def turn_on_message(session: Session) -> None:
    """ChangeFileSettings: mirror UID and counter as they are, and sign them with slot 3.

    Everybody may read, slot 0 alone may write (AN12196, 5.9).
    """
    offsets = (sun.UID_AT, sun.COUNTER_AT, sun.MAC_AT, sun.MAC_AT)
    places = b"".join(at.to_bytes(3, "little") for at in offsets)
    session.full(CHANGE_FILE_SETTINGS, _NDEF, b"\x40\x00\xe0\xc1\xff\xe3" + places)

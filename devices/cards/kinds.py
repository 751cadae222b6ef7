"""The two kinds of cards: how to select each, what its key slots are for, how a blank one is set
up."""

from controller.domain.facts import CardKind
from devices.cards import sun
from devices.cards.apdu import CardChannel, CardRefused, iso, native
from devices.cards.ev2 import CardSession

APPLICATION, DOOR, SIGNING = 0, 1, 3
"""Key slots: 0 changes the others and its key never leaves the controller; 1 is for doors and
machines; 3 signs messages (NTAG 424 DNA only)."""
DF_NAME = bytes.fromhex("D2760000850101")
"""Name of the only application of an NTAG 424 DNA."""
AID = bytes.fromhex("514CF4")
"""Loquet's application on a DESFire, least significant byte first."""
SELECT_APPLICATION, CREATE_APPLICATION, CHANGE_FILE_SETTINGS = 0x5A, 0xCA, 0x5F
NO_SUCH_APPLICATION = 0x91A0
_KEY_SETTINGS = 0x0B
"""Only slot 0 may change keys, its own too; anybody may list the files."""
_TWO_AES_KEYS = 0x82
_SELECT_BY_NAME, _SELECT_FILE = b"\x00\xa4\x04\x0c", b"\x00\xa4\x00\x0c"
_READ, _UPDATE = b"\x00\xb0\x00\x00", b"\x00\xd6\x00\x00"
"""CLA INS P1 P2 of the commands of ISO/IEC 7816-4 on the application and its file."""
_NDEF_FILE, _NDEF_FILE_ID = b"\x02", b"\xe1\x04"
"""The file with the message, by its number and by its ISO file id."""


def slots(kind: CardKind) -> tuple[int, ...]:
    """Return the slots that hold our keys, in the order in which they are changed: slot 0 last."""
    return (DOOR, SIGNING, APPLICATION) if kind is CardKind.NTAG424 else (DOOR, APPLICATION)


def select(card: CardChannel, kind: CardKind) -> None:
    """Select our application. Raises CardRefused if there is none."""
    if kind is CardKind.NTAG424:
        iso(card, _SELECT_BY_NAME, DF_NAME, 0)
    else:
        native(card, SELECT_APPLICATION, AID)


def detect_kind(card: CardChannel) -> CardKind:
    """Return a card's kind, and select our application; create it on a DESFire that lacks it.

    Raises CardRefused for any other card.
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


def read_message(card: CardChannel) -> bytes:
    """Read the file with an NTAG 424 DNA's signed message; its application must be selected."""
    iso(card, _SELECT_FILE, _NDEF_FILE_ID)
    return iso(card, _READ, answer=len(sun.TEMPLATE))


def write_message(card: CardChannel) -> None:
    """Write the template of the message to the file of a new card."""
    iso(card, _SELECT_FILE, _NDEF_FILE_ID)
    iso(card, _UPDATE, sun.TEMPLATE)


def enable_message(session: CardSession) -> None:
    """Make the card insert UID and counter into its message, and sign it with slot 3.

    ChangeFileSettings: everybody may read, only slot 0 may write (AN12196, 5.9).
    """
    # The MAC's input starts and ends where the MAC is: it is empty.
    offsets = (sun.UID_AT, sun.COUNTER_AT, sun.MAC_AT, sun.MAC_AT)
    places = b"".join(at.to_bytes(3, "little") for at in offsets)
    # File option, access rights, options and access rights of the message; then the offsets.
    session.full(CHANGE_FILE_SETTINGS, _NDEF_FILE, b"\x40\x00\xe0\xc1\xff\xe3" + places)

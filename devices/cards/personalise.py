"""Writes this installation's keys to a blank card or one of ours, slot 0 last.

If it is interrupted, running the same order again completes it.
"""

from controller.domain.facts import CardKind
from controller.wire.card_keys import CardKeys
from devices.cards import kinds
from devices.cards.aes import FACTORY
from devices.cards.apdu import CardChannel, CardRefused
from devices.cards.ev2 import CardSession, NotProven, authenticate

CLOSED = 0x6982
"""ISO/IEC 7816-4: security status not satisfied."""


class NotOurs(Exception):
    """Raised for a card that has another installation's keys."""


def personalise(card: CardChannel, keys: CardKeys) -> CardKind:
    """Write the keys to the card, and return its kind.

    Raises NotOurs, CardRefused, CardError, OSError.
    """
    kind = kinds.detect_kind(card)
    current = _current(card, kind, keys, kinds.APPLICATION)
    if kind is CardKind.NTAG424:
        _set_up_message(card, current)
    for slot in kinds.slots(kind):
        old = _current(card, kind, keys, slot)
        session = _authenticate(card, kind, current)
        session.change_key(slot, keys.new.slot(slot), old)
    _authenticate(card, kind, keys.new.slot(kinds.APPLICATION))
    return kind


def _set_up_message(card: CardChannel, current: bytes) -> None:
    kind = CardKind.NTAG424
    if current == FACTORY:
        kinds.select(card, kind)
        _write_once(card)
    kinds.enable_message(_authenticate(card, kind, current))


def _write_once(card: CardChannel) -> None:
    """Write the message's template, unless an interrupted order has already locked the file."""
    try:
        kinds.write_message(card)
    except CardRefused as refused:
        if refused.status != CLOSED:
            raise


def _current(card: CardChannel, kind: CardKind, keys: CardKeys, slot: int) -> bytes:
    """Return the key that a slot has now: the factory's, the new one, or one of the older sets.

    Raises NotOurs.
    """
    sets = (keys.new, *keys.old)
    for key in dict.fromkeys((FACTORY, *(set_.slot(slot) for set_ in sets))):
        try:
            _authenticate(card, kind, key, slot)
        except NotProven:
            continue
        return key
    raise NotOurs("this card has another installation's keys; take a blank one")


def _authenticate(
    card: CardChannel, kind: CardKind, key: bytes, slot: int = kinds.APPLICATION
) -> CardSession:
    kinds.select(card, kind)
    return authenticate(card, slot, key)

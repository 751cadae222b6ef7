"""Asks a card at a reader for its proof: a signed message, or that it has a secret key."""

import logging

from controller.domain.facts import Assurance
from controller.domain.ids import CredentialId
from devices.cards import kinds
from devices.cards.apdu import CardChannel, CardRefused
from devices.cards.ev2 import NotProven, authenticate
from devices.cards.sun import SunMessage
from devices.ports import Cards, CardSecret

log = logging.getLogger(__name__)


def prove(
    card: CardChannel, credential: CredentialId, secret: CardSecret, cards: Cards
) -> Assurance:
    """Ask the card for its proof; if the proof fails, only its number counts.

    Raises CardError if the card can't be read, OSError if the reader is gone.
    """
    try:
        kinds.select(card, secret.kind)
        if secret.assurance is Assurance.AES:
            authenticate(card, kinds.DOOR, secret.key)
            return Assurance.AES
        message = SunMessage.parse(kinds.read_message(card))
    except (CardRefused, NotProven, ValueError) as error:
        log.warning("a card at the reader could not prove itself: %s", error)
        return Assurance.UID
    return _check_message(message, credential, secret, cards)


def _check_message(
    message: SunMessage, credential: CredentialId, secret: CardSecret, cards: Cards
) -> Assurance:
    """Accept a message only once, and only from the card that was selected."""
    if f"uid:{message.uid.hex().upper()}" != credential or not message.signed_with(secret.key):
        log.warning("a card at the reader signs with a wrong key")
        return Assurance.UID
    if not cards.rises(credential, message.counter):
        log.warning("a card's message was read a second time, so it is a copy")
        return Assurance.UID
    return Assurance.SUN

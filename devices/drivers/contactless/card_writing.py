"""Give a card that lies in a field its keys, as soon as it is there."""

from controller.domain.ids import CredentialId
from devices.cards.apdu import CardRefused
from devices.cards.ev2 import NotProven
from devices.cards.personalise import NotOurs, personalise
from devices.drivers.contactless.iso14443_card import SAK_ISO_DEP, Card, CardField, Unreadable
from devices.drivers.contactless.iso14443_frame import CardError
from devices.ports import CardWritten, WriteOrder


def write(field: CardField, order: WriteOrder, device: str) -> CardWritten | None:
    """What became of it; None: the card isn't there, or was moved, and is tried again.

    Raises OSError when the chip is gone.
    """
    wanted = _card_of(order.credential)
    if wanted is None:
        return CardWritten(device, order.id, None, "not_a_card")
    try:
        found = field.find(wanted)
        if found is None or found.credential != order.credential:
            return None
        if not found.speaks_apdu:
            return CardWritten(device, order.id, None, "not_a_card")
        with field.talking(found) as conversation:
            return CardWritten(device, order.id, personalise(conversation, order.keys))
    except NotOurs:
        return CardWritten(device, order.id, None, "not_blank")
    except (CardRefused, NotProven):
        return CardWritten(device, order.id, None, "not_a_card")
    except (CardError, Unreadable):
        return None


def _card_of(credential: CredentialId) -> Card | None:
    kind, _, number = credential.partition(":")
    return Card(bytes.fromhex(number), SAK_ISO_DEP) if kind == "uid" else None

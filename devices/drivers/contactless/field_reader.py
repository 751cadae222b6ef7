"""The thread of a contactless reader: opens its chip, polls it, and opens it again if it is
lost."""

import threading
import time
from typing import Annotated, ClassVar

from msgspec import Meta

from controller.domain.ids import CredentialId
from devices.cards.apdu import CardRefused
from devices.cards.ev2 import NotProven
from devices.cards.personalise import NotOurs, personalise
from devices.drivers.contactless.field_watch import FieldWatch
from devices.drivers.contactless.iso14443_card import SAK_ISO_DEP, Card, CardField, Unreadable
from devices.drivers.contactless.iso14443_frame import CardError
from devices.ports import CardWritten, Fault, FaultCleared, FaultKind, WriteOrder
from devices.wiring import Context, ReaderOptions

RETRY_S = 1.0
"""How long to wait before the chip is opened again."""
LONGEST_POLL_S = 0.5


class FieldOptions(ReaderOptions, frozen=True, kw_only=True):
    """Options of all readers that poll a field."""

    poll_ms: Annotated[
        int, Meta(ge=20, le=500, description="milliseconds between two polls, 20 to 500")
    ] = 50
    gone_after_ms: Annotated[
        int, Meta(ge=200, le=5000, description="milliseconds without the card, 200 to 5000")
    ] = 400


class FieldReader:
    """A reader on any CardField. A missing chip is a fault, and is tried again."""

    detects_s: ClassVar[float | None] = LONGEST_POLL_S + RETRY_S
    """A missing chip is noticed at the next poll, whatever its interval."""

    def __init__(self, field: CardField, options: FieldOptions, context: Context) -> None:
        """Start reading on a thread of its own."""
        self._field = field
        self._poll_s = options.poll_ms / 1000
        self._watch = FieldWatch(context.device, options.gone_after_ms / 1000, context.cards)
        self._context = context
        self._order: WriteOrder | None = None
        self._lost = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def write_card(self, order: WriteOrder | None) -> None:
        """See CardWriter."""
        self._order = order

    def close(self) -> None:
        """Stop reading, switch the field off, and close the chip."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._field.open()
                self._report_back()
                self._poll_until_lost()
            except OSError as error:
                self._report_lost(error)
            finally:
                self._field.close()
            self._stopping.wait(RETRY_S)

    def _poll_until_lost(self) -> None:
        while not self._stopping.wait(self._poll_s):
            if self._order is not None:
                self._try_write(self._order)
            for event in self._watch.poll(self._field, time.monotonic):
                self._context.emit(event)

    def _try_write(self, order: WriteOrder) -> None:
        result = write(self._field, order, self._context.device)
        if result is not None and self._order is order:
            self._order = None
            self._context.emit(result)

    def _report_lost(self, error: OSError) -> None:
        for event in self._watch.remove(time.monotonic()):
            self._context.emit(event)
        if not self._lost:
            self._lost = True
            device = self._context.device
            self._context.emit(Fault(device, FaultKind.READER_UNPLUGGED, str(error)))

    def _report_back(self) -> None:
        if self._lost:
            self._lost = False
            self._context.emit(FaultCleared(self._context.device, FaultKind.READER_UNPLUGGED))


# Writing keys to a card, as soon as it is on the reader.


def write(field: CardField, order: WriteOrder, device: str) -> CardWritten | None:
    """Write the keys, and return the result; None: the card isn't there or was moved, so try again.

    Raises OSError if the chip is gone.
    """
    target_card = _card_with_uid(order.credential)
    if target_card is None:
        return CardWritten(device, order.id, None, "not_a_card")
    try:
        card = field.find(target_card)
        if card is None or card.credential != order.credential:
            return None
        if not card.speaks_apdu:
            return CardWritten(device, order.id, None, "not_a_card")
        with field.conversation(card) as conversation:
            return CardWritten(device, order.id, personalise(conversation, order.keys))
    except NotOurs:
        return CardWritten(device, order.id, None, "not_blank")
    except (CardRefused, NotProven):
        return CardWritten(device, order.id, None, "not_a_card")
    except (CardError, Unreadable):
        return None


def _card_with_uid(credential: CredentialId) -> Card | None:
    kind, _, number = credential.partition(":")
    return Card(bytes.fromhex(number), SAK_ISO_DEP) if kind == "uid" else None

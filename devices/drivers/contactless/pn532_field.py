"""A PN532 as a CardField: finds cards, and exchanges APDUs with them (UM0701-02, 7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from devices.drivers.contactless.iso14443_card import (
    CASCADE_TAG,
    Card,
    Unreadable,
    add_cascade_tags,
)
from devices.drivers.contactless.iso14443_frame import CardError, NoAnswer
from devices.drivers.contactless.pn532_link import Pn532Link

FIRMWARE_VERSION, SAM_CONFIGURATION, RF_CONFIGURATION = 0x02, 0x14, 0x32
DATA_EXCHANGE, LIST_PASSIVE_TARGET, RELEASE = 0x40, 0x4A, 0x52
NO_SAM = b"\x01\x14\x01"
"""The chip works without a SAM; the time limit and the use of its IRQ line follow."""
RETRIES_OF_A_TAP = b"\x05\xff\x01\x01"
"""Item 5: two tries to activate a card, instead of waiting for one for ever."""
FIELD, ON, OFF = 0x01, 0x01, 0x00
TYPE_A = 0x00
MORE, STATUS = 0x40, 0x3F
MAX_CHUNK_BYTES = 252
"""Maximum number of bytes of an APDU in one command."""
APDU_S = 6.0
"""Timeout for an exchange with a card."""


class Pn532Field:
    """A CardField.

    `connect` opens the line, and returns the link with a function that closes it.
    """

    def __init__(self, connect: Callable[[], tuple[Pn532Link, Callable[[], None]]]) -> None:
        self._connect = connect
        self._open: tuple[Pn532Link, Callable[[], None]] | None = None

    def open(self) -> None:
        """See CardField."""
        self._open = self._connect()
        self._link.wake_up()
        self._link.command(SAM_CONFIGURATION, NO_SAM)
        self._link.command(FIRMWARE_VERSION)
        self._link.command(RF_CONFIGURATION, RETRIES_OF_A_TAP)

    def find(self, known: Card | None) -> Card | None:
        """See CardField.

        Versions of the firmware differ in how they treat a card that they know. A known card that
        is not found is tried again after switching the field off for a moment.
        """
        if known is None:
            return self._list(None)
        return self._list(known) or self._list_anew(known) or self._list(None)

    def activate(self, card: Card) -> "Pn532Conversation":
        """Begin a conversation with a card that was found. Raises CardError, OSError."""
        for _ in range(3):
            if self._list_anew(card) is not None:
                return Pn532Conversation(self._link)
        raise NoAnswer(f"{card.credential} does not begin a conversation")

    def release(self, conversation: "Pn532Conversation") -> None:
        """End a conversation, so that the card can be found again. Raises OSError."""
        self._link.command(RELEASE, b"\x00")

    @contextmanager
    def conversation(self, card: Card) -> Iterator["Pn532Conversation"]:
        """See CardField."""
        conversation = self.activate(card)
        try:
            yield conversation
        finally:
            self.release(conversation)

    def close(self) -> None:
        """See CardField."""
        if self._open is not None:
            (link, let_go), self._open = self._open, None
            try:
                link.command(RF_CONFIGURATION, bytes((FIELD, OFF)))
            except OSError:
                pass
            finally:
                let_go()

    @property
    def _link(self) -> Pn532Link:
        if self._open is None:
            raise OSError("the line is not open")
        return self._open[0]

    def _list_anew(self, card: Card) -> Card | None:
        self._link.command(RF_CONFIGURATION, bytes((FIELD, OFF)))
        self._link.command(RF_CONFIGURATION, bytes((FIELD, ON)))
        return self._list(card)

    def _list(self, expected: Card | None) -> Card | None:
        """InListPassiveTarget: find any card, or the wanted one. Raises Unreadable."""
        uid = add_cascade_tags(expected.uid) if expected else b""
        answer = self._link.command(LIST_PASSIVE_TARGET, bytes((1, TYPE_A)) + uid)
        target = _target(answer)
        return target if expected is None or target is None or target.uid == expected.uid else None


class Pn532Conversation:
    """A conversation with one card; a CardChannel.

    The chip itself handles blocks and repetitions.
    """

    def __init__(self, link: Pn532Link) -> None:
        self._exchange = partial(link.command, DATA_EXCHANGE, timeout_s=APDU_S)

    def apdu(self, command: bytes) -> bytes:
        """See CardChannel."""
        while len(command) > MAX_CHUNK_BYTES:
            self._parse_answer(self._exchange(bytes((1 | MORE,)) + command[:MAX_CHUNK_BYTES]))
            command = command[MAX_CHUNK_BYTES:]
        more, whole = self._parse_answer(self._exchange(b"\x01" + command))
        while more:
            more, data = self._parse_answer(self._exchange(b"\x01"))
            whole += data
        return whole

    @staticmethod
    def _parse_answer(answer: bytes) -> tuple[bool, bytes]:
        """Return whether there is more, and the data (7.3.8). Raises CardError."""
        if not answer or answer[0] & STATUS:
            raise CardError(f"the PN532 reports error {answer[:1].hex() or 'none'} from the card")
        return bool(answer[0] & MORE), answer[1:]


def _target(answer: bytes) -> Card | None:
    """Parse NbTg, Tg, SENS_RES, SEL_RES, the UID's length and the UID (7.3.5). Raises Unreadable.

    Some versions of the firmware leave the cascade tags in the UID.
    """
    if answer[:1] == b"\x00":
        return None
    size = answer[5] if len(answer) > 5 else 0
    uid, sak = answer[6 : 6 + size], answer[4] if len(answer) > 4 else 0
    if size == len(uid) and size in (8, 12) and uid[0] == CASCADE_TAG:
        uid = b"".join(uid[at + 1 : at + 4] for at in range(0, size - 4, 4)) + uid[-4:]
    if size == 0 or len(uid) not in (4, 7, 10) or len(answer) < 6 + size:
        raise Unreadable(f"a card without a UID that can be read: {answer.hex()}")
    return Card(uid, sak)

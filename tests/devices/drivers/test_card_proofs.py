"""Secure cards at a simulated MFRC522: the tap says what the card has proven, and no more."""

from typing import Any

import pytest

from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId
from controller.wire.card_keys import CardKeys, KeySet
from devices.drivers.contactless.field_reader import write
from devices.drivers.contactless.field_watch import FieldWatch
from devices.ports import CardSecret, CardWritten, CredentialRead, WriteOrder
from devices.sim.iso14443_card import SimCard
from devices.sim.iso14443_conversation import Blank, ProtocolParameters
from devices.sim.secure_card import Desfire, Ntag424, SecureCard
from tests.devices.drivers.rf_rig import Faults, Rig

UID = bytes.fromhex("04782E21801D80")
BADGE = CredentialId("uid:04782E21801D80")
NEW = KeySet(b"door" * 4, b"sign" * 4, b"over" * 4)
ORDER = WriteOrder("order", BADGE, CardKeys(NEW))


class Known:
    """An agent that has one card in its policy."""

    def __init__(self, kind: CardKind, assurance: Assurance) -> None:
        key = NEW.door if assurance is Assurance.AES else NEW.messages
        self.of_badge, self.highest = CardSecret(kind, assurance, key), -1

    def secret(self, credential: CredentialId) -> CardSecret | None:
        return self.of_badge if credential == BADGE else None

    def rises(self, credential: CredentialId, counter: int) -> bool:
        above, self.highest = counter > self.highest, max(counter, self.highest)
        return above


class Desk:
    """A rig polled by a watch that knows cards."""

    def __init__(self, known: Known) -> None:
        self.rig = Rig()
        self.watch = FieldWatch("desk/reader", 0.4, known)

    def tap(self, card: SimCard, looks: int = 8) -> list[CredentialRead]:
        """Hold a card to it, and take it away."""
        events: list[Any] = []
        self.rig.air.put(card)
        for _ in range(looks):
            events += self.watch.poll(self.rig.field, self.rig.time.now)
            self.rig.time.sleep(0.05)
        self.rig.air.take(card)
        for _ in range(10):
            events += self.watch.poll(self.rig.field, self.rig.time.now)
            self.rig.time.sleep(0.05)
        return [event for event in events if isinstance(event, CredentialRead)]

    def write(self, card: SimCard) -> CardWritten | None:
        """Personalise a card that lies there."""
        self.rig.air.put(card)
        try:
            return write(self.rig.field, ORDER, "desk/reader")
        finally:
            self.rig.air.take(card)


def _levels(reads: list[CredentialRead]) -> list[Assurance]:
    assert all(read.credential == BADGE for read in reads)
    return [read.assurance for read in reads]


@pytest.mark.parametrize(
    ("kind", "card", "level"),
    [
        (CardKind.NTAG424, Ntag424(UID), Assurance.AES),
        (CardKind.NTAG424, Ntag424(UID), Assurance.SUN),
        (CardKind.DESFIRE, Desfire(), Assurance.AES),
    ],
)
def test_a_personalised_card_is_one_tap_that_proves_itself_and_its_copies_do_not(
    kind: CardKind, card: SecureCard, level: Assurance
) -> None:
    desk = Desk(Known(kind, level))
    shown = SimCard(UID, card, ProtocolParameters(size_code=2, extensions=1))
    assert desk.write(shown) == CardWritten("desk/reader", "order", kind)
    assert _levels(desk.tap(shown)) == [level]
    assert _levels(desk.tap(shown)) == [level]
    assert _levels(desk.tap(SimCard(UID, Blank()))) == [Assurance.UID], "its number, another card"
    assert _levels(desk.tap(SimCard(UID))) == [Assurance.UID], "and one that speaks no APDU"
    blank = Ntag424(UID) if kind is CardKind.NTAG424 else Desfire()
    assert _levels(desk.tap(SimCard(UID, blank))) == [Assurance.UID], "the same card, other keys"


def test_a_noisy_field_costs_no_card_its_proof() -> None:
    desk, card = Desk(Known(CardKind.NTAG424, Assurance.AES)), Ntag424(UID)
    shown = SimCard(UID, card)
    desk.write(shown)
    desk.rig.air.fault = Faults(0.05, 424)
    for _ in range(20):
        assert _levels(desk.tap(shown, looks=20)) == [Assurance.AES]


def test_only_the_card_that_is_meant_is_written_and_a_strangers_is_left_as_it_is() -> None:
    desk, card = Desk(Known(CardKind.NTAG424, Assurance.AES)), Ntag424(UID)
    assert desk.write(SimCard(bytes(range(1, 8)), card)) is None
    assert desk.write(SimCard(UID)) == CardWritten("desk/reader", "order", None, "not_a_card")
    card.keys = [b"somebody else's."] * 5
    assert desk.write(SimCard(UID, card)) == CardWritten("desk/reader", "order", None, "not_blank")
    assert card.keys[0] == b"somebody else's."

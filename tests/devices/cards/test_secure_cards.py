"""Simulated cards that really compute: personalised, proven, copied, replayed, interrupted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest

from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId
from controller.wire.card_keys import CardKeys, KeySet
from devices.cards.personalise import NotOurs, personalise
from devices.cards.proof import prove
from devices.drivers.contactless.iso14443_frame import NoAnswer
from devices.ports import CardSecret
from devices.sim.secure_card import Desfire, Ntag424, SecureCard

UID = bytes.fromhex("04782E21801D80")
BADGE = CredentialId("uid:04782E21801D80")
NEW = KeySet(b"door" * 4, b"sign" * 4, b"over" * 4)
OTHER = KeySet(b"DOOR" * 4, b"SIGN" * 4, b"OVER" * 4)
MAKES: dict[CardKind, Callable[[], SecureCard]] = {
    CardKind.NTAG424: lambda: Ntag424(UID),
    CardKind.DESFIRE: Desfire,
}


@dataclass
class Held:
    """A card in a conversation, which may be pulled away in the middle."""

    card: SecureCard
    left: int = 1000

    def apdu(self, command: bytes) -> bytes:
        if not self.left:
            raise NoAnswer("the card is gone")
        self.left -= 1
        return self.card.answer(command)


@dataclass
class Known:
    """An agent's memory of one card."""

    secret_of: CardSecret
    highest: dict[CredentialId, int] = field(default_factory=dict)

    def secret(self, credential: CredentialId) -> CardSecret | None:
        return self.secret_of

    def rises(self, credential: CredentialId, counter: int) -> bool:
        above = counter > self.highest.get(credential, -1)
        self.highest[credential] = max(counter, self.highest.get(credential, -1))
        return above


def _proof(card: SecureCard, known: Known) -> Assurance:
    return prove(Held(card), BADGE, known.secret_of, known)


@pytest.mark.parametrize("kind", CardKind)
def test_a_blank_card_is_given_keys_and_proves_that_it_holds_them(kind: CardKind) -> None:
    card = MAKES[kind]()
    known = Known(CardSecret(kind, Assurance.AES, NEW.door))
    assert _proof(card, known) is Assurance.UID, "blank: it proves nothing"
    assert personalise(Held(card), CardKeys(NEW)) is kind
    assert card.keys[0] == NEW.application
    assert _proof(card, known) is Assurance.AES
    assert _proof(card, Known(CardSecret(kind, Assurance.AES, OTHER.door))) is Assurance.UID


def test_a_message_counts_once_and_only_with_its_own_uid_and_key() -> None:
    card = Ntag424(UID)
    personalise(Held(card), CardKeys(NEW))
    known = Known(CardSecret(CardKind.NTAG424, Assurance.SUN, NEW.messages))
    assert [_proof(card, known) for _ in range(3)] == [Assurance.SUN] * 3
    card.counter -= 1
    assert _proof(card, known) is Assurance.UID, "the same message twice"
    assert _proof(card, known) is Assurance.SUN, "and its owner goes on"
    card.keys[3] = OTHER.messages
    assert _proof(card, known) is Assurance.UID, "the same UID, another key"
    twin = Ntag424(bytes(7))
    personalise(Held(twin), CardKeys(NEW))
    assert _proof(twin, known) is Assurance.UID, "another card's message under this UID"


@pytest.mark.parametrize("kind", CardKind)
def test_pulled_away_at_any_moment_the_same_order_completes_it(kind: CardKind) -> None:
    for pulled in count(1):
        card = MAKES[kind]()
        try:
            personalise(Held(card, pulled), CardKeys(NEW))
        except NoAnswer:
            personalise(Held(card), CardKeys(NEW))
        else:
            break
        known = Known(CardSecret(kind, Assurance.AES, NEW.door))
        assert _proof(card, known) is Assurance.AES, f"after {pulled} commands"
    assert pulled > 5


@pytest.mark.parametrize("kind", CardKind)
def test_a_card_of_an_older_master_gets_the_new_keys_and_a_strangers_does_not(
    kind: CardKind,
) -> None:
    card = MAKES[kind]()
    personalise(Held(card), CardKeys(OTHER))
    with pytest.raises(NotOurs):
        personalise(Held(card), CardKeys(NEW))
    assert card.keys[0] == OTHER.application, "nothing was changed"
    personalise(Held(card), CardKeys(NEW, (OTHER,)))
    assert card.keys[0] == NEW.application

"""A card that rests on a reader is one tap."""

from controller.domain.facts import Assurance
from controller.domain.ids import CredentialId
from devices.drivers.contactless.resting_card import RestingCard
from devices.ports import CredentialGone, CredentialRead

A, B = CredentialId("em:0000000001"), CredentialId("em:0000000002")


def _read(credential: CredentialId, at_s: float) -> CredentialRead:
    return CredentialRead("r", credential, Assurance.UID, at_s)


def test_reads_of_a_resting_card_are_one_tap() -> None:
    card = RestingCard("r", 0.4)
    assert list(card.note_read(A, 1.0)) == [_read(A, 1.0)]
    assert [event for n in range(50) for event in card.note_read(A, 1.065 + n * 0.065)] == []
    assert card.is_there


def test_after_silence_it_is_gone_and_the_next_read_is_a_new_tap() -> None:
    card = RestingCard("r", 0.4)
    list(card.note_read(A, 1.0))
    assert list(card.expire(1.39)) == []
    assert list(card.expire(1.41)) == [CredentialGone("r", A, 1.41)]
    assert list(card.expire(2.0)) == []
    assert list(card.note_read(A, 3.0)) == [_read(A, 3.0)]


def test_a_read_that_comes_late_ends_the_first_tap_by_itself() -> None:
    card = RestingCard("r", 0.4)
    list(card.note_read(A, 1.0))
    assert list(card.note_read(A, 2.0)) == [CredentialGone("r", A, 2.0), _read(A, 2.0)]


def test_another_card_takes_the_place_at_once() -> None:
    card = RestingCard("r", 0.4)
    list(card.note_read(A, 1.0))
    assert list(card.note_read(B, 1.1)) == [CredentialGone("r", A, 1.1), _read(B, 1.1)]

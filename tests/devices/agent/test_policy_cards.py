"""What an agent knows of cards: keys only as its policy says, counters that outlast a restart."""

from pathlib import Path

import pytest

from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId
from controller.wire.card_wrapping import wrap_door_key
from controller.wire.codec import encode
from controller.wire.keys import holder_key
from controller.wire.rows import CardRow
from devices.agent import sqlite
from devices.agent.cards import CredentialKeys, PolicyCards
from devices.agent.policy.store import PolicyStore, row_sum
from devices.ports import CardSecret

SECRET, OTHER = b"k" * 32, b"o" * 32
BADGE = CredentialId("uid:04782E21801D80")
HOLDER, KEY = holder_key(SECRET, BADGE), b"0123456789abcdef"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy's file with no row."""
    file = tmp_path / "policy.db"
    PolicyStore.open(file).close()
    return file


def _learn(policy: Path, value: bytes | None, as_stored: bytes | None = None) -> None:
    """`as_stored`: what the row's sum was made of, where a bit has flipped since."""
    kept = row_sum("card", HOLDER, 1, as_stored or value)
    _put(policy, HOLDER, value, kept)


def _put(policy: Path, name: str, value: bytes | None, kept: int) -> None:
    db = sqlite.connect(policy)
    db.execute("DELETE FROM row")
    db.execute("INSERT INTO row VALUES ('card', ?, 1, ?, ?)", (name, value, kept))
    db.close()


def _row(credential_key: bytes = SECRET) -> bytes:
    key = wrap_door_key(credential_key, HOLDER, KEY)
    return encode(CardRow(kind=CardKind.DESFIRE, assurance=Assurance.AES, key=key))


def _opened(policy: Path) -> PolicyCards:
    return PolicyCards(policy, policy.with_name("cards.db"), CredentialKeys(SECRET), "broken-1")


def test_a_key_is_known_as_long_as_the_policy_has_it_and_it_was_wrapped_for_us(
    policy: Path,
) -> None:
    cards = _opened(policy)
    assert cards.secret(BADGE) is None
    _learn(policy, _row())
    assert cards.secret(BADGE) == CardSecret(CardKind.DESFIRE, Assurance.AES, KEY)
    assert "0123" not in repr(cards.secret(BADGE))
    assert cards.secret(CredentialId("uid:04782E21801D81")) is None
    for useless in (_row(OTHER), b'{"kind":"of tomorrow"}', None):
        _learn(policy, useless)
        assert cards.secret(BADGE) is None
    cards.close()
    assert cards.secret(BADGE) is None, "a policy that can't be read proves nothing"


def test_a_flipped_bit_proves_nothing_and_is_told(policy: Path) -> None:
    """Of the assurance, where it would still be read, and of the key, which is wrapped anyway."""
    told: list[str] = []
    cards = PolicyCards(
        policy,
        policy.with_name("cards.db"),
        CredentialKeys(SECRET),
        "broken-1",
        lambda: told.append("damaged"),
    )
    stored = _row()
    for flipped in (stored.replace(b'"desfire"', b'"ntag424"'), stored.replace(b'"aes"', b'"sun"')):
        assert flipped != stored
        _learn(policy, flipped, as_stored=stored)
        assert cards.secret(BADGE) is None
    assert told == ["damaged"] * 2
    _learn(policy, stored)
    assert cards.secret(BADGE) == CardSecret(CardKind.DESFIRE, Assurance.AES, KEY)
    cards.close()


def test_counters_only_rise_also_after_a_restart_and_begin_anew_when_damaged(policy: Path) -> None:
    cards = _opened(policy)
    assert [cards.rises(BADGE, number) for number in (0, 0, 5, 4, 5, 6)] == [1, 0, 1, 0, 0, 1]
    cards.close()
    again = _opened(policy)
    assert not again.lost
    assert not again.rises(BADGE, 6)
    again.close()
    assert again.rises(BADGE, 7), "a disk that takes no more keeps nobody out"
    assert not again.rises(BADGE, 7)
    policy.with_name("cards.db").write_bytes(b"no database" * 100)
    damaged = _opened(policy)
    assert damaged.lost
    assert damaged.rises(BADGE, 1)
    damaged.close()


def test_a_site_with_a_newer_key_is_asked_under_both_and_no_counter_begins_anew(
    policy: Path,
) -> None:
    """A message of the card that was seen under the older name is not taken once more (0196)."""
    keys = CredentialKeys(SECRET)
    cards = PolicyCards(policy, policy.with_name("cards.db"), keys, "broken-1")
    _learn(policy, _row())
    assert cards.rises(BADGE, 7)
    keys.add_newer(OTHER, 2)
    assert cards.secret(BADGE) == CardSecret(CardKind.DESFIRE, Assurance.AES, KEY), "older rows"
    assert not cards.rises(BADGE, 7)
    assert cards.rises(BADGE, 8)
    name = holder_key(OTHER, BADGE)
    row = CardRow(
        kind=CardKind.DESFIRE, assurance=Assurance.AES, key=wrap_door_key(OTHER, name, KEY)
    )
    _put(policy, name, encode(row), row_sum("card", name, 1, encode(row)))
    assert cards.secret(BADGE) == CardSecret(CardKind.DESFIRE, Assurance.AES, KEY), "newer rows"
    cards.close()
    again = PolicyCards(policy, policy.with_name("cards.db"), keys, "broken-2")
    assert not again.rises(BADGE, 8)
    again.close()

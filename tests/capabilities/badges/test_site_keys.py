"""A key for each site: what its agents are told, and what a stolen one's tells of others (0196)."""

import pytest
from sqlalchemy import delete, func, select

from controller.capabilities.access.holder_classes import holder_rows
from controller.capabilities.badges import badge_return, credentials, key_mapping, site_keys
from controller.capabilities.badges.models import CredentialAt, CredentialRow, SiteKeyRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault, VaultError
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.erasure.person import person_of
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import HolderKey
from controller.kernel.database import Database
from controller.kernel.errors import Conflict
from controller.policy.models import PolicyRow
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key, wrap_door_key
from controller.wire.keys import holder_key
from tests.capabilities.badges.keyed import (
    DOOR_KEY,
    NUMBER,
    also,
    card,
    holders,
    in_step,
    key_of,
    member_with_badge,
)
from tests.capabilities.conftest import BOSS, VAULT, Place


def test_a_site_of_before_keeps_what_its_agents_know(place: Place, web: Database) -> None:
    member_with_badge(web, place)
    assert holders(web, "here") == {VAULT.holder_key(NUMBER)}
    assert key_of(web, "here") == site_keys.SiteKey(1, VAULT.credential_key)


def test_a_new_site_has_a_key_of_its_own_at_once(place: Place, web: Database, lille: str) -> None:
    member_with_badge(web, place, lille)
    key = key_of(web, lille)
    assert key.key != VAULT.credential_key
    assert holders(web, lille) == {holder_key(key.key, NUMBER)}
    assert holders(web, "here") == {VAULT.holder_key(NUMBER)}
    assert in_step(web, place)


def test_a_stolen_agents_key_finds_nobody_whom_only_another_site_knows(
    place: Place, web: Database, lille: str
) -> None:
    """Not in all of the database: neither in the policy, nor beside it."""
    member_with_badge(web, place)
    stolen = key_of(web, lille).name(NUMBER)
    with web.read() as db:
        assert db.scalar(select(func.count()).where(PolicyRow.key == stolen)) == 0
        assert db.scalar(select(func.count()).where(CredentialAt.theirs == stolen)) == 0
        row = db.scalars(select(SiteKeyRow)).one()
        for theirs in (VAULT.credential_key, bytes(32)):
            with pytest.raises(VaultError):
                site_keys.open_key(row, Vault(VAULT.credential_key, theirs))
    assert key_of(web, lille).key.hex() not in repr(key_of(web, lille))


def test_whoever_is_not_known_there_any_more_is_gone_there(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    also(web, member)
    assert (holders(web, lille), holders(web, "here")) == (set(), {VAULT.holder_key(NUMBER)})
    also(web, member, lille)
    assert holders(web, lille) == {key_of(web, lille).name(NUMBER)}
    assert in_step(web, place)


def test_a_badge_that_is_taken_away_is_gone_everywhere_and_so_are_its_names(
    place: Place, web: Database, lille: str
) -> None:
    member_with_badge(web, place, lille)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.return_badge(db, badge.id, actor=BOSS, now=place.now)
    assert holders(web, lille) == holders(web, "here") == set()
    with web.read() as db:
        assert db.scalar(select(func.count()).select_from(CredentialAt)) == 0
    assert in_step(web, place)


def test_a_badge_that_is_given_anew_in_one_go_is_known(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.return_badge(db, badge.id, actor=BOSS, now=place.now)
        new = NewCredential(member_id=member, value=NUMBER)
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    assert holders(web, lille) == {key_of(web, lille).name(NUMBER)}
    assert in_step(web, place)


def test_a_process_without_the_keys_changes_what_is_known_and_adds_nobody(
    place: Place, web: Database, lille: str
) -> None:
    """A hub on another computer: who is suspended is refused there; a new badge waits."""
    member = member_with_badge(web, place, lille)
    key = key_of(web, lille).name(NUMBER)
    with place.database.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        credentials.suspend(db, badge.id, actor=BOSS, now=place.now)
        new = NewCredential(member_id=member, value="uid:04FFFFFFFFFFFF")
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    assert holders(web, lille) == {key}
    with web.read() as db:
        value = db.scalars(
            select(PolicyRow.value).where(PolicyRow.key == key, PolicyRow.site_id == lille)
        ).one()
    assert b"suspended" in (value or b"")


def test_a_cards_key_is_wrapped_for_each_site(place: Place, web: Database, lille: str) -> None:
    member_with_badge(web, place, lille)
    ours = VAULT.holder_key(NUMBER)
    wrapped = wrap_door_key(VAULT.credential_key, ours, DOOR_KEY)
    with web.write() as db:
        key_mapping.wrap_for_sites(db, ours, wrapped, VAULT)
    with place.database.write() as db:  # in a hub, which has no keys
        row = db.scalars(select(CredentialRow)).one()
        row.card_kind, row.card_level, row.card_key = CardKind.NTAG424, Assurance.AES, wrapped
    key = key_of(web, lille)
    found = card(web, lille, key.name(NUMBER))
    assert unwrap_door_key(key.key, key.name(NUMBER), found.key) == DOOR_KEY
    with pytest.raises(WrapBroken):
        unwrap_door_key(VAULT.credential_key, ours, found.key)
    assert card(web, "here", ours).key == wrapped
    assert in_step(web, place)


def test_a_badge_taken_over_from_a_reader_is_found_by_its_number(
    place: Place, web: Database, lille: str
) -> None:
    told = HolderKey(key_of(web, lille).name(NUMBER))
    with web.write() as db:
        person = place.member(db)
        made = credentials.create_by_key(db, person.id, told, lille, actor=BOSS, now=place.now)
    also(web, person.id, lille)
    assert told in holders(web, lille)
    with web.write() as db:
        found = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
        assert found is not None
        assert found.id == made.id
        other = NewCredential(member_id=place.member(db, "Other").id, value=NUMBER)
        with pytest.raises(Conflict, match="already given"):
            credentials.create(db, other, vault=VAULT, actor=BOSS, now=place.now)
    with web.write() as db:
        assert key_mapping.installation_key(db, lille, told) == told


def test_a_known_badge_is_not_taken_over_under_its_sites_name(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        credentials.create_by_key(db, member, told, lille, actor=BOSS, now=place.now)


def test_an_erasure_knows_every_name(place: Place, web: Database, lille: str) -> None:
    member = member_with_badge(web, place, lille)
    with web.read() as db:
        person = person_of(db, db.get_one(MemberRow, member), place.now)
    assert set(person.holder_keys) == {VAULT.holder_key(NUMBER), key_of(web, lille).name(NUMBER)}


def test_names_come_back_where_they_were_lost(place: Place, web: Database, lille: str) -> None:
    member = member_with_badge(web, place, lille)
    with web.write() as db:
        db.execute(delete(CredentialAt))
    also(web, member)
    also(web, member, lille)
    assert key_of(web, lille).name(NUMBER) in holders(web, lille)


def test_a_badge_of_whom_the_site_does_not_know_is_not_taken_over(
    place: Place, web: Database, lille: str
) -> None:
    """A reader tells a name that stands nowhere yet: whose badge it is, its number says."""
    member_with_badge(web, place)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        credentials.create_by_key(
            db, place.member(db, "Other").id, told, lille, actor=BOSS, now=place.now
        )


def test_where_nobody_could_try_the_numbers_the_first_keeps_the_name(
    place: Place, web: Database, lille: str
) -> None:
    """Two badges under one name: whoever is touched last does not become the other."""
    first = member_with_badge(web, place)
    told = key_of(web, lille).name(NUMBER)
    with place.database.write() as db:  # a computer without the keys
        other = place.member(db, "Other")
        credentials.create_by_key(db, other.id, told, lille, actor=BOSS, now=place.now)
    also(web, other.id, lille)
    also(web, first, lille)
    with web.read() as db:
        assert key_mapping.installation_key(db, lille, told) == told
        assert db.scalar(select(func.count()).select_from(CredentialAt)) == 0
    assert in_step(web, place)


def test_what_was_given_back_is_not_taken_back_when_a_reader_gave_it_to_another(
    place: Place, web: Database, lille: str
) -> None:
    member = member_with_badge(web, place, lille)
    told = key_of(web, lille).name(NUMBER)
    with web.write() as db:
        badge = db.scalars(select(CredentialRow)).one()
        receipt = badge_return.return_with_receipt(
            db, badge.id, vault=VAULT, actor=BOSS, now=place.now
        )
    with web.write() as db:
        other = place.member(db, "Other")
        credentials.create_by_key(db, other.id, told, lille, actor=BOSS, now=place.now)
    with web.write() as db, pytest.raises(Conflict, match="already given"):
        badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)


def test_what_a_rule_would_do_counts_people_where_the_key_is_their_own(
    place: Place, web: Database, lille: str
) -> None:
    """The effect that is shown before a rule is saved is reckoned with what agents have."""
    member_with_badge(web, place, lille)
    with web.read() as db:
        badges_of_all = select(CredentialRow.holder_key)
        for site in ("here", lille):
            assert len(list(holder_rows(db, site, badges_of_all))) == 1, site

"""Badges: written once, kept sealed, found, lost and replaced."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.badges import demo_badges as bench
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.badges.vault import Vault, VaultError, mask
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.access.decision import DenyReason
from controller.domain.facts import CredentialKind, CredentialStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.policy import check_policy
from tests.capabilities.conftest import BOSS, VAULT, Place

NUMBER = "uid:04A1B2C3D4E5F6"


def give(place: Place, value: str = NUMBER) -> tuple[str, str]:
    """A member with this badge: member id, credential id."""
    with place.database.write() as db:
        person = place.member(db)
        new = NewCredential(member_id=person.id, value=value)
        return person.id, credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now).id


def test_a_number_is_masked_when_read_and_sealed_when_kept(place: Place) -> None:
    _, key = give(place)
    with place.database.read() as db:
        assert credentials.get(db, key, actor=BOSS).value == "uid:••••••••••E5F6"
        row = db.get_one(CredentialRow, key)
        assert b"04A1B2C3D4E5F6" not in row.sealed
        assert VAULT.open(row.sealed, row.id) == NUMBER
        with pytest.raises(VaultError):
            Vault(VAULT.credential_key, bytes(32)).open(row.sealed, row.id)  # what agents have
        with pytest.raises(VaultError):
            VAULT.open(row.sealed, "another row")
    assert "key" not in repr(VAULT)


def test_a_short_number_is_masked_too() -> None:
    assert mask(CredentialId("em:0001234567")) == "em:••••••4567"


@pytest.mark.parametrize("value", ["", "04A1B2C3", "uid:04a1b2c3", "em:123", f"{NUMBER}\n"])
def test_a_wrong_number_is_refused(place: Place, value: str) -> None:
    with place.database.write() as db:
        new = NewCredential(member_id=place.member(db).id, value=value)
        with pytest.raises(Invalid, match="value"):
            credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)


def test_a_badge_belongs_to_one_person(place: Place) -> None:
    give(place)
    with pytest.raises(Conflict, match="already given"):
        give(place)


def test_a_badge_for_nobody_is_refused(place: Place) -> None:
    new = NewCredential(member_id="nobody", value=NUMBER)
    with place.database.write() as db, pytest.raises(Invalid, match="member_id"):
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)


def test_the_desk_finds_a_badge_by_its_number(place: Place) -> None:
    _, key = give(place)
    with place.database.read() as db:
        found = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
        assert found is not None
        assert found.id == key
        assert credentials.find(db, "em:0000000001", vault=VAULT, actor=BOSS) is None
        assert credentials.find(db, NUMBER, vault=VAULT, actor=Actor(ref="account:x")) is None


def test_suspended_lost_restored(place: Place) -> None:
    _, key = give(place)
    with place.database.write() as db:
        for step, status in (
            (credentials.suspend, CredentialStatus.SUSPENDED),
            (credentials.mark_lost, CredentialStatus.LOST),
            (credentials.restore, CredentialStatus.ACTIVE),
            (credentials.restore, CredentialStatus.ACTIVE),
        ):
            assert step(db, key, actor=BOSS, now=place.now).status is status


def test_a_replacement_keeps_the_rights_and_loses_the_old_one(place: Place) -> None:
    member, key = give(place)
    until = Utc.of(place.now + timedelta(days=30))
    with place.database.write() as db:
        patch = {"valid_until": until.text(), "assurance": "aes"}
        credentials.change(db, key, patch, version=1, actor=BOSS, now=place.now)
    with place.database.write() as db:
        other = Replacement(value="em:0001234567")
        new = credentials.replace(db, key, other, vault=VAULT, actor=BOSS, now=place.now)
    assert (new.member_id, new.valid_until, new.assurance) == (member, until, "aes")
    with place.database.read() as db:
        assert credentials.get(db, key, actor=BOSS).status is CredentialStatus.LOST
        page = credentials.page(db, actor=BOSS, member_id=member)
    assert [credential.id for credential in page.items] == [key, new.id]


def test_a_period_that_ends_before_it_begins_is_refused(place: Place) -> None:
    _, key = give(place)
    patch = {"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00+01:00"}
    with place.database.write() as db:
        with pytest.raises(Invalid, match="valid_until: must be after"):
            credentials.change(db, key, patch, version=None, actor=BOSS, now=place.now)
        with pytest.raises(Stale):
            credentials.change(db, key, {}, version=9, actor=BOSS, now=place.now)


def test_one_may_report_the_own_badge_as_lost_and_no_more(place: Place) -> None:
    member, key = give(place)
    with place.database.write() as db:
        self = place.account(db, "amina", Role.MEMBER, member_id=member)
        assert credentials.mark_lost(db, key, actor=self, now=place.now).status == "lost"
        with pytest.raises(Forbidden):
            credentials.restore(db, key, actor=self, now=place.now)
        assert [credential.id for credential in credentials.page(db, actor=self).items] == [key]
        with pytest.raises(NotFound):
            credentials.get(db, key, actor=Actor(ref="account:x"))


def test_the_bench_shows_numbers_to_those_who_make_rules(place: Place) -> None:
    give(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        (badge,) = bench.badges(db, "here", vault=VAULT, actor=BOSS)
        assert badge.value == NUMBER
        with pytest.raises(Forbidden):
            bench.badges(db, "here", vault=VAULT, actor=desk)


def test_no_row_keeps_a_number_in_clear(place: Place) -> None:
    give(place)
    with place.database.read() as db:
        row = db.execute(select(CredentialRow.__table__)).one()
    assert all("04A1B2C3D4E5F6" not in str(value) for value in row)


def test_subscriptions_are_made_changed_and_listed(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db, plan=None)
        new = NewSubscription(member_id=person.id, plan_id="atelier", valid_from=place.now)
        made = subscriptions.create(db, new, actor=BOSS, now=place.now)
        patch = {"plan_id": "bureau", "valid_until": "2027-01-01T00:00:00Z"}
        changed = subscriptions.change(
            db, made.id, patch, version=made.version, actor=BOSS, now=place.now
        )
        assert (changed.plan_id, changed.version) == ("bureau", 2)
        assert subscriptions.get(db, made.id, actor=BOSS) == changed
        page = subscriptions.page(db, actor=BOSS, member_id=person.id)
        assert list(page.items) == [changed]
        patch = {"plan_id": "none"}
        with pytest.raises(Invalid, match="plan_id"):
            subscriptions.change(db, made.id, patch, version=None, actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            subscriptions.get(db, made.id, actor=Actor(ref="account:x"))
        new = NewSubscription(member_id="x", plan_id="atelier", valid_from=place.now)
        with pytest.raises(Invalid, match="member_id"):
            subscriptions.create(db, new, actor=BOSS, now=place.now)


def test_a_lent_badge_comes_back_and_is_lent_again(place: Place) -> None:
    with place.database.write() as db:
        first, second = place.member(db).id, place.member(db, "Second").id
        due = Utc.of(place.now + timedelta(days=1))
        value = "uid:04AABBCCDDEEFF"
        lend = NewCredential(member_id=first, value=value, lent=True, valid_until=due)
        badge = credentials.create(db, lend, vault=VAULT, actor=BOSS, now=place.now)
        again = msgspec.structs.replace(lend, member_id=second)
        with pytest.raises(Conflict):
            credentials.create(db, again, vault=VAULT, actor=BOSS, now=place.now)
        credentials.return_badge(db, badge.id, actor=BOSS, now=place.now)
        assert credentials.create(db, again, vault=VAULT, actor=BOSS, now=place.now).lent
        own = place.badge(db, first)
        credentials.return_badge(db, own, actor=BOSS, now=place.now)
        assert credentials.page(db, actor=BOSS, member_id=first).items == []


def test_a_guest_badge_ends_by_itself_and_is_lent_again(place: Place) -> None:
    until = Utc.of(place.now + timedelta(hours=8))
    value = "uid:04111111111100"
    with place.database.write() as db:
        guest, next_one = place.member(db).id, place.member(db, "Next").id
        new = NewCredential(
            member_id=guest, value=value, kind=CredentialKind.GUEST, lent=True, valid_until=until
        )
        made = credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
        endless = {"valid_until": None}
        with pytest.raises(Invalid, match="required"):
            credentials.change(db, made.id, endless, version=None, actor=BOSS, now=place.now)
        reasons = [
            explain.explain_access(db, guest, "door-1", actor=BOSS, now=now).reason
            for now in (place.now, until)
        ]
        assert reasons == [DenyReason.SUPERVISOR_REQUIRED, DenyReason.CREDENTIAL_EXPIRED]
        later = Utc.of(until + timedelta(hours=8))
        again = msgspec.structs.replace(new, member_id=next_one, valid_until=later)
        with pytest.raises(Conflict):
            credentials.create(db, again, vault=VAULT, actor=BOSS, now=place.now)
        assert credentials.create(db, again, vault=VAULT, actor=BOSS, now=until).lent
    with place.database.read() as db:
        assert check_policy(db, place.now) == []
    with pytest.raises(ValueError, match="groups"):
        NewCredential(member_id="x", value="x", kind=CredentialKind.GROUP, valid_until=until)
    with pytest.raises(ValueError, match="valid_until"):
        NewCredential(member_id="x", value="x", kind=CredentialKind.GUEST)

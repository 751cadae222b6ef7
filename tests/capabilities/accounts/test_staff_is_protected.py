"""Who may change the contact details of staff, merge their records, or dismiss them: an admin."""

from collections.abc import Mapping

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts import invitations, mailed_links
from controller.capabilities.accounts.models import AccountRow, MailedLinkRow
from controller.capabilities.accounts.shapes import NewPassword
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.changes import MergeObstacle, MergeRefused, NeedsAdmin
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.privacy.erasure import erase
from controller.capabilities.self_service import codes
from controller.domain.facts import MemberStatus
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.second_site import THERE

STAFF = [role for role in Role if role is not Role.MEMBER]
OLD, NEW = "amina@home.example", "amina@new.example"
EMAIL, PHONE = {"email": NEW}, {"phone": "06 12 34 56 78"}
SECRET = "w" * 40


def amina(db: Session, place: Place, *roles: Role, email: str | None = OLD) -> tuple[str, Actor]:
    """A member with an account of these roles: her id, and who she is when she acts."""
    new = NewMember(display_name="Amina", email=email, site_id=place.site)
    key = members.create(db, new, actor=BOSS, now=place.now).id
    return key, place.account(db, "amina", *roles, member_id=key)


def change(
    db: Session, place: Place, key: str, patch: Mapping[str, str | None], actor: Actor
) -> None:
    members.change(db, key, patch, version=None, actor=actor, now=place.now)


def letters(db: Session) -> list[tuple[str, str | None]]:
    """What was written, and to which address."""
    return [(row.what, row.address) for row in db.query(MessageRow).order_by(MessageRow.id)]


@pytest.mark.parametrize("role", STAFF)
def test_nobody_but_an_admin_changes_how_staff_is_called_or_reached(
    place: Place, role: Role
) -> None:
    """The audit has names as they are now: nobody takes a colleague's."""
    name = {"display_name": "Amina D."}
    with place.database.write() as db:
        key, own = amina(db, place, role)
        others = [
            place.account(db, f"a-{role_name}", role_name)
            for role_name in (Role.DESK, Role.MANAGER)
        ]
        boss = place.account(db, "boss", Role.ADMIN)
    for actor in others:
        for patch in (EMAIL, PHONE, {"email": None}, name):
            with pytest.raises(NeedsAdmin), place.database.write() as db:
                change(db, place, key, patch, actor)
    if role is not Role.ADMIN:
        with pytest.raises(Forbidden), place.database.write() as db:
            change(db, place, key, name, own)
    with place.database.write() as db:
        change(db, place, key, {"email": OLD, "language": "en"}, others[0])
        assert letters(db) == []
        change(db, place, key, EMAIL | PHONE | name, boss)
        renamed = [("name_changed", address) for address in (EMAIL["email"], OLD)]
        assert letters(db) == [("contact_changed", OLD), *renamed]


def test_a_role_at_another_site_counts_and_so_do_the_actors_own_there(place: Place) -> None:
    with place.database.write() as db:
        second_site.add(db, place.now)
        key, account = amina(db, place)
        theirs = {THERE: frozenset({Role.TRAINER})}
        account_id = account.account_id or ""
        account_admin.change(
            db, account_id, {"roles": {THERE: ["trainer"]}}, version=None, actor=BOSS, now=place.now
        )
        boss = place.account(db, "boss", Role.ADMIN)
    with pytest.raises(NeedsAdmin, match=THERE), place.database.write() as db:
        change(db, place, key, EMAIL, boss)
    with place.database.write() as db:
        both = place.account(db, "both", Role.ADMIN)
        roles = {"roles": {THERE: ["admin"]}}
        account_admin.change(
            db, both.account_id or "", roles, version=None, actor=BOSS, now=place.now
        )
        assert both.roles.keys().isdisjoint(theirs), "a page narrows its actor to its site"
        change(db, place, key, EMAIL, both)


def test_staff_and_plain_members_change_their_own_address_and_the_desk_that_of_members(
    place: Place,
) -> None:
    with place.database.write() as db:
        key, own = amina(db, place, Role.DESK)
        change(db, place, key, EMAIL, own)
        person = place.member(db, "Zoé")
        place.account(db, "zoe", Role.MEMBER, member_id=person.id)
        change(db, place, person.id, {"email": "zoe@home.example"}, own)
        change(db, place, person.id, {"email": "zoe@new.example"}, own)
        assert letters(db) == [("contact_changed", OLD), ("contact_changed", "zoe@home.example")]


def test_a_terminal_at_which_staff_stands_changes_nothing_of_it(place: Place) -> None:
    with place.database.write() as db:
        key, _ = amina(db, place, Role.DESK)
    roles = {place.site: frozenset({Role.DESK})}
    there = Actor(ref=f"member:{key}", roles=roles, member_id=key)
    with pytest.raises(NeedsAdmin), place.database.write() as db:
        change(db, place, key, EMAIL, there)


def test_another_address_ends_the_links_that_are_open(place: Place) -> None:
    with place.database.write() as db:
        key, account = amina(db, place, Role.MEMBER)
        mailed_links.invite(
            db, account.account_id or "", OLD, web_secret=SECRET, site_id=place.site, now=place.now
        )
        change(db, place, key, PHONE, BOSS)
        assert db.query(MailedLinkRow).count() == 1
        change(db, place, key, EMAIL, BOSS)
        assert db.query(MailedLinkRow).count() == 0


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("is_kept", [True, False])
def test_only_an_admin_merges_a_record_of_staff(place: Place, role: Role, is_kept: bool) -> None:
    with place.database.write() as db:
        key, account = amina(db, place, role, email=None if is_kept else OLD)
        new = NewMember(display_name="Amina D.", email=NEW, site_id=place.site)
        decoy = members.create(db, new, actor=BOSS, now=place.now).id
        manager = place.account(db, "manager", Role.MANAGER)
        boss = place.account(db, "boss", Role.ADMIN)
    kept, gone = (key, decoy) if is_kept else (decoy, key)
    with pytest.raises(MergeRefused) as refused, place.database.write() as db:
        record_merge.merge(db, kept, gone, actor=manager, now=place.now)
    assert refused.value.why is MergeObstacle.STAFF
    with place.database.write() as db:
        record_merge.merge(db, kept, gone, actor=boss, now=place.now)
        assert db.get_one(AccountRow, account.account_id).member_id == kept
        assert db.get_one(MemberRow, kept).email == NEW
        assert letters(db) == ([] if is_kept else [("contact_changed", OLD)])


@pytest.mark.parametrize("role", STAFF)
def test_only_an_admin_dismisses_staff_or_takes_over_their_account(
    place: Place, role: Role
) -> None:
    with place.database.write() as db:
        key, account = amina(db, place, role)
        others = [
            place.account(db, f"a-{role_name}", role_name)
            for role_name in (Role.DESK, Role.MANAGER)
        ]
        dpo = place.account(db, "dpo", Role.DPO)
        boss = place.account(db, "boss", Role.ADMIN)
    left, account_id = {"status": "left"}, account.account_id or ""
    why, new = erase.Erasure(reason="asked for"), NewPassword(password="correct horse")
    for actor in others:
        with pytest.raises(NeedsAdmin), place.database.write() as db:
            change(db, place, key, left, actor)
        for act in (account_admin.disable, account_admin.sign_out, invitations.reset):
            with pytest.raises((Forbidden, NotFound)), place.database.write() as db:
                act(db, account_id, actor=actor, now=place.now)
        with pytest.raises((Forbidden, NotFound)), place.database.write() as db:
            account_admin.set_password(db, account_id, new, actor=actor, now=place.now)
    for actor in (others[1], dpo):
        with pytest.raises(NeedsAdmin), place.database.write() as db:
            erase.erase(db, key, why, actor=actor, now=place.now)
    with pytest.raises(erase.ErasureBlocked, match="administrator"), place.database.write() as db:
        erase.erase(db, key, why, actor=account, now=place.now)
    with place.database.write() as db:
        change(db, place, key, left, boss)
        assert db.get_one(MemberRow, key).status is MemberStatus.LEFT
        assert db.get_one(AccountRow, account_id).disabled_at == place.now


def test_the_desk_lets_nobody_of_the_staff_choose_a_code_at_a_terminal(place: Place) -> None:
    with place.database.write() as db:
        key, own = amina(db, place, Role.MANAGER)
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(NeedsAdmin):
            codes.allow_choice(db, key, actor=desk, now=place.now)
        codes.allow_choice(db, key, actor=own, now=place.now)


def test_the_old_address_is_told_of_who_has_no_account_too(place: Place) -> None:
    with place.database.write() as db:
        new = NewMember(display_name="Paul", email=OLD, site_id=place.site)
        key = members.create(db, new, actor=BOSS, now=place.now).id
        change(db, place, key, EMAIL, place.account(db, "desk", Role.DESK))
        assert letters(db) == [("contact_changed", OLD)]


def test_the_desk_makes_nobody_a_member_of_another_sites_organisation(place: Place) -> None:
    with place.database.write() as db:
        second_site.add(db, place.now)
        other = NewOrganisation(name=Label(fr="Là-bas"), site_id=THERE)
        there = organisations.create(db, other, actor=BOSS, now=place.now).id
        new = NewMember(display_name="Paul", site_id=place.site)
        key = members.create(db, new, actor=BOSS, now=place.now).id
        desk = place.account(db, "desk", Role.DESK)
        patch = {"also_at": [THERE], "organisations": [there]}
        with pytest.raises(Forbidden, match=THERE):
            members.change(db, key, patch, version=None, actor=desk, now=place.now)

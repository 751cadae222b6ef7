"""On whose bill use goes: the desk names only whom somebody has made the person a member of."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from controller.capabilities.billing import charges
from controller.capabilities.billing.shapes import NewCharge
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.capability import PROPOSER
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.usage import sessions
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import SessionBegan
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import RATES, ended, set_tariff
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.payer_steps import club, somebody


def book(db: Session, place: Place, member: str, actor: Actor, **to: str) -> str:
    start = Utc.of(place.now + timedelta(days=1))
    new = NewBooking(
        member_id=member,
        access_point="laser-1",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=1)),
        **to,
    )
    return bookings.create(db, new, actor=actor, now=place.now).id


def test_a_booking_of_ones_own_goes_to_what_one_is_a_member_of_at_the_desk_too(
    place: Place,
) -> None:
    with place.database.write() as db:
        payer = club(db, place)
        karim = somebody(db, place, "karim", Role.DESK)
        zoe = somebody(db, place, "zoe", Role.MEMBER)
        for who in (karim, zoe):
            with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
                book(db, place, str(who.member_id), who, organisation_id=payer)
        own, patch = book(db, place, str(karim.member_id), karim), {"organisation_id": payer}
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            bookings.change(db, own, patch, version=None, actor=karim, now=place.now)
        bookings.cancel(db, own, actor=karim, now=place.now)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            book(db, place, str(zoe.member_id), karim, organisation_id=payer)
        of = {"organisations": [payer]}
        members.change(db, str(zoe.member_id), of, version=None, actor=BOSS, now=place.now)
        theirs = book(db, place, str(zoe.member_id), karim, organisation_id=payer)
        assert bookings.get(db, theirs, actor=karim).organisation_id == payer


def test_the_desk_makes_nobody_a_member_of_who_pays(place: Place) -> None:
    """Neither of what a manager made, nor of what it made itself, which nobody would pay for."""
    with place.database.write() as db:
        payer = club(db, place)
        karim = somebody(db, place, "karim", Role.DESK)
        zoe = somebody(db, place, "zoe", Role.MEMBER)
        patch = {"organisations": [payer]}
        own, theirs = str(karim.member_id), str(zoe.member_id)
        invented = NewProject(name=Label(fr="P"), site_id=place.site)
        project = projects.create(db, invented, actor=karim, now=place.now).id
        for member in (own, theirs):
            for of in (patch, {"projects": [project]}):
                with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                    members.change(db, member, of, version=None, actor=karim, now=place.now)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            on_behalf.choose(db, own, OnBehalf(organisation_id=payer), actor=karim, now=place.now)
        second = NewMember(display_name="Karim bis", site_id=place.site, organisations=(payer,))
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            members.create(db, second, actor=karim, now=place.now)
        boss = place.account(db, "boss", Role.MANAGER)
        members.change(db, theirs, patch, version=None, actor=boss, now=place.now)
        named = {"display_name": "Zoé"}
        members.change(db, theirs, named, version=None, actor=karim, now=place.now)
        on_behalf.choose(db, theirs, OnBehalf(organisation_id=payer), actor=karim, now=place.now)


def test_nothing_that_nobody_is_named_for_goes_on_a_bill_by_the_desk(place: Place) -> None:
    """An article without a member, a group's machine time, before and afterwards."""
    set_tariff(place, *RATES)
    with place.database.write() as db:
        payer, karim = club(db, place), somebody(db, place, "karim", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        nobodys = place.account(db, "nobodys", Role.DESK)
        sheet = NewCharge(article="plywood", quantity=5, site_id=place.site, organisation_id=payer)
        visit = NewGroup(
            name="Visite",
            headcount=1,
            ends_at=Utc.of(place.now + timedelta(hours=8)),
            site_id=place.site,
            organisation_id=payer,
        )
        free = replace(visit, organisation_id=None)
        for who in (karim, nobodys):
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                charges.create(db, sheet, actor=who, now=place.now)
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                groups.create(db, visit, vault=VAULT, actor=who, now=place.now)
            key = groups.create(db, free, vault=VAULT, actor=who, now=place.now).id
            patch = {"organisation_id": payer}
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                groups.change(db, key, patch, version=None, actor=who, now=place.now)
            used = ended(db, db.get_one(GroupRow, key).ref, 60, ago_days=0)
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                sessions.change(db, used, patch, version=None, actor=who, now=place.now)
        sold = charges.create(db, sheet, actor=boss, now=place.now)
        theirs = groups.create(db, visit, vault=VAULT, actor=boss, now=place.now).id
        heads = {"headcount": 12}
        groups.change(db, theirs, heads, version=None, actor=karim, now=place.now)
        sessions.change(db, used, patch, version=None, actor=boss, now=place.now)
        nothing = {"organisation_id": None}
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            sessions.change(db, used, nothing, version=None, actor=karim, now=place.now)
    with place.database.read() as db:
        named = {"organisation": payer}
        assert said(db, f"money_entry:{sold.source_id}") == [("article_charged", named)]
        assert said(db, f"group:{theirs}")[0] == ("group_created", {"heads": 1, **named})


def test_what_a_groups_payer_pays_for_is_not_made_longer_or_less_by_the_desk(place: Place) -> None:
    with place.database.write() as db:
        payer, karim = club(db, place), somebody(db, place, "karim", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        end = Utc.of(place.now + timedelta(hours=1))
        visit = NewGroup(
            name="Visite", headcount=9, ends_at=end, site_id=place.site, organisation_id=payer
        )
        key = groups.create(db, visit, vault=VAULT, actor=boss, now=place.now).id
    place.clock.forward(hours=2)
    later = {"ends_at": Utc.of(place.now + timedelta(days=300)).text()}
    with place.database.write() as db:
        for patch in (later, {"organisation_id": None}, {**later, "organisation_id": None}):
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                groups.change(db, key, patch, version=None, actor=karim, now=place.now)
        groups.change(db, key, {"headcount": 8}, version=None, actor=karim, now=place.now)
        groups.change(db, key, later, version=None, actor=boss, now=place.now)


def test_another_organisation_pays_for_a_project_by_who_decides_about_money(place: Place) -> None:
    with place.database.write() as db:
        payer, desk = club(db, place), place.account(db, "desk", Role.DESK)
        new = NewProject(name=Label(fr="Remorque"), site_id=place.site)
        key = projects.create(db, new, actor=desk, now=place.now).id
        owned = NewProject(name=Label(fr="Four"), site_id=place.site, organisation_id=payer)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            projects.create(db, owned, actor=desk, now=place.now)
        patch = {"organisation_id": payer}
        boss = place.account(db, "boss", Role.MANAGER)
        for change in (patch, {"name": {"fr": "La remorque"}}):  # two that swap names swap debts
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                projects.change(db, key, change, version=None, actor=desk, now=place.now)
            projects.change(db, key, change, version=None, actor=boss, now=place.now)
        made = projects.create(db, owned, actor=boss, now=place.now).id
    with place.database.read() as db:
        assert said(db, f"project:{made}") == [("project_created", {"organisation": payer})]


def test_the_desk_brings_no_payer_back_that_is_over(place: Place) -> None:
    """And who worked for it goes on at their own expense."""
    over = Utc.of(place.now + timedelta(hours=1))
    with place.database.write() as db:
        payer, other = club(db, place), club(db, place)
        karim = somebody(db, place, "karim", Role.DESK)
        own = str(karim.member_id)
        new = NewProject(
            name=Label(fr="Four"), site_id=place.site, organisation_id=other, ends_at=over
        )
        project = projects.create(db, new, actor=BOSS, now=place.now).id
        both = {"organisations": [payer], "projects": [project]}
        members.change(db, own, both, version=None, actor=BOSS, now=place.now)
        for to, end in (
            (OnBehalf(organisation_id=payer), organisations.change),
            (OnBehalf(project_id=project), projects.change),
        ):
            on_behalf.choose(db, own, to, actor=karim, now=place.now)
            assert booked(db, place, own, place.now)
            key, is_project = to.project_id or payer, end is projects.change
            if not is_project:
                end(db, key, {"active": False}, version=None, actor=karim, now=place.now)
            assert not booked(db, place, own, over)
            again = {"ends_at": None} if is_project else {"active": True}
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                end(db, key, again, version=None, actor=karim, now=place.now)
            end(db, key, again, version=None, actor=BOSS, now=place.now)


def booked(db: Session, place: Place, member: str, at: Utc) -> bool:
    """Whether somebody else pays for a machine that this member begins to use then."""
    begun = SessionBegan(
        session_id="s",
        site_id=place.site,
        access_point_id="laser-1",
        member_ref="",
        member_id=member,
        at=at,
    )
    return bool(PROPOSER.propose(db, [begun]))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nobody_works_for_whom_they_leave_at_the_same_moment(place: Place) -> None:
    """Whoever chooses waits for whoever changes the record, and reads it then."""
    with place.database.write() as db:
        karim = somebody(db, place, "karim", Role.DESK)
        own = str(karim.member_id)
    changing = select(MemberRow.id).where(MemberRow.id == own).with_for_update(key_share=True)
    with place.database.engine.begin() as other, place.database.write() as db:
        other.execute(changing)
        db.execute(text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(OperationalError, match="database locked"), db.begin_nested():
            on_behalf.choose(db, own, OnBehalf(), actor=karim, now=place.now)


def test_who_pays_without_a_person_is_decided_by_who_decides_about_money(place: Place) -> None:
    set_tariff(place, *RATES)
    with place.database.write() as db:
        karim = somebody(db, place, "karim", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        to = {"organisation_id": club(db, place)}
        sheet = NewCharge(article="plywood", quantity=5, site_id=place.site, **to)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            charges.create(db, sheet, actor=karim, now=place.now)
        charges.create(db, sheet, actor=boss, now=place.now)


def test_a_project_that_nobody_owns_brings_no_organisation_that_one_is_no_member_of(
    place: Place,
) -> None:
    """Neither to the desk nor to a plain member, whatever the use is booked to it by."""
    set_tariff(place, *RATES)
    with place.database.write() as db:
        payer = club(db, place)
        new = NewProject(name=Label(fr="Remorque"), site_id=place.site)
        project = projects.create(db, new, actor=BOSS, now=place.now).id
        to = {"organisation_id": payer, "project_id": project}
        for name, role in (("zoe", Role.MEMBER), ("karim", Role.DESK)):
            who = somebody(db, place, name, role)
            own = str(who.member_id)
            patch = {"projects": [project]}
            members.change(db, own, patch, version=None, actor=BOSS, now=place.now)
            on_behalf.choose(db, own, OnBehalf(project_id=project), actor=who, now=place.now)
            with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
                on_behalf.choose(db, own, OnBehalf(**to), actor=who, now=place.now)
            with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
                book(db, place, own, who, **to)
        sheet = NewCharge(article="plywood", quantity=1, site_id=place.site, member_id=own, **to)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            charges.create(db, sheet, actor=who, now=place.now)
        used = ended(db, db.get_one(MemberRow, own).ref, 5, ago_days=0)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            sessions.change(db, used, to, version=None, actor=who, now=place.now)
        both = {"organisations": [payer]}
        members.change(db, own, both, version=None, actor=BOSS, now=place.now)
        on_behalf.choose(db, own, OnBehalf(**to), actor=who, now=place.now)
    with place.database.read() as db:
        assert said(db, f"member:{own}")[-1] == (
            "works_for_set",
            {"organisation": payer, "project": project},
        )


def test_an_account_that_is_nobodys_may_be_anybodys(place: Place) -> None:
    """What the desk may not choose for itself, such an account chooses for none."""
    set_tariff(place, *RATES)
    with place.database.write() as db:
        payer = club(db, place)
        zoe = place.member(db, "zoe").id
        nobodys = place.account(db, "nobodys", Role.DESK)
        boss = place.account(db, "boss", Role.MANAGER)
        to = {"organisation_id": payer}
        patch = {"organisations": [payer]}
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            members.change(db, zoe, patch, version=None, actor=nobodys, now=place.now)
        new = NewMember(display_name="Ada", site_id=place.site, organisations=(payer,))
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            members.create(db, new, actor=nobodys, now=place.now)
        place.certify(db, zoe, "laser")
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            book(db, place, zoe, nobodys, **to)
        sheet = NewCharge(article="plywood", quantity=1, site_id=place.site, member_id=zoe, **to)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            charges.create(db, sheet, actor=nobodys, now=place.now)
        used = ended(db, db.get_one(MemberRow, zoe).ref, 5, ago_days=0)
        with pytest.raises(Invalid, match="no member of it"), db.begin_nested():
            sessions.change(db, used, to, version=None, actor=nobodys, now=place.now)
        sessions.change(db, used, to, version=None, actor=boss, now=place.now)
        members.change(db, zoe, patch, version=None, actor=boss, now=place.now)
        charges.create(db, sheet, actor=nobodys, now=place.now)


def said(db: Session, subject: str) -> list[tuple[str, object]]:
    """What the audit says of this."""
    about = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
    return [(row.action, json.loads(row.detail)) for row in db.scalars(about)]

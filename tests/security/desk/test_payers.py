"""On whose bill use goes: the desk names only whom somebody has made the person a member of."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import charges, payments, prints
from controller.capabilities.billing.kinds import Means, Unit
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import ArticleRate, SubscriptionRate
from controller.capabilities.billing.shapes import NewCharge, NewPayment, Remission, TakeBack
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Cancellation, NewBooking
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.capability import PROPOSER
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.print_jobs.changes import PrintSettled
from controller.capabilities.print_jobs.models import Outcome as PrintOutcome
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.training import course_sessions
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage import sessions
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import SessionBegan
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import RATES, ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, VAULT, Place


def club(db: Session, place: Place) -> str:
    new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
    return organisations.create(db, new, actor=BOSS, now=place.now).id


def somebody(db: Session, place: Place, name: str, *roles: Role) -> Actor:
    """A member who may use the laser, with an account."""
    member = place.member(db, name).id
    place.certify(db, member, "laser")
    return place.account(db, name, *roles, member_id=member)


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


def test_who_pays_for_a_course_is_named_by_who_decides_about_money(place: Place) -> None:
    with place.database.write() as db:
        payer = club(db, place)
        desk, boss = (place.account(db, role.value, role) for role in (Role.DESK, Role.MANAGER))
        start = Utc.of(place.now + timedelta(minutes=1))
        new = NewCourseSession(
            starts_at=start, ends_at=Utc.of(start + timedelta(hours=3)), site_id=place.site
        )
        key = course_sessions.create(db, new, actor=desk, now=place.now).id
        patch = {"organisation_id": payer}
        paid = replace(new, organisation_id=payer)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            course_sessions.create(db, paid, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            course_sessions.change(db, key, patch, version=None, actor=desk, now=place.now)
        course_sessions.change(db, key, patch, version=None, actor=boss, now=place.now)
        course_sessions.change(db, key, {"theme": "A"}, version=None, actor=desk, now=place.now)


def test_a_courses_payer_pays_no_print_of_whom_it_was_not_for(place: Place) -> None:
    """Whoever is absent pays for the material themselves, as for the machine."""
    fil = ArticleRate(
        id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
    )
    set_tariff(place, fil)
    with place.database.write() as db:
        payer, own = club(db, place), place.member(db, "zoe").id
        ref, start = db.get_one(MemberRow, own).ref, Utc.of(place.now - timedelta(hours=3))
        new = NewCourseSession(
            starts_at=start, ends_at=place.now, site_id=place.site, organisation_id=payer
        )
        course = course_sessions.create(db, new, actor=BOSS, now=place.now).id
        way: dict[str, Any] = {"course_session_id": course, "organisation_id": payer}
        chosen = way | {"booked_by": BOSS.ref}
        for fields in (way, chosen):
            used = ended(db, ref, 38, ago_days=1 / 12, **fields)
            prints.enter_material(db, printed(db, place, used, start))
        rows = db.scalars(select(ChargeRow).where(ChargeRow.thing == "fil"))
        paid_by = {row.organisation_id for row in rows}
        assert paid_by == {None, payer}


def printed(db: Session, place: Place, used: str, begun: Utc) -> PrintSettled:
    """A print of 900 g in a machine session, begun then."""
    session = db.get_one(SessionRow, used)
    job = PrintJob(
        id=uuid7(),
        site_id=place.site,
        access_point_id="laser-1",
        session_id=used,
        member_ref=session.member_ref,
        used_grams=900.0,
        outcome=PrintOutcome.COMPLETED,
        asked_at=begun,
        asked_by=BOSS.ref,
    )
    db.add(job)
    return PrintSettled(job=job, session=session, actor=BOSS, now=place.now)


def test_a_print_that_begins_after_the_course_is_its_users(place: Place) -> None:
    """However long the machine session goes on that began in the course."""
    fil = ArticleRate(
        id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
    )
    set_tariff(place, fil)
    with place.database.write() as db:
        payer, own = club(db, place), place.member(db, "zoe").id
        place.certify(db, own, "laser", Level.TRAINER)
        start = Utc.of(place.now - timedelta(hours=3))
        end = Utc.of(start + timedelta(hours=2))
        new = NewCourseSession(
            starts_at=start, ends_at=end, site_id=place.site, organisation_id=payer, trainer_id=own
        )
        course = course_sessions.create(db, new, actor=BOSS, now=place.now).id
        ref = db.get_one(MemberRow, own).ref
        way: dict[str, Any] = {"course_session_id": course, "organisation_id": payer}
        used = ended(db, ref, 170, ago_days=1 / 8, **way)
        for begun in (Utc.of(end - timedelta(minutes=1)), Utc.of(end + timedelta(minutes=1))):
            prints.enter_material(db, printed(db, place, used, begun))
        rows = db.scalars(select(ChargeRow).where(ChargeRow.thing == "fil"))
        found = {(row.amount_cents, row.member_id, row.organisation_id) for row in rows}
        assert found == {(0, own, payer), (4500, own, None)}


def said(db: Session, subject: str) -> list[tuple[str, object]]:
    """What the audit says of this."""
    about = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
    return [(row.action, json.loads(row.detail)) for row in db.scalars(about)]


def test_nobody_notes_what_is_paid_for_what_they_belong_to(place: Place) -> None:
    """A transfer that nobody sent would end what their own use costs."""
    with place.database.write() as db:
        payer, farid = club(db, place), somebody(db, place, "farid", Role.TREASURER)
        belongs = {"organisations": [payer]}
        members.change(db, str(farid.member_id), belongs, version=None, actor=BOSS, now=place.now)
        nobodys = place.account(db, "treasurer", Role.TREASURER)
        paid = NewPayment(
            organisation_id=payer,
            month="2026-11",
            means=Means.TRANSFER,
            amount_cents=1600,
            site_id=place.site,
        )
        with pytest.raises(Forbidden, match="your organisation or project owes"), db.begin_nested():
            payments.create(db, paid, actor=farid, now=place.now)
        payments.create(db, paid, actor=nobodys, now=place.now)


def test_whoever_decides_about_money_does_not_decide_about_their_own(place: Place) -> None:
    """A treasurer, a manager: a remission, a payment noted, a gift."""
    set_tariff(place, *RATES, SubscriptionRate(plan_id="atelier", price_cents=2000))
    ref = {}
    with place.database.write() as db:
        for role in (Role.TREASURER, Role.MANAGER):
            who = somebody(db, place, role.value, role)
            ref[role] = who, db.get_one(MemberRow, who.member_id).ref
            ended(db, ref[role][1], 38)
    follow(place)
    with place.database.write() as db:
        boss = place.account(db, "boss", Role.MANAGER)
        for who, _ in ref.values():
            own = select(ChargeRow).where(
                ChargeRow.member_id == who.member_id, ChargeRow.thing == "laser-1"
            )
            key, some = db.scalars(own).one().id, Remission(amount_cents=1, reason="of mine")
            with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
                charges.remit(db, key, some, actor=who, now=place.now)
            charges.remit(db, key, some, actor=boss, now=place.now)
        manager = ref[Role.MANAGER][0]
        gift = NewSubscription(
            member_id=str(manager.member_id), plan_id="bureau", valid_from=place.now, reason="mine"
        )
        with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
            subscriptions.create(db, gift, actor=manager, now=place.now)
        subscriptions.create(db, gift, actor=boss, now=place.now)


def test_who_belongs_to_what_owes_decides_nothing_about_it(place: Place) -> None:
    """A remission of what another member used, a payment or an article taken back, a room."""
    set_tariff(place, *RATES)
    with place.database.write() as db:
        payer, ami = club(db, place), somebody(db, place, "ami", Role.MEMBER)
        owned = NewProject(name=Label(fr="Four"), site_id=place.site, organisation_id=payer)
        project = projects.create(db, owned, actor=BOSS, now=place.now).id
        to: dict[str, Any] = {"organisation_id": payer}
        own = str(ami.member_id)
        members.change(db, own, {"organisations": [payer]}, version=None, actor=BOSS, now=place.now)
        sheet = NewCharge(
            article="plywood", site_id=place.site, member_id=own, organisation_id=payer
        )
        charge = charges.create(db, sheet, actor=BOSS, now=place.now)
        used = ended(db, db.get_one(MemberRow, own).ref, 5, ago_days=2)
        sessions.change(db, used, to, version=None, actor=BOSS, now=place.now)
        paid = NewPayment(
            month=charge.month, means=Means.CASH, amount_cents=100, site_id=place.site, **to
        )
        payment = payments.create(db, paid, actor=BOSS, now=place.now)
        start = Utc.of(place.now + timedelta(minutes=1))
        room = NewBooking(
            member_id=own,
            zone_id="workshop",
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=3)),
            **to,
        )
        booking = bookings.create(db, room, actor=BOSS, now=place.now)
    place.clock.forward(hours=1)
    off, why = Remission(amount_cents=100, reason="ours"), TakeBack(reason="ours")
    with place.database.write() as db:
        granted = charges.remit(db, charge.id, off, actor=BOSS, now=place.now).source_id
        for name, belongs in (("farid", "organisations"), ("lea", "projects")):
            who = somebody(db, place, name, Role.MANAGER)
            of = {belongs: [payer if belongs == "organisations" else project]}
            members.change(db, str(who.member_id), of, version=None, actor=BOSS, now=place.now)
            for decide in (
                lambda who=who: charges.remit(db, charge.id, off, actor=who, now=place.now),
                lambda who=who: charges.take_back(db, charge.source_id, actor=who, now=place.now),
                lambda who=who: charges.take_back(db, granted, "ours", actor=who, now=place.now),
                lambda who=who: payments.take_back(db, payment.id, why, actor=who, now=place.now),
                lambda who=who: bookings.cancel(
                    db, booking.id, Cancellation(reason="ours"), actor=who, now=place.now
                ),
                lambda who=who: sessions.change(
                    db, used, {"organisation_id": None}, version=None, actor=who, now=place.now
                ),
            ):
                with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
                    decide()
        boss = place.account(db, "boss", Role.MANAGER)
        charges.remit(db, charge.id, off, actor=boss, now=place.now)
        payments.take_back(db, payment.id, why, actor=boss, now=place.now)
        other = projects.create(
            db, NewProject(name=Label(fr="Autre"), site_id=place.site), actor=BOSS, now=place.now
        )
        paul = somebody(db, place, "paul", Role.TREASURER)
        of = {"projects": [other.id]}
        members.change(db, str(paul.member_id), of, version=None, actor=BOSS, now=place.now)
        charges.remit(db, charge.id, off, actor=paul, now=place.now)


def test_nobody_adds_themselves_to_what_pays(place: Place) -> None:
    with place.database.write() as db:
        payer, chloe = club(db, place), somebody(db, place, "chloe", Role.MANAGER)
        new = NewProject(name=Label(fr="Four"), site_id=place.site)
        project = projects.create(db, new, actor=BOSS, now=place.now).id
        boss, own = place.account(db, "boss", Role.MANAGER), str(chloe.member_id)
        for patch in ({"organisations": [payer]}, {"projects": [project]}):
            with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
                members.change(db, own, patch, version=None, actor=chloe, now=place.now)
            members.change(db, own, patch, version=None, actor=boss, now=place.now)
        members.change(db, own, {"language": "en"}, version=None, actor=chloe, now=place.now)
        other, later = club(db, place), Utc.of(place.now + timedelta(days=9)).text()
        organisations.change(db, payer, {"active": False}, version=None, actor=chloe, now=place.now)
        projects.change(db, project, {"ends_at": later}, version=None, actor=chloe, now=place.now)
        changes: tuple[tuple[Any, str, dict[str, object]], ...] = (
            (projects.change, project, {"organisation_id": other}),
            (projects.change, project, {"ends_at": None}),
            (organisations.change, payer, {"active": True}),
        )
        for change, key, again in changes:
            with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
                change(db, key, again, version=None, actor=chloe, now=place.now)
            change(db, key, again, version=None, actor=boss, now=place.now)


@pytest.mark.parametrize(
    "login", ["amina.diallo@town.example", "AMINA@example.org", "diallo-amina"]
)
def test_an_account_without_a_record_decides_nothing_for_whom_it_is_called_after(
    place: Place, login: str
) -> None:
    """By its name or its address; once it is linked to a record it is that one's alone."""
    set_tariff(place, *RATES)
    with place.database.write() as db:
        payer, amina = club(db, place), place.member(db, "Amina Diallo").id
        patch = {"email": "amina@example.org", "organisations": [payer]}
        members.change(db, amina, patch, version=None, actor=BOSS, now=place.now)
        who = place.account(db, login, Role.MANAGER)
        sheet = NewCharge(article="plywood", site_id=place.site, member_id=amina)
        charge = charges.create(db, sheet, actor=BOSS, now=place.now)
        off = Remission(amount_cents=100, reason="mine")
        granted = charges.remit(db, charge.id, off, actor=BOSS, now=place.now).source_id
        gift = NewSubscription(
            member_id=amina, plan_id="bureau", valid_from=place.now, reason="mine"
        )
        more = {"organisations": [payer, club(db, place)]}
        paid = NewPayment(
            organisation_id=payer,
            month="2026-11",
            means=Means.TRANSFER,
            amount_cents=1600,
            site_id=place.site,
        )

        def tries(actor: Actor) -> list[Callable[[], object]]:
            way: dict[str, Any] = {"actor": actor, "now": place.now}
            return [
                partial(charges.remit, db, charge.id, off, **way),
                partial(charges.take_back, db, granted, "mine", **way),
                partial(payments.create, db, paid, **way),
                partial(subscriptions.create, db, gift, **way),
                partial(members.change, db, amina, more, version=None, **way),
            ]

        for decide in tries(who):
            with pytest.raises(Forbidden, match="an admin links"), db.begin_nested():
                decide()
        account = db.scalars(select(AccountRow).where(AccountRow.id == who.account_id)).one()
        account.member_id = place.member(db, "Amina Diallo").id
        db.flush()
        for decide in tries(actor_of(db, account)):
            decide()

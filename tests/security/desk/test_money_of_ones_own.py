"""Nobody decides about what they, or an organisation or project of theirs, owe."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import charges, payments
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import NewCharge, NewPayment, Remission, TakeBack
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Cancellation, NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.usage import sessions
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import RATES, ended, follow, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.payer_steps import club, somebody


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

"""What was paid for or used at the desk does not turn into money or into a debt that is gone."""

import html
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents import away
from controller.capabilities.agents.models import AgentState
from controller.capabilities.billing import charges, ledger, payments, sales
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import Payment, Refund, Remission, TakeBack
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Cancellation, NewBooking
from controller.capabilities.desk import entries
from controller.capabilities.desk.entries import EntryResult
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans import pass_days, passes, renewals, subscriptions
from controller.capabilities.plans import revocable_plans as listed
from controller.capabilities.plans.lengths import Length
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.bulk_operation import BulkOperation, Outcome
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.policy.models import PolicySite
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import follow, set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.machines.commands import online
from tests.security.desk.conftest import Desk
from tests.support.event_rows import add_event

DAY = PassRate(plan_id="atelier", units=1, price_cents=1000)
SOLD = (DAY, PassRate(plan_id="atelier", units=10, price_cents=3600))
WHY = "Vendu à la mauvaise personne"


def sell(
    db: Session,
    place: Place,
    actor: Actor,
    member: str | None,
    at: int = 0,
    means: Means = Means.CASH,
) -> Payment:
    sale = Sale(place=at, quantity=1, member_id=member, means=means)
    return sales.sell(db, place.site, sale, actor=actor, now=place.now)


def let_in(
    db: Session, place: Place, member: str, point: str = "laser-1", at: Utc | None = None
) -> None:
    """The hub is told now that a door or a machine was granted to somebody, now or before."""
    event_id = uuid7((at or place.now).millis())
    told = {"event_id": event_id, "member": db.get_one(MemberRow, member).ref}
    add_event(
        db,
        agent="pi",
        stream=uuid7(),
        seq=1,
        event_id=event_id,
        site=place.site,
        point=point,
        type="access_granted",
        at=at or place.now,
        received_at=place.now,
        raw=json.dumps(told).encode(),
    )


def test_nobody_sells_to_themselves_and_the_page_says_who_can(
    place: Place, app: Flask, desk: Desk
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        own = place.account(db, "own@example.org", Role.DESK, member_id=member)
        with pytest.raises(Forbidden, match="somebody else"):
            sell(db, place, own, member)
    form = {"place": "0", "quantity": "1", "member_id": member, "means": "cash"}
    refused = Desk(app, place, "own").send("/sales", **form)
    assert "Demandez à un collègue de l’accueil d’enregistrer cette vente" in html.unescape(refused)
    assert "un collègue" not in html.unescape(desk.send("/sales", **form))


@pytest.mark.parametrize("means", sorted(set(Means) - {Means.CASH}))
def test_an_account_that_is_nobodys_sells_to_a_member_for_cash_alone(
    place: Place, means: Means
) -> None:
    """It may be the member's own; the drawer does not show whether the rest has come."""
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member, own = place.member(db, plan=None).id, place.member(db, "Zoé", plan=None).id
        nobodys = place.account(db, "nobodys", Role.DESK)
        linked = place.account(db, "linked", Role.DESK, member_id=own)
        with pytest.raises(Forbidden, match="for cash only"):
            sell(db, place, nobodys, member, means=means)
        sell(db, place, nobodys, member)
        sell(db, place, linked, member, means=means)


def test_cash_that_went_back_by_transfer_is_not_taken_out_of_the_till_besides(place: Place) -> None:
    """The refund is taken back first, as for one in cash."""
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk, treasurer = (
            place.account(db, role.value, role) for role in (Role.DESK, Role.TREASURER)
        )
        sold = sell(db, place, desk, member)
        (charge,) = db.scalars(select(ChargeRow.id)).all()
        remission = Remission(amount_cents=1000, reason=WHY)
        charges.remit(db, charge, remission, actor=treasurer, now=place.now)
        back = Refund(
            member_id=member,
            month=sold.month,
            means=Means.TRANSFER,
            amount_cents=1000,
            reason=WHY,
            site_id=place.site,
        )
        refund = payments.refund(db, back, actor=treasurer, now=place.now)
        with pytest.raises(Conflict, match="cancel the refund first"), db.begin_nested():
            sales.take_back(db, sold.id, actor=desk, now=place.now)
        why = TakeBack(reason=WHY)
        payments.take_back(db, refund.id, why, actor=treasurer, now=place.now)
        sales.take_back(db, sold.id, actor=desk, now=place.now)


def test_a_pass_that_was_sold_stays_what_was_paid_for(place: Place) -> None:
    """Fewer days or another month would leave the payment to end another debt."""
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        sell(db, place, desk, member, at=1)
        (made,) = passes.page(db, actor=BOSS, member_id=member).items
        later = {"valid_from": Utc.parse("2035-01-01T10:00:00.000Z").text()}
        for patch in ({"units": 1}, later):
            with pytest.raises(Forbidden, match="money:write"):
                passes.change(db, made.id, patch, version=None, actor=desk, now=place.now)
            with pytest.raises(Invalid, match="reason"):
                passes.change(db, made.id, patch, version=None, actor=manager, now=place.now)
        end = {"valid_until": Utc.of(place.now + timedelta(days=90)).text(), "reason": WHY}
        passes.change(db, made.id, end, version=None, actor=desk, now=place.now)
        program = replace(manager, per_minute=60, ref=desk.ref)
        passes.change(db, made.id, {"units": 12}, version=None, actor=program, now=place.now)


def subscribe(db: Session, place: Place, actor: Actor, member: str, **how: object) -> str:
    end = Utc.of(place.now + timedelta(days=30))
    fields = {"plan_id": "atelier", "valid_from": place.now, "valid_until": end} | how
    new = NewSubscription(member_id=member, **fields)  # type: ignore[arg-type]
    return subscriptions.create(db, new, actor=actor, now=place.now).id


LATER = {"valid_from": "2035-01-01T10:00:00.000Z", "valid_until": None}
OTHER = {"plan_id": "bureau"}


def test_a_subscription_that_opened_something_is_no_mistake_any_more(place: Place) -> None:
    with place.database.write() as db:
        member, other = place.member(db, plan=None).id, place.member(db, "Zoé", plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER, member_id=other)
        let_in(db, place, member)
        place.clock.forward(minutes=1)
        unused = subscribe(db, place, desk, member)
        subscriptions.take_back(db, unused, actor=desk, now=place.now)
        used, own = subscribe(db, place, desk, member), subscribe(db, place, manager, other)
        place.clock.forward(minutes=1)
        for name in (member, other):
            let_in(db, place, name)
        assert listed.revocable_plans(db, member, place.site, actor=desk, now=place.now) == []
        for key, who, error in (
            (used, desk, Forbidden),
            (own, manager, Forbidden),
            (used, replace(manager, ref=desk.ref), Invalid),
        ):
            with pytest.raises(error):
                subscriptions.take_back(db, key, actor=who, now=place.now)
            for patch in (LATER, OTHER):
                with pytest.raises(error):
                    subscriptions.change(db, key, patch, version=None, actor=who, now=place.now)
        program = replace(manager, per_minute=60, ref=desk.ref)
        subscriptions.change(db, used, OTHER, version=None, actor=program, now=place.now)
        subscriptions.take_back(db, used, WHY, actor=manager, now=place.now)


def test_a_pass_of_which_a_day_is_spent_neither_shrinks_nor_moves(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db, plan=None)
        desk = place.account(db, "desk", Role.DESK)
        new = NewPass(member_id=person.id, plan_id="atelier", units=10, valid_from=place.now)
        made = passes.create(db, new, actor=desk, now=place.now).id
        ref = db.get_one(MemberRow, person.id).ref
        pass_days.spend(db, ref, place.site, "door-1", place.now)
        for patch in ({"units": 1}, LATER):
            with pytest.raises(Forbidden, match="money:write"):
                passes.change(db, made, patch, version=None, actor=desk, now=place.now)
        passes.change(db, made, {"units": 12}, version=None, actor=desk, now=place.now)


@pytest.mark.parametrize("how", ["by the pass", "with a subscription", "by another pass"])
def test_a_pass_that_let_somebody_in_is_not_cancelled_though_no_day_is_spent(
    place: Place, how: str
) -> None:
    set_tariff(place, *SOLD)
    with place.database.write() as db:
        person = place.member(db, plan=None)
        desk = place.account(db, "desk", Role.DESK)
        if how == "with a subscription":
            subscribe(db, place, BOSS, person.id)
        if how == "by another pass":
            other = NewPass(member_id=person.id, plan_id="atelier", units=2, valid_from=place.now)
            passes.create(db, other, actor=BOSS, now=place.now)
            enter(db, place, person.id)
        sold = sell(db, place, desk, person.id, at=1)
        place.clock.forward(minutes=1)
        let_in(db, place, person.id)
        if how == "by the pass":
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                sales.take_back(db, sold.id, actor=desk, now=place.now)
            assert passes.page(db, actor=BOSS, member_id=person.id).items
            why = TakeBack(reason=WHY)
            manager = place.account(db, "manager", Role.MANAGER)
            sales.take_back(db, sold.id, why, actor=manager, now=place.now)
        else:
            sales.take_back(db, sold.id, actor=desk, now=place.now)


def test_a_day_is_not_given_back_once_a_machine_was_granted_or_for_another_entry(
    place: Place, desk: Desk
) -> None:
    with place.database.write() as db:
        member, other = place.member(db, plan=None).id, place.member(db, "Zoé", plan=None).id
        for name in (member, other):
            new = NewPass(member_id=name, plan_id="atelier", units=2, valid_from=place.now)
            passes.create(db, new, actor=BOSS, now=place.now)
        used, first = enter(db, place, member), enter(db, place, other)
        let_in(db, place, member)
        presence.check_out(db, first.present.id, actor=BOSS, now=place.now)
    place.clock.forward(hours=1)
    with place.database.write() as db:
        again = enter(db, place, other)
    for entry, spent in ((used, used.spent), (again, first.spent)):
        page = desk.send("/desk/enter/undo", presence=entry.present.id, spent=str(spent))
        assert "L’entrée reste" in html.unescape(page)
    with place.database.read() as db:
        assert [it.spent for it in passes.page(db, actor=BOSS).items] == [1, 1]
        assert len(presence.page(db, actor=BOSS).items) == 2


@pytest.mark.parametrize("noted", ["at once", "hours later"])
def test_a_silent_box_keeps_no_mistaken_entry_and_its_late_grant_spends_the_day(
    place: Place, noted: str
) -> None:
    """The workshop was switched off since the entry's time; the pass stays used meanwhile."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        person = place.member(db, plan=None)
        ref = db.get_one(MemberRow, person.id).ref
        new = NewPass(member_id=person.id, plan_id="atelier", units=10, valid_from=place.now)
        key = passes.create(db, new, actor=desk, now=place.now).id
        came = place.now
        if noted == "at once":
            entry = enter(db, place, person.id)
        place.clock.forward(minutes=30)
        away.record_absence(db, "pi", place.now)
        used_at = place.clock.forward(minutes=5)
        if noted == "hours later":
            place.clock.forward(hours=2)
            past = NewPresence(zone_id="workshop", member_id=person.id, at=came)
            entry = entries.check_in(db, past, actor=desk, now=place.now)
        assert passes.get(db, key, actor=desk).spent == 1
        undo = partial(entries.undo_entry, db, entry.present.id, spent=entry.spent)
        undo(actor=desk, now=place.now)
        assert passes.get(db, key, actor=desk).spent == 0
        with pytest.raises(Forbidden, match="money:write"):
            passes.take_back(db, key, actor=desk, now=place.now)
        pass_days.spend(db, ref, place.site, "door-1", used_at)
        assert passes.get(db, key, actor=desk).spent == 1


def test_a_grant_before_the_entry_that_is_reported_after_it_keeps_the_day_spent(
    place: Place,
) -> None:
    """It was let in for the day that the entry had spent already."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        person = place.member(db, plan=None)
        new = NewPass(member_id=person.id, plan_id="atelier", units=10, valid_from=place.now)
        passes.create(db, new, actor=desk, now=place.now)
        tapped_at = place.clock.forward(minutes=5)
        place.clock.forward(minutes=5)
        entry = enter(db, place, person.id)
        place.clock.forward(minutes=5)
        let_in(db, place, person.id, at=tapped_at)
        with pytest.raises(Conflict, match="was used"):
            entries.undo_entry(db, entry.present.id, spent=entry.spent, actor=desk, now=place.now)


def test_nobody_gives_a_day_of_their_own_pass_back(place: Place) -> None:
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        new = NewPass(member_id=member, plan_id="atelier", units=2, valid_from=place.now)
        passes.create(db, new, actor=BOSS, now=place.now)
        own = place.account(db, "own", Role.DESK, member_id=member)
        other = place.account(db, "other", Role.DESK)
        entry = enter(db, place, member)
        undo = partial(entries.undo_entry, db, entry.present.id, spent=entry.spent, now=place.now)
        with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
            undo(actor=own)
        assert [it.spent for it in passes.page(db, actor=BOSS).items] == [1]
        undo(actor=other)
        assert [it.spent for it in passes.page(db, actor=BOSS).items] == [0]


@pytest.mark.parametrize("how", ["entered", "booked", "cut off", "cut off, and back"])
def test_nor_is_what_was_used_unnoticed_or_may_have_been(place: Place, how: str) -> None:
    """The desk has let them in by hand; or a box that has heard of it is cut off since."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        away.record_absence(db, "pi", place.now)  # it hears of nothing that comes now
        place.clock.forward(minutes=1)
        subscription, day, member = given(db, place, desk)
        subscriptions.take_back(db, subscription, actor=desk, now=place.now)
        passes.take_back(db, day, actor=desk, now=place.now)
        away.record_return(db, ["pi"], place.now)
        subscription, day, member = given(db, place, desk)
        place.clock.forward(minutes=1)
        if how == "entered":
            enter(db, place, member)
        elif how == "booked":
            book(db, place, desk, member)
        else:
            away.record_absence(db, "pi", place.now)
            with pytest.raises(Conflict, match="offline"):
                members.take_back(db, member, actor=desk, now=place.now)
            with pytest.raises(Forbidden):
                passes.take_back(db, day, actor=desk, now=place.now)
        if how == "cut off, and back":
            online(db)
            db.get_one(AgentState, "pi").telemetry = {"backlog": 3}
            away.record_return(db, ["pi"], place.now)
        with pytest.raises(Forbidden):
            subscriptions.take_back(db, subscription, actor=desk, now=place.now)
        subscriptions.take_back(db, subscription, WHY, actor=manager, now=place.now)


@pytest.mark.parametrize(
    "how", ["pulled at once", "pulled when told", "told", "not for a box", "silent"]
)
def test_a_box_whose_cable_was_just_pulled_may_have_used_it(place: Place, how: str) -> None:
    """It still counts as online; an honest desk undoes its mistake some seconds later."""

    def hear(db: Session) -> None:
        state, site = db.get_one(AgentState, "pi"), db.get_one(PolicySite, place.site)
        state.seen_at, state.epoch, state.policy_version = place.now, site.epoch, site.version

    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        online(db)
        hear(db)
    place.clock.forward(seconds=600 if how == "silent" else 10)
    with place.database.write() as db:
        subscription, day, member = given(db, place, desk)
        if how != "not for a box":
            place.badge(db, member)
    place.clock.forward(seconds=1)
    if "told" in how:
        with place.database.write() as db:
            hear(db)
    place.clock.forward(seconds=60 if how == "pulled when told" else 5)
    for take_back, key in ((subscriptions.take_back, subscription), (passes.take_back, day)):
        with place.database.write() as db:
            if "pulled" in how:
                with pytest.raises(Forbidden, match="money:write"):
                    take_back(db, key, actor=desk, now=place.now)
            else:
                take_back(db, key, actor=desk, now=place.now)


def book(db: Session, place: Place, actor: Actor, member: str, *, hours_ago: int = 0) -> str:
    """A booking of the room, until in an hour."""
    start, end = (
        Utc.of(place.now - timedelta(hours=hours_ago)),
        Utc.of(place.now + timedelta(hours=1)),
    )
    new = NewBooking(member_id=member, zone_id="workshop", starts_at=start, ends_at=end)
    return bookings.create(db, new, actor=actor, now=place.now).id


def test_a_room_that_was_used_is_owed_whoever_cancels_it(place: Place) -> None:
    """The desk takes back only what it has just booked; the start does not move either."""
    with place.database.write() as db:
        member = place.member(db).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        mistake = book(db, place, desk, member)
        place.clock.forward(minutes=5)
        assert bookings.cancel(db, mistake, actor=desk, now=place.now).cancelled_at
        used = book(db, place, desk, member)
        place.clock.forward(minutes=30)
        later = {
            "starts_at": Utc.of(place.now + timedelta(days=300)).text(),
            "ends_at": Utc.of(place.now + timedelta(days=300, hours=1)).text(),
        }
        with pytest.raises(Invalid, match="begun"):
            bookings.change(db, used, later, version=None, actor=desk, now=place.now)
        ended = bookings.cancel(db, used, actor=desk, now=place.now)
        assert (ended.cancelled_at, ended.ends_at) == (None, place.now)
        begun = book(db, place, desk, member)
        place.clock.forward(minutes=30)
        why = Cancellation(reason=WHY)
        assert bookings.cancel(db, begun, why, actor=manager, now=place.now).cancelled_at


def test_no_room_is_booked_by_the_prices_of_days_that_are_over(place: Place) -> None:
    with place.database.write() as db:
        member = place.member(db).id
        own = place.account(db, "own", Role.MEMBER, member_id=member)
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        for who in (own, desk):
            with pytest.raises(Invalid, match="too long ago"):
                book(db, place, who, member, hours_ago=2)
        made = book(db, place, desk, member)
        earlier = {"starts_at": Utc.of(place.now - timedelta(hours=2)).text()}
        with pytest.raises(Invalid, match="too long ago"):
            bookings.change(db, made, earlier, version=None, actor=desk, now=place.now)
        bookings.cancel(db, made, actor=desk, now=place.now)
        book(db, place, manager, member, hours_ago=2)


def given(db: Session, place: Place, actor: Actor) -> tuple[str, str, str]:
    """The ids of a subscription, of a pass, and of the new member who has both."""
    member = place.member(db, plan=None).id
    new = NewPass(member_id=member, plan_id="atelier", units=10, valid_from=place.now)
    day = passes.create(db, new, actor=actor, now=place.now).id
    return subscribe(db, place, actor, member), day, member


def enter(db: Session, place: Place, member: str) -> EntryResult:
    new = NewPresence(zone_id="workshop", member_id=member)
    return entries.check_in(db, new, actor=BOSS, now=place.now)


@pytest.mark.parametrize("slow_s", [0, 240])
def test_a_member_whom_a_machine_knows_is_not_taken_back(place: Place, slow_s: int) -> None:
    """Their session would be nobody's. The box's clock may be behind."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        place.clock.forward(minutes=1)
        let_in(db, place, member, at=Utc.of(place.now - timedelta(seconds=slow_s)))
        with pytest.raises(Conflict, match="rights of this person"):
            members.take_back(db, member, actor=BOSS, now=place.now)


def test_a_renewal_that_was_withdrawn_is_not_made_again_with_its_remission(place: Place) -> None:
    """The same operation is sent once more: it would give the same id, which was remitted."""
    set_tariff(place, SubscriptionRate(plan_id="atelier", price_cents=2000))
    with place.database.write() as db:
        member, other = (place.member(db, name, plan=None).id for name in ("Frida", "Zoé"))
        desk = place.account(db, "desk", Role.DESK)
        for name in (member, other):
            end = Utc.of(place.now + timedelta(days=3))
            subscribe(db, place, BOSS, name, valid_until=end)
    operation = BulkOperation("01000000-abcd-7000-8000-000000000000")

    def renew(*ids: str) -> Outcome:
        with place.database.write() as db:
            now = place.now
            return renewals.renew(db, ids, "here", Length.YEAR, operation, actor=desk, now=now)

    assert renew(member) == renew(member) == Outcome(done=1)
    follow(place)
    with place.database.write() as db:
        (given,) = renewals.renewed_subscriptions(db, operation)
        (charge,) = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == given))
        remission = Remission(amount_cents=2000, reason="hardship")
        charges.remit(db, charge.id, remission, actor=BOSS, now=place.now)
        assert renewals.take_back(db, [given], actor=desk, now=place.now) == Outcome(done=1)
    place.clock.forward(hours=24 * 400)
    assert renew(member, other) == Outcome(done=1, refused=1)
    with place.database.read() as db:
        (made,) = renewals.renewed_subscriptions(db, operation)
        assert subscriptions.get(db, made, actor=BOSS).member_id == other

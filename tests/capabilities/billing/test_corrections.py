"""What decides what somebody owes is not changed afterwards by the person it suits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.billing import charges, months, payments, sales, statements, till
from controller.capabilities.billing import own as own_statements
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import (
    CloseMonth,
    CountTill,
    NewCharge,
    NewPayment,
    PayerKind,
    Payment,
    Refund,
    TakeBack,
)
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.plans import passes, revocable_plans, subscriptions
from controller.capabilities.plans.changes import WasSold
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.usage import sessions
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.billing.correction_steps import REASON, pay
from tests.capabilities.billing.month import (
    OCTOBER,
    RATES,
    ended,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, NOW, Place


def sell_plywood(place: Place, db: Session, who: Actor, member: str | None = None) -> Payment:
    """One sheet, for cash."""
    sheet = next(
        n for n, rate in sales.find_offers(db, "here", place.now).items() if rate == RATES[2]
    )
    sale = Sale(place=sheet, quantity=1, member_id=member, means=Means.CASH)
    return sales.sell(db, "here", sale, actor=who, now=place.now)


def test_the_desk_takes_back_its_own_sale_of_today_and_no_other(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        other = place.account(db, "other", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER)
        own, late = (sell_plywood(place, db, desk) for _ in range(2))
        with pytest.raises(Forbidden, match="money:write"):
            sales.take_back(db, own.id, REASON, actor=other, now=place.now)
        assert sales.take_back(db, own.id, actor=desk, now=place.now).counters == own.id
    place.clock.forward(days=1)
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="money:write"):
            sales.take_back(db, late.id, REASON, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="reason"):
            sales.take_back(db, late.id, actor=treasurer, now=place.now)
        made = sales.take_back(db, late.id, REASON, actor=treasurer, now=place.now)
    assert (made.counters, made.reason) == (late.id, REASON.reason)


def test_nor_what_somebody_paid_who_is_erased_since(place: Place) -> None:
    """They owed nothing then: what is cancelled afterwards nobody would pay."""
    set_tariff(place)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER)
        sold = sell_plywood(place, db, desk, member_id)
        erase(db, member_id, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            sales.take_back_payment(db, sold.id, REASON, actor=desk, now=place.now)
        sales.take_back_payment(db, sold.id, REASON, actor=treasurer, now=place.now)


def test_a_till_that_is_closed_is_not_changed_by_the_desk(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        own = sell_plywood(place, db, desk)
        count = CountTill(counted_cents=own.amount_cents, float_cents=0)
        till.close_day(db, "here", count, actor=BOSS, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            payments.take_back(db, own.id, REASON, actor=desk, now=place.now)
        after = sell_plywood(place, db, desk)  # lies in the till of tomorrow
        payments.take_back(db, after.id, actor=desk, now=place.now)


def test_an_old_subscription_gets_no_other_plan_or_start_from_the_desk(place: Place) -> None:
    set_tariff(place, *RATES, SubscriptionRate(plan_id="atelier", price_cents=2000))
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "manager", Role.MANAGER)
        end = Utc.of(place.now + timedelta(days=30))
        new = NewSubscription(
            member_id=member_id, plan_id="atelier", valid_from=place.now, valid_until=end
        )
        made = subscriptions.create(db, new, actor=desk, now=place.now).id
        earlier = {"valid_from": Utc.of(place.now - timedelta(days=90)).text(), "reason": "late"}
        subscriptions.change(db, made, earlier, version=None, actor=treasurer, now=place.now)
    place.clock.forward(days=1)
    ended = {"valid_until": Utc.of(place.now - timedelta(days=40)).text()}
    moved = {"valid_from": Utc.of(place.now - timedelta(hours=1)).text()}
    with place.database.write() as db:
        for patch in (moved, ended):
            with pytest.raises(Forbidden, match="money:write"):
                subscriptions.change(db, made, patch, version=None, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="reason"):
            subscriptions.change(db, made, moved, version=None, actor=treasurer, now=place.now)
        today = {"valid_until": place.now.text(), "reason": "at their wish"}
        subscriptions.change(db, made, today, version=None, actor=desk, now=place.now)
        why = moved | {"valid_until": None, "reason": "it began today"}
        subscriptions.change(db, made, why, version=None, actor=treasurer, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            subscriptions.take_back(db, made, actor=desk, now=place.now)
        for who in (desk, treasurer):  # it holds for more than a day: with a reason, or not
            late = place.clock.forward(days=1)
            with pytest.raises(Conflict, match="an end instead"):
                subscriptions.take_back(db, made, actor=who, now=late)
        with pytest.raises(Conflict, match="an end instead"):
            subscriptions.take_back(db, made, "by mistake", actor=desk, now=place.now)
        kept = revocable_plans.revocable_plans(db, member_id, place.site, actor=desk, now=place.now)
        assert kept == []
        (one,) = revocable_plans.revocable_plans(
            db, member_id, place.site, actor=treasurer, now=place.now
        )
        assert (one.id, one.needs_reason) == (made, True)
        subscriptions.take_back(db, made, "by mistake", actor=treasurer, now=place.now)
        assert (
            revocable_plans.revocable_plans(
                db, member_id, place.site, actor=treasurer, now=place.now
            )
            == []
        )


def test_an_old_pass_gets_no_other_number_of_days_from_the_desk(place: Place) -> None:
    set_tariff(place)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        new = NewPass(member_id=member_id, plan_id="atelier", units=10, valid_from=place.now)
        made = passes.create(db, new, actor=desk, now=place.now).id
        passes.change(db, made, {"units": 10}, version=None, actor=desk, now=place.now)
    place.clock.forward(days=1)
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="money:write"):
            passes.change(db, made, {"units": 1}, version=None, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            passes.take_back(db, made, "by mistake", actor=desk, now=place.now)
        shorter = {"valid_until": Utc.of(place.now + timedelta(days=9)).text(), "reason": "moves"}
        passes.change(db, made, shorter, version=None, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            passes.change(db, made, {"valid_until": None}, version=None, actor=desk, now=place.now)
        treasurer = place.account(db, "manager", Role.MANAGER)
        with pytest.raises(Invalid, match="reason"):
            passes.take_back(db, made, actor=treasurer, now=place.now)
        passes.take_back(db, made, "given to the wrong Ada", actor=treasurer, now=place.now)
        assert passes.page(db, actor=BOSS, member_id=member_id).items == []


def test_a_pass_that_was_sold_is_taken_back_with_its_sale_alone(place: Place) -> None:
    set_tariff(place)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        ten = next(
            n for n, rate in sales.find_offers(db, "here", place.now).items() if rate == RATES[1]
        )
        sold = Sale(place=ten, quantity=1, member_id=member_id, means=Means.CASH)
        paid = sales.sell(db, place.site, sold, actor=desk, now=place.now)
        (made,) = passes.page(db, actor=BOSS, member_id=member_id).items
        with pytest.raises(WasSold):
            passes.take_back(db, made.id, actor=desk, now=place.now)
        sales.take_back(db, paid.id, actor=desk, now=place.now)
        assert passes.page(db, actor=BOSS, member_id=member_id).items == []


def test_a_subscription_that_is_sold_is_paid_goes_on_and_is_withdrawn_with_its_sale(
    place: Place,
) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate, SubscriptionRate(plan_id="atelier", price_cents=100))
    member_id, _ = somebody(place)
    cash: dict[str, Any] = {"quantity": 1, "means": Means.CASH}
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        own = place.account(db, "own", Role.DESK, member_id=member_id)
        year = next(n for n, one in sales.find_offers(db, "here", place.now).items() if one == rate)
        sold = Sale(place=year, member_id=member_id, **cash)
        with pytest.raises(Forbidden, match="somebody else"):
            sales.sell(db, "here", sold, actor=own, now=place.now)
        with pytest.raises(Invalid, match="member_id"):
            sales.sell(db, "here", Sale(place=year, member_id=None, **cash), actor=desk, now=NOW)
        first, second = (sales.sell(db, "here", sold, actor=desk, now=place.now) for _ in range(2))
        assert [first.amount_cents, second.amount_cents] == [3000, 3000]
        assert own_statements.amount_owed(db, member_id, place.now) == 0, "each is charged and paid"
        old, new = subscriptions.page(db, actor=BOSS, member_id=member_id).items
        assert new.valid_from == old.valid_until
        cheaper = {"plan_id": "atelier"}
        with pytest.raises(Forbidden, match="money:write"):
            subscriptions.change(db, old.id, cheaper, version=None, actor=desk, now=place.now)
        with pytest.raises(WasSold):
            subscriptions.take_back(db, new.id, actor=desk, now=place.now)
        until = sales.last_days(db, [first, second])
        assert until == {first.id: old.valid_until, second.id: new.valid_until}
        sooner = {"valid_until": Utc.of(NOW + timedelta(days=9)).text(), "reason": "moves"}
        with db.begin_nested() as stopped:
            subscriptions.change(db, old.id, sooner, version=None, actor=BOSS, now=place.now)
            assert sales.last_days(db, [first, second]) == until, "as the receipts said it"
            stopped.rollback()
        left = {"status": "left", "reason": "moved away"}
        with pytest.raises(WasSold), db.begin_nested():
            members.change(db, member_id, left, version=None, actor=BOSS, now=place.now)
        sales.take_back(db, second.id, actor=desk, now=place.now)
        assert subscriptions.page(db, actor=BOSS, member_id=member_id).items == [old]
        assert own_statements.amount_owed(db, member_id, place.now) == 0, (
            "it is no longer owed either"
        )


def test_a_debt_is_not_ended_by_the_desk_nor_by_who_owes_it(place: Place) -> None:
    set_tariff(place)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER, member_id=member_id)
        paid = NewPayment(
            means=Means.TRANSFER, amount_cents=100, month=OCTOBER, member_id=member_id
        )
        for who, why in ((desk, "money:write"), (treasurer, "somebody else")):
            with pytest.raises(Forbidden, match=why):
                payments.create(db, paid, actor=who, now=place.now)


def test_who_owes_pays_although_they_are_known_here_no_more_or_over(place: Place) -> None:
    """And gets back what was paid too much; whoever is not in the books is still refused."""
    set_tariff(place)
    with place.database.write() as db:
        second_site.add(db, place.now)
        guest = NewMember(display_name="Tom", site_id=second_site.THERE, also_at=("here",))
        member_id = members.create(db, guest, actor=BOSS, now=place.now).id
        club = NewOrganisation(name=Label(fr="Récup’Art"), site_id="here")
        pays = organisations.create(db, club, actor=BOSS, now=place.now).id
        owes: tuple[dict[str, Any], ...] = ({"member_id": member_id}, {"organisation_id": pays})
        for payer in owes:
            plywood = NewCharge(article="plywood", site_id="here", **payer)
            charges.create(db, plywood, actor=BOSS, now=place.now)
        members.change(db, member_id, {"also_at": []}, version=None, actor=BOSS, now=place.now)
        organisations.change(db, pays, {"active": False}, version=None, actor=BOSS, now=place.now)
        paid: dict[str, Any] = {"means": Means.CASH, "month": "2026-11", "site_id": "here"}
        for payer in owes:
            much = NewPayment(amount_cents=500, **paid, **payer)
            payments.create(db, much, actor=BOSS, now=place.now)
            back = Refund(amount_cents=100, reason="typed 500", **paid, **payer)
            assert payments.refund(db, back, actor=BOSS, now=place.now).amount_cents == -100
        stranger = NewMember(display_name="Zoé", site_id=second_site.THERE)
        other = members.create(db, stranger, actor=BOSS, now=place.now).id
        unknown = NewPayment(amount_cents=500, member_id=other, **paid)
        with pytest.raises(Invalid, match="at this site"):
            payments.create(db, unknown, actor=BOSS, now=place.now)


def test_a_sale_that_is_taken_back_takes_back_what_was_sold(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        sold = sell_plywood(place, db, desk)
        sales.take_back_payment(db, sold.id, actor=desk, now=place.now)
    assert owed(place.database) == 0


def test_use_goes_on_nobodys_bill_who_has_no_part_in_it(place: Place) -> None:
    """Neither one's own, nor anybody's of another day, by who works at the desk."""
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id="here")
        key = organisations.create(db, new, actor=BOSS, now=place.now).id
        club = {"organisation_id": key}
        desk = place.account(db, "desk", Role.DESK, member_id=member_id)
        other = place.account(db, "other", Role.DESK, member_id=place.member(db, "Zoé").id)
        today, earlier = ended(db, ref, 38, ago_days=0.1), ended(db, ref, 38, ago_days=2)
        with pytest.raises(Invalid, match="no member of it"):
            sessions.change(db, today, club, version=None, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            sessions.change(db, earlier, club, version=None, actor=other, now=place.now)
        charge = NewCharge(
            article="plywood", member_id=member_id, organisation_id=key, site_id="here"
        )
        with pytest.raises(Invalid, match="no member of it"):
            charges.create(db, charge, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="no member of it"):
            sessions.change(db, today, club, version=None, actor=other, now=place.now)
        of = {"organisations": [key]}
        members.change(db, member_id, of, version=None, actor=BOSS, now=place.now)
        sessions.change(db, today, club, version=None, actor=other, now=place.now)


def test_a_subscription_goes_on_for_nothing_only_by_who_may_correct_it(place: Place) -> None:
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        end = Utc.of(place.now + timedelta(days=30))
        new = NewSubscription(
            member_id=member_id, plan_id="atelier", valid_from=place.now, valid_until=end
        )
        made = subscriptions.create(db, new, actor=desk, now=place.now).id
    place.clock.forward(days=1)
    with place.database.write() as db:
        for later in (None, Utc.of(end + timedelta(days=900)).text()):
            patch = {"valid_until": later}
            with pytest.raises(Forbidden, match="money:write"):
                subscriptions.change(db, made, patch, version=None, actor=desk, now=place.now)


def test_a_sale_that_was_not_paid_after_all_stays_owed_and_one_cancelled_later_is_settled(
    place: Place,
) -> None:
    """The month is closed: what did not come is owed for October, and no month is paid too much."""
    set_tariff(place)
    member_id, _ = somebody(place)
    payer = PayerKey(PayerKind.MEMBER, member_id)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER)
        bounced, wrong = (sell_plywood(place, db, desk, member_id) for _ in range(2))
        counter = sell_plywood(place, db, desk)
        price, month = bounced.amount_cents, bounced.month
    place.clock.forward(days=31)
    follow(place)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=month, site_id="here"), actor=BOSS, now=place.now)
        unpaid = TakeBack(reason="cheque without funds", keeps_sale=True)
        with pytest.raises(Forbidden, match="money:write"):
            sales.take_back_payment(db, bounced.id, unpaid, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="nobody owes"):
            sales.take_back_payment(db, counter.id, unpaid, actor=treasurer, now=place.now)
        sales.take_back_payment(db, bounced.id, unpaid, actor=treasurer, now=place.now)
        sales.take_back_payment(db, wrong.id, REASON, actor=treasurer, now=place.now)
    with place.database.read() as db:
        found = [
            statements.get_for_payer(
                db, "here", key, payer, actor=treasurer, now=place.now
            ).left_cents
            for key in (month, months.month_after(month))
        ]
    assert found == [price, 0]


def test_who_was_added_by_mistake_goes_with_the_price_of_what_was_given(place: Place) -> None:
    """Unless something was paid, or stands on a statement."""
    set_tariff(place, SubscriptionRate(plan_id="atelier", price_cents=4500))
    with place.database.write() as db:
        added, paying = (place.member(db, name).id for name in ("Wanda", "Xavier"))
    follow(place)
    pay(place, paying, Means.CASH, 4500)
    assert owed(place.database) == 2 * 4500
    with place.database.write() as db:
        members.take_back(db, added, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="other records refer"):
            members.take_back(db, paying, actor=BOSS, now=place.now)
    assert owed(place.database) == 4500
    follow(place)
    assert (owed(place.database), owed(place.database, member_id=paying)) == (4500, 4500)

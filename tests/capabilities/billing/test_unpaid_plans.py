"""What was given before is paid at the counter, and not sold a second time."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from controller.capabilities.billing import charges, ledger, payments, sales
from controller.capabilities.billing import own as own_statements
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.sales import Sale, StillUnpaid
from controller.capabilities.billing.shapes import NewPayment, Remission, TakeBack
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.changes import WasSold
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewPass, NewSubscription, Subscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from tests.capabilities.billing.month import RATES, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
from tests.support.until import WAIT_S, until

REASON = TakeBack(reason="typed 5 instead of 2")


def test_a_subscription_that_was_given_is_paid_at_the_counter_and_not_sold_again(
    place: Place,
) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        own = place.account(db, "own", Role.DESK, member_id=member_id)
        loose = place.account(db, "loose", Role.DESK)
        offers = sales.find_offers(db, "here", place.now)
        year = next(at for at, one in offers.items() if one == rate)
        ten = next(at for at, one in offers.items() if one == RATES[1])
        end = Utc.of(place.now + timedelta(days=364))
        new = NewSubscription(
            member_id=member_id, plan_id="bureau", valid_from=place.now, valid_until=end
        )
        given = subscriptions.create(db, new, actor=desk, now=place.now)
        days = NewPass(member_id=member_id, plan_id="atelier", units=10, valid_from=place.now)
        ten_days = passes.create(db, days, actor=desk, now=place.now)
    later = place.clock.forward(hours=1)
    sold = Sale(place=year, quantity=1, member_id=member_id, means=Means.CASH)
    paying = replace(sold, pays=given.id)
    with place.database.write() as db:
        linked = replace(desk, member_id=place.member(db, "Chloé", plan=None).id)
        for asked in (sold, replace(sold, beside="another")):
            with pytest.raises(StillUnpaid) as problem:
                sales.sell(db, "here", asked, actor=linked, now=later)
        assert (problem.value.plan.id, problem.value.plan.left_cents) == (given.id, 3000)
        with pytest.raises(Forbidden, match="somebody else"):
            sales.sell(db, "here", paying, actor=own, now=later)
        transfer = replace(paying, means=Means.TRANSFER)
        with pytest.raises(Forbidden, match="for cash only"):
            sales.sell(db, "here", transfer, actor=loose, now=later)
        with pytest.raises(StillUnpaid):
            sales.sell(db, "here", replace(sold, place=ten, pays=given.id), actor=linked, now=later)
        paid = sales.sell(db, "here", paying, actor=linked, now=later)
        assert (paid.amount_cents, paid.month) == (3000, "2026-11")
        assert own_statements.amount_owed(db, member_id, later) == 3600, "the pass is left"
        assert subscriptions.page(db, actor=BOSS, member_id=member_id).items == [given]
        with pytest.raises(Invalid, match="paid already"):
            sales.sell(db, "here", paying, actor=linked, now=later)
        with pytest.raises(WasSold):
            subscriptions.take_back(db, given.id, actor=desk, now=later)
        with pytest.raises(Forbidden, match="money:write"):
            sales.take_back_payment(db, paid.id, REASON, actor=loose, now=later)
        sales.take_back_payment(db, paid.id, actor=linked, now=later)
        assert subscriptions.page(db, actor=BOSS, member_id=member_id).items == [given]
        assert own_statements.amount_owed(db, member_id, later) == 6600, "it is owed again"
        more = sales.sell(db, "here", replace(sold, beside=given.id), actor=linked, now=later)
        assert more.month == "2027-11", "from the end of the other one"
        due = sales.sell(
            db, "here", replace(sold, place=ten, pays=ten_days.id), actor=linked, now=later
        )
        assert due.amount_cents == 3600
        sales.sell(db, "here", replace(sold, place=ten), actor=linked, now=later)
        again = sales.sell(db, "here", paying, actor=linked, now=later)
        assert sales.find_sales(db, [due, again, more]) == {more.id}
        assert own_statements.amount_owed(db, member_id, later) == 0


def test_only_what_is_left_of_a_charge_is_paid_at_the_counter(place: Place) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        year = len(RATES)
        new = NewSubscription(
            member_id=member_id,
            plan_id="bureau",
            valid_from=place.now,
            valid_until=Utc.of(place.now + timedelta(days=364)),
        )
        given = subscriptions.create(db, new, actor=desk, now=place.now)
        ended(db, ref, 30, ago_days=0.1)
    follow(place)
    later = place.clock.forward(hours=1)
    sold = Sale(place=year, quantity=1, member_id=member_id, means=Means.CASH)
    with place.database.write() as db:
        assert own_statements.amount_owed(db, member_id, later) == 3200
        (charge,) = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == given.id))
        remission = Remission(amount_cents=1000, reason="hardship")
        charges.remit(db, charge.id, remission, actor=BOSS, now=later)
        with pytest.raises(StillUnpaid) as problem:
            sales.sell(db, "here", sold, actor=desk, now=later)
        assert problem.value.plan.left_cents == 2000, "the use of the machine is not part of it"
        new_payment = NewPayment(
            member_id=member_id,
            month="2026-11",
            means=Means.TRANSFER,
            amount_cents=700,
            site_id="here",
        )
        payments.create(db, new_payment, actor=BOSS, now=later)
        paid = sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=later)
        assert paid.amount_cents == 1300, "what was paid for the month counts towards it first"
        sales.sell(db, "here", sold, actor=desk, now=later)


def give(db: Session, place: Place, member_id: str, actor: Actor) -> Subscription:
    """Give a year of `bureau` from now on."""
    end = Utc.of(place.now + timedelta(days=364))
    new = NewSubscription(
        member_id=member_id, plan_id="bureau", valid_from=place.now, valid_until=end
    )
    return subscriptions.create(db, new, actor=actor, now=place.now)


def test_what_was_remitted_is_not_asked_for_again_once_its_days_change(place: Place) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        given = give(db, place, member_id, desk)
        ended(db, ref, 30, ago_days=0.1)
    follow(place)
    later = place.clock.forward(hours=1)
    with place.database.write() as db:
        (charge,) = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == given.id))
        charges.remit(
            db, charge.id, Remission(amount_cents=3000, reason="helps"), actor=BOSS, now=later
        )
        moved = {"valid_from": Utc.of(given.valid_from + timedelta(hours=20)).text()}
        subscriptions.change(db, given.id, moved, version=None, actor=desk, now=later)
    follow(place)
    with place.database.write() as db:
        (again,) = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == given.id))
        assert again.id != charge.id, "it is charged anew"
        assert own_statements.amount_owed(db, member_id, later) == 200, "for the machine"
        sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.CASH)
        with pytest.raises(Invalid, match="paid already"):
            sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=later)


def test_a_plan_that_was_paid_with_its_statement_pays_no_other_debt(place: Place) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        given = give(db, place, member_id, desk)
        ended(db, ref, 600, ago_days=0.1)
    follow(place)
    later = place.clock.forward(hours=1)
    sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.TRANSFER)
    with place.database.write() as db:
        linked = replace(desk, member_id=place.member(db, "Chloé", plan=None).id)
        before = own_statements.amount_owed(db, member_id, later)
        new = NewPayment(
            member_id=member_id,
            month="2026-11",
            means=Means.TRANSFER,
            amount_cents=3000,
            site_id="here",
        )
        payments.create(db, new, actor=BOSS, now=later)
        with pytest.raises(Invalid, match="paid already"):
            sales.sell(db, "here", replace(sold, pays=given.id), actor=linked, now=later)
        assert own_statements.amount_owed(db, member_id, later) == before - 3000 > 0


def test_what_was_paid_before_a_plan_was_given_does_not_pay_it(place: Place) -> None:
    """Nor does a payment that was cancelled take anything from those that came since."""
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        ended(db, ref, 600, ago_days=0.1)
    follow(place)

    def pay(db: Session, cents: int) -> str:
        new = NewPayment(
            member_id=member_id, month="2026-11", means=Means.TRANSFER, amount_cents=cents
        )
        return payments.create(db, new, actor=BOSS, now=place.now).id

    with place.database.write() as db:
        used = own_statements.amount_owed(db, member_id, place.now)
        before = pay(db, used)
    place.clock.forward(hours=1)
    with place.database.write() as db:
        given = give(db, place, member_id, desk)
    follow(place)
    place.clock.forward(hours=1)
    sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.CASH)
    with place.database.write() as db:
        with pytest.raises(StillUnpaid) as problem:
            sales.sell(db, "here", sold, actor=desk, now=place.now)
        assert (problem.value.plan.id, problem.value.plan.left_cents) == (given.id, 3000)
        pay(db, 1000)
        payments.take_back(db, before, REASON, actor=BOSS, now=place.now)
        with pytest.raises(StillUnpaid) as problem:
            sales.sell(db, "here", sold, actor=desk, now=place.now)
        assert problem.value.plan.left_cents == 2000
        sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=place.now)
        assert own_statements.amount_owed(db, member_id, place.now) == used


def test_the_receipt_of_what_was_given_has_its_own_end(place: Place) -> None:
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, _ = somebody(place)
    end = Utc.of(place.now + timedelta(days=30))
    new = NewSubscription(
        member_id=member_id, plan_id="bureau", valid_from=place.now, valid_until=end
    )
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        given = subscriptions.create(db, new, actor=desk, now=place.now)
    later = place.clock.forward(hours=1)
    sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.CASH)
    with place.database.write() as db:
        paid = sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=later)
        assert sales.last_days(db, [paid]) == {paid.id: end}


def test_what_is_being_paid_is_not_withdrawn_meanwhile(place: Place) -> None:
    """Otherwise the payment would end other debts."""
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        given = give(db, place, member_id, desk)
    refusals: list[WasSold] = []

    def withdraw() -> None:
        try:
            with place.database.write() as db:
                subscriptions.take_back(db, given.id, actor=desk, now=place.now)
        except WasSold as refusal:
            refusals.append(refusal)

    other = Thread(target=withdraw)
    sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.CASH)
    with place.database.write() as db:
        sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=place.now)
        other.start()
        if place.database.engine.dialect.name == "postgresql":
            until(lambda: is_waiting(place), "the withdrawal does not wait")
    other.join(WAIT_S)
    assert len(refusals) == 1


def is_waiting(place: Place) -> bool:
    """Whether a transaction waits for another one."""
    with place.database.engine.connect() as db:
        return bool(db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_an_imported_subscription_stays_once_its_payment_is_cancelled(place: Place) -> None:
    """Nobody entered it: no moment is known."""
    rate = SubscriptionRate(plan_id="bureau", price_cents=3000)
    set_tariff(place, *RATES, rate)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        given = give(db, place, member_id, desk)
        row = db.get_one(SubscriptionRow, given.id)
        row.entered_at = row.entered_by = None
    later = place.clock.forward(hours=1)
    sold = Sale(place=len(RATES), quantity=1, member_id=member_id, means=Means.CASH)
    with place.database.write() as db:
        paid = sales.sell(db, "here", replace(sold, pays=given.id), actor=desk, now=later)
        assert sales.find_sales(db, [paid]) == set()
        assert sales.last_days(db, [paid]) == {paid.id: given.valid_until}
        sales.take_back_payment(db, paid.id, REASON, actor=BOSS, now=later)
        assert own_statements.amount_owed(db, member_id, later) == 3000
        assert subscriptions.get(db, given.id, actor=BOSS).valid_until == given.valid_until

"""Refunds: how much goes back, by which means, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from controller.capabilities.billing import own as own_statements
from controller.capabilities.billing import payments, statements, till
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.shapes import (
    CloseMonth,
    NewHandover,
    NewPayment,
    PayerKind,
    Payment,
    Refund,
)
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, Invalid
from tests.capabilities.billing.correction_steps import REASON, pay
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    ended,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, Place


def test_what_was_paid_too_much_is_given_back_once_and_never_to_oneself(place: Place) -> None:
    member_id, _ = somebody(place)
    owes: dict[str, Any] = {"means": Means.CASH, "month": OCTOBER, "member_id": member_id}
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        own = place.account(db, "treasurer", Role.TREASURER, member_id=member_id)
        payments.create(db, NewPayment(amount_cents=500, **owes), actor=BOSS, now=place.now)
        drawer = till.till_of_day(db, "here", place.now.date(), actor=BOSS).expected_cents
        most = Refund(amount_cents=500, reason="typed twice", **owes)
        for who, why in ((desk, "money:write"), (own, "somebody else")):
            with pytest.raises(Forbidden, match=why):
                payments.refund(db, most, actor=who, now=place.now)
        more = Refund(amount_cents=501, reason="typed twice", **owes)
        with pytest.raises(Invalid, match="only 500 cents were overpaid"):
            payments.refund(db, more, actor=BOSS, now=place.now)
        made = payments.refund(db, most, actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="0 cents"):
            payments.refund(db, most, actor=BOSS, now=place.now)
        assert (made.amount_cents, made.reason) == (-500, "typed twice")
        after = till.till_of_day(db, "here", place.now.date(), actor=BOSS).expected_cents
        assert drawer - after == 500, "the drawer holds so much less"
        with pytest.raises(Forbidden, match="somebody else"):  # it would end their debt
            payments.take_back(db, made.id, REASON, actor=own, now=place.now)


def give_back(place: Place, member_id: str, means: Means, cents: int) -> Payment:
    """The treasurer gives back what was paid too much."""
    new = Refund(
        means=means, amount_cents=cents, month=OCTOBER, member_id=member_id, reason="too much"
    )
    with place.database.write() as db:
        return payments.refund(db, new, actor=BOSS, now=place.now)


def test_cash_goes_back_only_as_far_as_it_came_in_cash_and_came_last(place: Place) -> None:
    """A transfer that never came is not fetched from the drawer, whatever else was paid in cash."""
    member_id, _ = somebody(place)
    pay(place, member_id, Means.TRANSFER, 50_000)
    for means in (Means.CASH, Means.CARD):
        with pytest.raises(Invalid, match="amount_cents: at most 0 cents go back by"):
            give_back(place, member_id, means, 1)
    pay(place, member_id, Means.CASH, 300)
    with pytest.raises(Invalid, match="at most 300 cents go back by cash"):
        give_back(place, member_id, Means.CASH, 301)
    give_back(place, member_id, Means.CASH, 300)
    give_back(place, member_id, Means.TRANSFER, 50_000)
    with place.database.read() as db:
        left = payments.refundable(
            db, "here", OCTOBER, PayerKey(PayerKind.MEMBER, member_id), place.now
        )
    assert not any(left.values())


def test_no_more_cash_goes_back_than_is_in_the_till(place: Place) -> None:
    """Neither as a refund nor by a cancelled sale of today, unless the treasurer says why."""
    member_id, _ = somebody(place)
    pay(place, member_id, Means.CASH, 300)
    payer = PayerKey(PayerKind.MEMBER, member_id)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER)
        sold, other = (
            payments.note(db, "here", payer, OCTOBER, means, Cents(800), actor=desk, now=place.now)
            for means in (Means.CASH, Means.CARD)
        )
        handed = NewHandover(amount_cents=1000)
        handover = till.hand_over(db, "here", handed, actor=BOSS, now=place.now)
    with pytest.raises(Invalid, match="at most 100 cents go back by cash"):
        give_back(place, member_id, Means.CASH, 101)

    def may_cancel() -> list[bool]:
        with place.database.read() as db:
            return [
                payments.may_take_back(db, row.id, actor=desk, now=place.now)[0]
                and row.id in payments.noted_by(db, [sold, other], desk, place.now.date())
                for row in (sold, other)
            ]

    assert may_cancel() == [False, True]
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="money:write"):
            payments.take_back(db, sold.id, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="reason"):
            payments.take_back(db, sold.id, actor=treasurer, now=place.now)
        till.take_handover_back(db, "here", handover, actor=BOSS, now=place.now)
    assert may_cancel() == [True, True]
    with place.database.write() as db:
        payments.take_back(db, sold.id, actor=desk, now=place.now)
    give_back(place, member_id, Means.CASH, 300)


def test_nothing_is_given_back_of_a_month_to_come(place: Place) -> None:
    member_id, _ = somebody(place)
    later: dict[str, Any] = {"month": "2027-12", "means": Means.TRANSFER, "amount_cents": 9000}
    with place.database.write() as db:
        paid = NewPayment(member_id=member_id, **later)
        payments.create(db, paid, actor=BOSS, now=place.now)
        back = Refund(member_id=member_id, reason="too much", **later)
        with pytest.raises(Invalid, match="month: this month is still to come"):
            payments.refund(db, back, actor=BOSS, now=place.now)


def test_what_was_paid_for_use_in_cash_stays_when_a_transfer_was_too_much(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=31)
    follow(place)
    owes = owed(place.database)
    pay(place, member_id, Means.CASH, owes)
    pay(place, member_id, Means.TRANSFER, owes)
    with pytest.raises(Invalid, match="amount_cents: at most 0 cents go back by cash"):
        give_back(place, member_id, Means.CASH, owes)
    give_back(place, member_id, Means.TRANSFER, owes)


def test_cash_that_was_given_back_is_not_taken_back_besides(place: Place) -> None:
    member_id, _ = somebody(place)
    paid = pay(place, member_id, Means.CASH, 800)
    back = give_back(place, member_id, Means.CASH, 800)
    with place.database.write() as db:
        with pytest.raises(Conflict, match="refunded"):
            payments.take_back(db, paid.id, REASON, actor=BOSS, now=place.now)
        payments.take_back(db, back.id, REASON, actor=BOSS, now=place.now)
        payments.take_back(db, paid.id, REASON, actor=BOSS, now=place.now)
        assert till.till_of_day(db, "here", place.now.date(), actor=BOSS).expected_cents == 0


def test_whoever_paid_for_a_month_without_owing_anything_is_listed_and_marked(place: Place) -> None:
    """Also once it was given back; they see it themselves, and get no numbered statement."""
    set_tariff(place)
    (tom, _), (ada, ref) = somebody(place, "Tom"), somebody(place, "Ada")
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=31)
        own = place.account(db, "tom", Role.MEMBER, member_id=tom)
    follow(place)
    owes, key = owed(place.database), PayerKey(PayerKind.MEMBER, tom)

    def listed() -> dict[str, tuple[bool, int]]:
        with place.database.read() as db:
            found = statements.sums(db, "here", OCTOBER, actor=BOSS, now=place.now)
        return {total.key.id: (total.is_unusual, total.left_cents) for total in found}

    assert listed() == {ada: (False, owes)}
    pay(place, tom, Means.TRANSFER, 50_000)
    pay(place, ada, Means.CASH, owes + statements.FAR_ABOVE)
    assert listed() == {ada: (False, -statements.FAR_ABOVE), tom: (True, -50_000)}
    give_back(place, tom, Means.TRANSFER, 50_000)
    mistake = pay(place, ada, Means.CASH, 1)
    assert listed() == {ada: (True, -statements.FAR_ABOVE - 1), tom: (True, 0)}
    with place.database.write() as db:
        payments.take_back(db, mistake.id, REASON, actor=BOSS, now=place.now)
        (month,) = own_statements.own_months(db, "here", actor=own, now=place.now)
        assert (month.month, month.total_cents) == (OCTOBER, 0)
        assert (
            statements.get_for_payer(db, "here", OCTOBER, key, actor=BOSS, now=place.now).charges
            == ()
        )
        new = CloseMonth(month=OCTOBER, site_id="here")
        assert statements.close(db, new, actor=BOSS, now=place.now).statements == 1
    assert listed() == {ada: (False, -statements.FAR_ABOVE), tom: (True, 0)}


def test_a_rewritten_charge_counts_once_where_far_too_much_was_paid(place: Place) -> None:
    """Otherwise a change and its undo make room for a transfer that never came."""
    set_tariff(place, SubscriptionRate(plan_id="bureau", price_cents=9000))
    member_id, _ = somebody(place)
    with place.database.write() as db:
        new = NewSubscription(
            member_id=member_id,
            plan_id="bureau",
            valid_from=place.now,
            valid_until=Utc.of(place.now + timedelta(days=364)),
        )
        given = subscriptions.create(db, new, actor=BOSS, now=place.now)
    for hours in (20, 0, 20):
        with place.database.write() as db:
            start = {"valid_from": Utc.of(given.valid_from + timedelta(hours=hours)).text()}
            subscriptions.change(db, given.id, start, version=None, actor=BOSS, now=place.now)
        follow(place)
    pay(place, member_id, Means.TRANSFER, 20_000, month=NOVEMBER)
    with place.database.read() as db:
        (total,) = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
    assert (total.owed_cents, total.total_cents) == (9000, 9000)
    assert total.is_unusual

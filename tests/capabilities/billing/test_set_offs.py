"""What was paid for a month to come pays that month, and nothing that is owed today."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.billing import (
    arrears,
    charges,
    own,
    payments,
    statement_mail,
    statements,
)
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import SubscriptionRate, ZoneRate
from controller.capabilities.billing.shapes import (
    CloseMonth,
    NewPayment,
    PayerKind,
    Refund,
    Remission,
)
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Invalid
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    RATES,
    ended,
    follow,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, Place

DECEMBER = "2026-12"


def readings(place: Place, payer: PayerKey, me: Actor, now: Utc) -> dict[str, int]:
    """What each page that shows it says is still owed of October."""
    at: dict[str, Any] = {"actor": BOSS, "now": now}
    with place.database.read() as db:
        return {
            "statement": statements.get_for_payer(db, "here", OCTOBER, payer, **at).left_cents,
            "frozen": statements.page(db, **at).items[0].left_cents,
            "month": statements.sums(db, "here", OCTOBER, **at)[0].left_cents,
            "accounting": sum(
                month.cents
                for month in arrears.by_month(db, "here", **at)
                if month.month == OCTOBER
            ),
            "payer": arrears.months_of(db, "here", payer, **at)[-1].left_cents,
            "own": own.own_months(db, "here", actor=me, now=now)[-1].left_cents,
            "own statement": own.own_statement(db, "here", OCTOBER, actor=me, now=now).left_cents,
        }


def test_what_was_paid_for_a_month_to_come_pays_no_debt_of_today(place: Place) -> None:
    """It does once that month has come, by the place's clock: an hour before the UTC one."""
    set_tariff(place)
    member_id, ref = somebody(place)
    payer = PayerKey(PayerKind.MEMBER, member_id)
    with place.database.write() as db:
        me = place.account(db, "amina", Role.MEMBER, member_id=member_id)
        ended(db, ref, 38, ago_days=31)
    follow(place)
    paid = NewPayment(
        means=Means.CASH, amount_cents=9000, month=DECEMBER, member_id=member_id, site_id="here"
    )
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=place.now)
        payments.create(db, paid, actor=BOSS, now=place.now)
    assert set(readings(place, payer, me, place.now).values()) == {300}
    with place.database.read() as db:
        assert own.amount_owed(db, member_id, place.now) == 300
    before, after = (Utc.parse(f"2026-11-30T{time}:00.000Z") for time in ("22:59", "23:00"))
    assert set(readings(place, payer, me, before).values()) == {300}
    assert set(readings(place, payer, me, after).values()) == {0}
    with place.database.read() as db:
        left = payments.refundable(db, "here", DECEMBER, payer, after)
    assert left[Means.CASH] == left[Means.TRANSFER] == 8700


def test_a_remission_of_a_charge_to_come_is_of_its_month_and_gives_nothing_back_today(
    place: Place,
) -> None:
    set_tariff(place, *RATES, SubscriptionRate(plan_id="atelier", price_cents=9000))
    member_id, _ = somebody(place)
    payer = PayerKey(PayerKind.MEMBER, member_id)
    start = Utc.parse("2027-12-01T10:00:00.000Z")
    with place.database.write() as db:
        new = NewSubscription(member_id=member_id, plan_id="atelier", valid_from=start)
        subscriptions.create(db, new, actor=BOSS, now=place.now)
    follow(place)
    with place.database.write() as db:
        charge = db.scalars(select(ChargeRow.id)).one()
        why = Remission(amount_cents=9000, reason="volunteer")
        made = charges.remit(db, charge, why, actor=BOSS, now=place.now)
        assert (made.month, made.amount_cents) == ("2027-12", -9000)
    with place.database.write() as db:
        back = Refund(
            means=Means.TRANSFER,
            amount_cents=9000,
            month=NOVEMBER,
            member_id=member_id,
            site_id="here",
            reason="too much",
        )
        with pytest.raises(Invalid, match="only 0 cents were overpaid"):
            payments.refund(db, back, actor=BOSS, now=place.now)
        assert own.amount_owed(db, member_id, place.now) == 0
        charges.take_back(db, made.source_id, "a mistake", actor=BOSS, now=place.now)
    with place.database.read() as db:
        sums = statements.sums(db, "here", "2027-12", actor=BOSS, now=place.now)
    assert [(total.key, total.left_cents) for total in sums] == [(payer, 9000)]


def test_an_organisation_owes_nothing_yet_of_a_room_that_is_booked_for_a_month_to_come(
    place: Place,
) -> None:
    set_tariff(place, *RATES, ZoneRate(zone_id="workshop", price_cents=1200))
    member_id, _ = somebody(place)
    start = Utc.of(place.now + timedelta(days=14))
    with place.database.write() as db:
        club = organisations.create(
            db, NewOrganisation(name=Label(fr="Club"), site_id="here"), actor=BOSS, now=place.now
        ).id
        new = NewBooking(
            member_id=member_id,
            zone_id="workshop",
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=1)),
            organisation_id=club,
        )
        bookings.create(db, new, actor=BOSS, now=place.now)
    follow(place)
    with place.database.read() as db:
        assert arrears.by_organisation(db, "here", actor=BOSS, now=place.now) == {}
        assert arrears.by_organisation(db, "here", actor=BOSS, now=start) == {
            club: arrears.Debt(1200, "2026-12")
        }


def test_the_letter_of_a_closed_month_says_what_is_owed_once_a_credit_has_paid_it(
    place: Place,
) -> None:
    """As the statement's page says: the credit pays the month because it is closed."""
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        me = place.account(db, "amina", Role.MEMBER, member_id=member_id)
        address = {"email": "amina@example.org"}
        members.change(db, member_id, address, version=None, actor=BOSS, now=place.now)
        statement_mail.choose(db, "here", wanted=True, actor=me, now=place.now)
        for days in (31, 1):
            ended(db, ref, 38, ago_days=days)
    follow(place)
    paid = NewPayment(
        means=Means.CASH, amount_cents=500, month=OCTOBER, member_id=member_id, site_id="here"
    )
    with place.database.write() as db:
        payments.create(db, paid, actor=BOSS, now=place.now)
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=place.now)
        now = Utc.of(place.now + timedelta(days=14))
        statements.close(db, CloseMonth(month=NOVEMBER, site_id="here"), actor=BOSS, now=now)
    with place.database.read() as db:
        letters = db.scalars(select(MessageRow.detail).where(MessageRow.what == "statement"))
        assert [fields["left_cents"] for fields in letters] == [-200, 100]

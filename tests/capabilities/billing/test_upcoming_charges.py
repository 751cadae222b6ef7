"""What a booking costs is owed once it has begun; until then it stands apart."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.billing import (
    arrears,
    charges,
    months,
    own,
    payments,
    statements,
    unpaid_plans,
    upcoming_charges,
)
from controller.capabilities.billing.kinds import Means, SourceKind
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.payers import ERASED_PAYER, PayerKey
from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.billing.shapes import (
    NewCharge,
    NewPayment,
    PayerKind,
    Refund,
    Remission,
)
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, NewBooking
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.privacy.erasure.erase import Erasure, erase, preview
from controller.capabilities.statistics import others
from controller.capabilities.statistics.scope import Scope
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Invalid
from controller.kernel.shapes import Label
from tests.capabilities.billing.ledger_steps import is_right
from tests.capabilities.billing.month import NOVEMBER, RATES, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
from tests.support.statements import counted

ROOM = ZoneRate(zone_id="workshop", price_cents=800)
WISH = Erasure(reason="own wish")


def book(place: Place, member: str, days: float = 2, organisation: str | None = None) -> Booking:
    """The workshop, in so many days, for three hours: 24 €."""
    start = Utc.of(place.now + timedelta(days=days))
    new = NewBooking(
        member_id=member,
        zone_id="workshop",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=3)),
        organisation_id=organisation,
    )
    with place.database.write() as db:
        return bookings.create(db, new, actor=BOSS, now=place.now)


@pytest.fixture
def renter(place: Place) -> Actor:
    """A member with an account, who owes 3 € and has booked the workshop for 24 €."""
    set_tariff(place, *RATES, ROOM)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
        who = place.account(db, "renter", Role.MEMBER, member_id=member_id)
    book(place, member_id)
    follow(place)
    return who


def payer_of(who: Actor) -> PayerKey:
    return PayerKey(PayerKind.MEMBER, str(who.member_id))


def pay(place: Place, who: Actor, cents: int) -> None:
    new = NewPayment(
        means=Means.CASH,
        amount_cents=cents,
        month=NOVEMBER,
        member_id=who.member_id,
        site_id="here",
    )
    with place.database.write() as db:
        payments.create(db, new, actor=BOSS, now=place.now)


def readings(place: Place, who: Actor, now: Utc) -> dict[str, tuple[int, int]]:
    """What each page says is owed in November, and what is upcoming."""
    at: dict[str, Any] = {"actor": BOSS, "now": now}
    payer = payer_of(who)
    with place.database.read() as db:
        owed = arrears.by_month(db, "here", **at)
        (own_month,) = own.own_months(db, "here", actor=who, now=now)
        (total,) = statements.sums(db, "here", NOVEMBER, **at)
        (of_payer,) = arrears.months_of(db, "here", payer, **at)
        shown = {
            "page": statements.get_for_payer(db, "here", NOVEMBER, payer, **at),
            "own page": own.own_statement(db, "here", NOVEMBER, actor=who, now=now),
        }
    return {
        "accounting": (
            sum(month.cents for month in owed if not month.is_upcoming),
            sum(month.cents for month in owed if month.is_upcoming),
        ),
        "own months": (own_month.due_cents, own_month.upcoming_cents),
        "list": (total.due_cents, total.upcoming_cents),
        "payer": (of_payer.due_cents, of_payer.upcoming_cents),
        **{
            page: (statement.left_cents - statement.upcoming_cents, statement.upcoming_cents)
            for page, statement in shown.items()
        },
    }


def owed(place: Place, who: Actor, now: Utc) -> int:
    with place.database.read() as db:
        return own.amount_owed(db, str(who.member_id), now)


def refundable(place: Place, who: Actor) -> int:
    with place.database.read() as db:
        return payments.refundable(db, "here", NOVEMBER, payer_of(who), place.now)[Means.CASH]


def test_a_booking_is_owed_once_it_has_begun(place: Place, renter: Actor) -> None:
    start = Utc.of(place.now + timedelta(days=2))
    before = Utc.of(start - timedelta(milliseconds=1))
    for now, amounts in ((place.now, (300, 2400)), (before, (300, 2400)), (start, (2700, 0))):
        assert set(readings(place, renter, now).values()) == {amounts}
        assert owed(place, renter, now) == amounts[0]
    with place.database.read() as db:
        statement = statements.get_for_payer(
            db, "here", NOVEMBER, payer_of(renter), actor=BOSS, now=place.now
        )
    assert statement.left_cents == 2700, "programs still read all that is left"


def test_the_room_of_an_organisation_is_owed_by_it_once_it_has_begun(place: Place) -> None:
    set_tariff(place, ROOM)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        new = NewOrganisation(name=Label(fr="Club"), site_id="here")
        club = organisations.create(db, new, actor=BOSS, now=place.now).id
    made = book(place, member_id, organisation=club)
    follow(place)
    with place.database.read() as db:
        assert arrears.by_organisation(db, "here", actor=BOSS, now=place.now) == {}
        assert arrears.by_organisation(db, "here", actor=BOSS, now=made.starts_at) == {
            club: arrears.Debt(2400, "2026-11")
        }


def test_what_is_paid_ahead_is_not_overpaid_until_the_booking_is_cancelled(
    place: Place, renter: Actor
) -> None:
    pay(place, renter, 2700)
    assert set(readings(place, renter, place.now).values()) == {(0, 0)}
    assert refundable(place, renter) == 0
    back = Refund(
        means=Means.CASH,
        amount_cents=2400,
        month=NOVEMBER,
        member_id=renter.member_id,
        site_id="here",
        reason="too much",
    )
    with place.database.write() as db, pytest.raises(Invalid, match="only 0 cents"):
        payments.refund(db, back, actor=BOSS, now=place.now)
    with place.database.write() as db:
        (made,) = bookings.page(db, actor=BOSS).items
        bookings.cancel(db, made.id, actor=renter, now=place.now)
    follow(place)
    assert set(readings(place, renter, place.now).values()) == {(-2400, 0), (0, 0)}
    assert refundable(place, renter) == 2400


def test_a_payment_counts_first_for_what_is_owed(place: Place, renter: Actor) -> None:
    pay(place, renter, 1000)
    assert set(readings(place, renter, place.now).values()) == {(0, 1700)}
    assert owed(place, renter, place.now) == 0
    assert owed(place, renter, Utc.of(place.now + timedelta(days=2))) == 1700


def test_a_remission_of_an_upcoming_booking_is_upcoming_too(place: Place, renter: Actor) -> None:
    is_booking = ChargeRow.source_kind == SourceKind.BOOKING
    with place.database.write() as db:
        charge = db.scalars(select(ChargeRow.id).where(is_booking)).one()
        why = Remission(amount_cents=1000, reason="volunteer")
        made = charges.remit(db, charge, why, actor=BOSS, now=place.now)
    assert set(readings(place, renter, place.now).values()) == {(300, 1400)}
    with place.database.write() as db:
        charges.take_back(db, made.source_id, "a mistake", actor=BOSS, now=place.now)
    assert set(readings(place, renter, place.now).values()) == {(300, 2400)}


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_nor_is_it_owed_while_its_change_is_not_charged_yet(
    place: Place, renter: Actor, is_cancelled: bool
) -> None:
    if is_cancelled:
        with place.database.write() as db:
            (made,) = bookings.page(db, actor=BOSS).items
            bookings.cancel(db, made.id, actor=renter, now=place.now)
    else:
        book(place, str(renter.member_id), days=3)
    assert owed(place, renter, place.now) == 300


def test_an_article_that_was_paid_is_not_asked_for_because_a_booking_is_not(
    place: Place, renter: Actor
) -> None:
    key = str(renter.member_id)
    with place.database.write() as db:
        new = NewCharge(article="plywood", member_id=key, site_id="here")
        charges.create(db, new, actor=BOSS, now=place.now)
    with place.database.read() as db:
        found = unpaid_plans.first_owed_article(db, "here", key, "plywood", place.now)
    assert found == (NOVEMBER, 400)
    pay(place, renter, 700)
    with place.database.read() as db:
        assert unpaid_plans.first_owed_article(db, "here", key, "plywood", place.now) is None


def test_whoever_has_only_booked_erases_themselves_and_nobody_owes_it(
    place: Place, renter: Actor
) -> None:
    """Nor does anybody whom the place erases."""
    key = str(renter.member_id)
    other, _ = somebody(place, "Bruno Caron")
    book(place, other, days=3)
    follow(place)
    with place.database.write() as db:
        assert preview(db, key, actor=renter, now=place.now).hindered is not None
    pay(place, renter, 300)
    with place.database.write() as db:
        assert preview(db, key, actor=renter, now=place.now).hindered is None
        erase(db, key, WISH, actor=renter, now=place.now)
        erase(db, other, WISH, actor=BOSS, now=place.now)
    follow(place)
    later = Utc.of(place.now + timedelta(days=4))
    with place.database.read() as db:
        totals = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=later)
    assert [(total.key, total.left_cents) for total in totals] == [(ERASED_PAYER, 0)]
    assert is_right(place)


def test_a_report_counts_the_booking_once_it_has_begun(place: Place, renter: Actor) -> None:
    def revenue(now: Utc) -> dict[str, int]:
        with place.database.read() as db:
            zone = months.zone_of(db, "here")
            scope = Scope(site_id="here", zone=zone, first=NOVEMBER, last=NOVEMBER, now=now)
            return {row.part: row.amount for row in others.revenue(db, scope)}

    assert revenue(place.now) == {"session": 300}
    later = Utc.of(place.now + timedelta(days=2))
    assert revenue(later) == {"session": 300, "booking": 2400}


def test_more_bookings_take_no_more_statements(place: Place, renter: Actor) -> None:
    numbers = []
    for days in (3, 4):
        book(place, str(renter.member_id), days=days)
        follow(place)
        with place.database.read() as db, counted(place.database) as run:
            upcoming = upcoming_charges.by_payer(db, "here", place.now)
            statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
            arrears.by_month(db, "here", actor=BOSS, now=place.now)
        numbers.append(len([text for text in run if "booking" in text]))
        assert upcoming == {(payer_of(renter), NOVEMBER): 2400 * (days - 1)}
    assert numbers == [1, 1], "all that a page asks reads them once"

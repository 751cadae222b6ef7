"""Somebody at the desk acts in the instant in which the till is counted or the month is closed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import payments, sales, statements, till
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import (
    CloseMonth,
    CountTill,
    NewPayment,
    Payment,
    TakeBack,
)
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from tests.capabilities.billing.month import NOVEMBER, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.test_at_once import is_waiting
from tests.support.until import until


def sell(db: Session, place: Place, actor: Actor) -> Payment:
    """Five sheets of plywood, at the counter, for 20 €."""
    offers = sales.find_offers(db, place.site, place.now).items()
    plywood = next(number for number, offer in offers if isinstance(offer, ArticleRate))
    sale = Sale(place=plywood, quantity=5, member_id=None, means=Means.CASH)
    return sales.sell(db, place.site, sale, actor=actor, now=place.now)


@contextmanager
def meanwhile(
    place: Place, act: Callable[[Session], object]
) -> Iterator[tuple[Session, list[str]]]:
    """A transaction, before whose commit another one begins; and what the other was refused."""
    refused: list[str] = []

    def do() -> None:
        try:
            with place.database.edit() as db:
                act(db)
        except Forbidden as refusal:
            refused.append(str(refusal))

    other = Thread(target=do)
    with place.database.write() as db:
        yield db, refused
        other.start()
        if db.get_bind().dialect.name == "postgresql":
            until(lambda: is_waiting(place) or not other.is_alive(), "the other one ends or waits")
    other.join(60)


@pytest.fixture
def desk(place: Place) -> Actor:
    set_tariff(place)
    with place.database.write() as db:
        return place.account(db, "desk", Role.DESK, member_id=place.member(db, "D", plan=None).id)


def test_the_desk_takes_nothing_out_of_a_till_that_is_just_counted(
    place: Place, desk: Actor
) -> None:
    with place.database.write() as db:
        paid = sell(db, place, desk)

    def take_back(db: Session) -> None:
        sales.take_back_payment(db, paid.id, actor=desk, now=place.now)

    count = CountTill(counted_cents=2000, float_cents=0)
    with meanwhile(place, take_back) as (db, refused):
        till.close_day(db, place.site, count, actor=BOSS, now=place.now)
    assert len(refused) == 1
    with place.database.read() as db:
        assert [row.amount_cents for row in db.scalars(select(PaymentRow))] == [2000]


def test_what_is_paid_while_the_till_is_counted_is_in_the_next(place: Place, desk: Actor) -> None:
    key, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
    follow(place)
    new = NewPayment(
        member_id=key, month=NOVEMBER, means=Means.CASH, amount_cents=300, site_id=place.site
    )

    def pay(db: Session) -> None:
        payments.create(db, new, actor=BOSS, now=place.now)

    with meanwhile(place, pay) as (db, _refused):
        count = CountTill(counted_cents=0, float_cents=0)
        till.close_day(db, place.site, count, actor=BOSS, now=place.now)
    with place.database.read() as db:
        row = db.scalars(select(PaymentRow)).one()
        today = place.now.date()
        assert row.day == today + timedelta(days=1)


def test_a_sale_that_is_cancelled_while_its_month_is_closed_is_on_the_next(
    place: Place, desk: Actor
) -> None:
    with place.database.write() as db:
        paid = sell(db, place, desk)
    follow(place)
    place.clock.now = Utc.parse("2026-12-02T10:00:00.000Z")

    def take_back(db: Session) -> None:
        why = TakeBack(reason="broken")
        sales.take_back_payment(db, paid.id, why, actor=BOSS, now=place.now)

    with meanwhile(place, take_back) as (db, _refused):
        new = CloseMonth(month=NOVEMBER, site_id=place.site)
        statements.close(db, new, actor=BOSS, now=place.now)
    with place.database.read() as db:
        rows = db.scalars(select(PaymentRow).order_by(PaymentRow.id)).all()
        assert [(row.month, row.amount_cents) for row in rows] == [
            (NOVEMBER, 2000),
            ("2026-12", -2000),
        ]

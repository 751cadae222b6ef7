"""Erasures leave amounts and numbers, and no debt disappears with them."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text

from controller.capabilities.billing import charges, own, payments, statements
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, PaymentRow, StatementRow
from controller.capabilities.billing.payers import COUNTER, ERASED_PAYER, PayerKey
from controller.capabilities.billing.shapes import CloseMonth, NewCharge, NewPayment, PayerKind
from controller.capabilities.privacy.erasure.erase import Erasure, ErasureBlocked, erase, preview
from controller.domain.time import Utc
from controller.kernel.actor import Role
from tests.capabilities import second_site
from tests.capabilities.billing.ledger_steps import is_right, left, remit
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    ended,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, NOW, Place
from tests.support.until import WAIT_S, until


def test_an_erasure_leaves_amounts_and_numbers_and_nobody(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=40)
        new = NewCharge(article="plywood", member_id=member_id, site_id="here")
        charges.create(db, new, actor=BOSS, now=NOW)
        paid = NewPayment(
            means=Means.CASH, amount_cents=300, month=OCTOBER, member_id=member_id, site_id="here"
        )
        payments.create(db, paid, actor=BOSS, now=NOW)
    follow(place)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW)
    with place.database.write() as db:
        erase(db, member_id, Erasure(reason="asked"), actor=BOSS, now=NOW)
    follow(place)
    with place.database.read() as db:
        for model in (ChargeRow, StatementRow, PaymentRow, MoneyEntry):
            assert list(db.scalars(select(model.member_id))).count(None) > 0
            assert set(db.scalars(select(model.member_id))) == {None}
        found = statements.page(db, actor=BOSS, now=NOW).items[0]
    assert (found.total_cents, found.left_cents, found.payer.kind) == (300, 0, PayerKind.ERASED)
    assert owed(place.database) == 300 + 400
    assert is_right(place)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_erasure_in_the_middle_of_a_month_leaves_a_remission_beside_what_it_remits(
    place: Place,
) -> None:
    set_tariff(place)
    people = [somebody(place, name) for name in ("Amina Diallo", "Zoé Martin")]
    with place.database.write() as db:
        sessions = [ended(db, ref, 38) for _key, ref in people]
    follow(place)
    for session in sessions:
        remit(place, session, 100)
    with place.database.write() as db:
        erase(db, people[0][0], Erasure(reason="asked"), actor=BOSS, now=NOW)
    with place.database.write() as db:
        sheet = NewCharge(
            article="plywood", site_id="here"
        )  # at the counter, where those stand now
        charges.create(db, sheet, actor=BOSS, now=NOW)
        ended(db, people[1][1], 15, ago_days=2)
    follow(place)
    assert owed(place.database) == 2 * 200 + 400 + 200
    assert is_right(place)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_two_who_were_erased_since_each_number_of_a_closed_month_stays(place: Place) -> None:
    """They share a line, as nobody; it has both numbers, and the sum of both."""
    set_tariff(place)
    people = [somebody(place, name) for name in ("Amina Diallo", "Zoé Martin", "Karim B")]
    with place.database.write() as db:
        for _key, ref in people:
            ended(db, ref, 38, ago_days=40)
    follow(place)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW)
        for key, _ref in people[:2]:
            erase(db, key, Erasure(reason="asked"), actor=BOSS, now=NOW)
    with place.database.read() as db:
        found = statements.numbers_by_payer(db, "here", OCTOBER)
        nobody = statements.get_for_payer(db, "here", OCTOBER, ERASED_PAYER, actor=BOSS, now=NOW)
        page = statements.page(db, actor=BOSS, now=NOW).items
    assert found[ERASED_PAYER] == nobody.number == "2026-10-001, 2026-10-003"
    assert (nobody.total_cents, len(nobody.charges)) == (600, 2)
    assert [(one.number, one.total_cents) for one in page] == [
        (f"2026-10-00{number}", 300) for number in (1, 2, 3)
    ]
    assert is_right(place)


def test_what_erased_people_owe_is_apart_from_what_is_sold_at_the_counter(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        charges.create(db, NewCharge(article="plywood", site_id="here"), actor=BOSS, now=NOW)
        ended(db, ref, 38, ago_days=1)
    follow(place)
    with place.database.write() as db:
        assert own.amount_owed(db, member_id, place.now) == 300
        key = PayerKey(PayerKind.MEMBER, member_id)
        payments.note(db, "here", key, NOVEMBER, Means.CASH, Cents(80), actor=BOSS, now=NOW)
        assert own.amount_owed(db, member_id, place.now) == 220
        later = NewCharge(article="plywood", member_id=member_id, site_id="here")
        charges.create(db, later, actor=BOSS, now=Utc.of(NOW + timedelta(days=30)))
        assert own.amount_owed(db, member_id, place.now) == 220, "not what a later month has"
        assert own.amount_owed(db, member_id, Utc.of(NOW + timedelta(days=30))) == 620
        erase(db, member_id, Erasure(reason="asked"), actor=BOSS, now=NOW)
    follow(place)
    with place.database.read() as db:
        sums = {one.key: one for one in statements.sums(db, "here", NOVEMBER, actor=BOSS, now=NOW)}
    assert sums[ERASED_PAYER].left_cents == 220
    assert (sums[COUNTER].total_cents, sums[COUNTER].paid_cents) == (400, 0)
    assert is_right(place)


def test_nobody_is_rid_of_a_debt_by_erasing_themselves(place: Place) -> None:
    """Nor of what the books have not followed yet; whoever else may erase decides."""
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        member = place.account(db, "amina", Role.MEMBER, member_id=member_id)
        ended(db, ref, 38)
        assert own.amount_owed(db, member_id, place.now) == 300
        asked = Erasure(reason="own wish")
        with pytest.raises(ErasureBlocked):
            erase(db, member_id, asked, actor=member, now=NOW)
    with place.database.read() as db:
        assert preview(db, member_id, actor=member, now=NOW).hindered is not None
        assert preview(db, member_id, actor=BOSS, now=NOW).hindered is None
    follow(place)
    remit(place, source_of(place), 300)
    with place.database.write() as db:
        erase(db, member_id, asked, actor=member, now=NOW)


def test_credit_at_another_site_or_of_another_month_is_no_way_out_of_a_debt(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    payer = PayerKey(PayerKind.MEMBER, member_id)
    with place.database.write() as db:
        second_site.add(db, place.now)
        member = place.account(db, "amina", Role.MEMBER, member_id=member_id)
        ended(db, ref, 38)
        for site, month in ((second_site.THERE, NOVEMBER), ("here", OCTOBER)):
            payments.note(db, site, payer, month, Means.CASH, Cents(500), actor=BOSS, now=NOW)
        assert own.amount_owed(db, member_id, place.now) == 300
    follow(place)
    with place.database.write() as db:
        assert own.amount_owed(db, member_id, place.now) == 300
        with pytest.raises(ErasureBlocked):
            erase(db, member_id, Erasure(reason="own wish"), actor=member, now=NOW)
        payments.note(db, "here", payer, NOVEMBER, Means.CASH, Cents(300), actor=BOSS, now=NOW)
        erase(db, member_id, Erasure(reason="own wish"), actor=member, now=NOW)


def test_an_erasure_waits_for_a_charge_that_is_being_written(place: Place) -> None:
    set_tariff(place)
    member_id, _ref = somebody(place)
    with place.database.write() as db:
        member = place.account(db, "amina", Role.MEMBER, member_id=member_id)
    refusals: list[ErasureBlocked] = []

    def leave() -> None:
        try:
            with place.database.write() as db:
                erase(db, member_id, Erasure(reason="own wish"), actor=member, now=NOW)
        except ErasureBlocked as refusal:
            refusals.append(refusal)

    other = Thread(target=leave)
    with place.database.write() as db:
        sheet = NewCharge(article="plywood", member_id=member_id, site_id="here")
        charges.create(db, sheet, actor=BOSS, now=NOW)
        other.start()
        if place.database.engine.dialect.name == "postgresql":
            until(lambda: is_waiting(place), "the erasure does not wait")
    other.join(WAIT_S)
    assert len(refusals) == 1


def is_waiting(place: Place) -> bool:
    with place.database.engine.connect() as db:
        return bool(db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def source_of(place: Place) -> str:
    with place.database.read() as db:
        return db.scalars(select(ChargeRow.source_id)).one()


def test_what_an_erased_person_owes_stays_theirs(place: Place) -> None:
    """What was not charged yet, what is told later, and what is remitted afterwards."""
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        first = ended(db, ref, 38)
        erase(db, member_id, Erasure(reason="asked"), actor=BOSS, now=NOW)
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=2)
    follow(place)
    assert [left(place, payer) for payer in (ERASED_PAYER, COUNTER)] == [600, 0]
    remit(place, first, 150)
    follow(place)
    assert [left(place, payer) for payer in (ERASED_PAYER, COUNTER)] == [450, 0]
    assert is_right(place)

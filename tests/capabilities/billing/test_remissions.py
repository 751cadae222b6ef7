"""Remissions: what they take off, and what they follow."""

from datetime import date

import pytest
from sqlalchemy import func, select

from controller.capabilities.billing import charges, statements
from controller.capabilities.billing.kinds import Why
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import CloseMonth, NewCharge, PayerKind, Remission
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict
from controller.kernel.outbox import post_news
from controller.kernel.shapes import Label
from tests.capabilities.billing.ledger_steps import is_right, remit, sums
from tests.capabilities.billing.month import OCTOBER, ended, follow, owed, set_tariff, somebody
from tests.capabilities.conftest import BOSS, NOW, Place


def test_a_remission_has_a_reason_and_takes_no_more_than_there_is(place: Place) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
        desk = place.account(db, "desk", Role.DESK)
        treasurer = place.account(db, "treasurer", Role.TREASURER)
    follow(place)
    with place.database.write() as db:
        (row,) = db.scalars(select(ChargeRow))
        half = Remission(amount_cents=200, reason="worn tube")
        with pytest.raises(Exception, match="no charge"):
            charges.remit(db, row.id, half, actor=desk, now=NOW)
        made = charges.remit(db, row.id, half, actor=treasurer, now=NOW)
        assert (made.amount_cents, made.reason, made.why) == (-200, "worn tube", Why.REMISSION)
        with pytest.raises(Conflict):
            charges.remit(db, row.id, half, actor=treasurer, now=NOW)
        charges.take_back(db, made.source_id, actor=treasurer, now=NOW)
    assert owed(place.database) == 300
    assert is_right(place)


def test_a_remission_shrinks_with_what_it_remits_and_grows_again(place: Place) -> None:
    """In the month of the charge, and after that was closed; nobody is owed a remission."""
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        closed, here = ended(db, ref, 38, ago_days=40), ended(db, ref, 38)
    follow(place)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW)
    for source, cents in ((closed, 100), (closed, 150), (here, 200)):
        remit(place, source, cents)
    assert owed(place.database) == 600 - 450
    for cause, left in (("fault", 0), ("badge_out", 150)):
        with place.database.write() as db:
            for key in (closed, here):
                db.get_one(SessionRow, key).cause = cause
                post_news(db, SessionNews(site="here", key=key))
        follow(place)
        assert owed(place.database) == left
        assert is_right(place)
    with pytest.raises(Conflict):
        remit(place, closed, 51)
    remit(place, closed, 50)
    assert owed(place.database) == 100


def test_a_remission_gives_back_the_vat_of_what_it_remits(place: Place) -> None:
    """Whatever the rate is by then (*CGI* article 272: the tax of the operation is regularised)."""
    set_tariff(place, vat=200)
    _, ref = somebody(place)
    with place.database.write() as db:
        closed = ended(db, ref, 38, ago_days=40)
    follow(place)
    set_tariff(place, since=date(2026, 11, 1), decision="2026-70")
    follow(place)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW)
    remit(place, closed, 300)
    with place.database.read() as db:
        sums = select(func.sum(ChargeRow.amount_cents), func.sum(ChargeRow.vat_cents))
        assert tuple(db.execute(sums).one()) == (0, 0)
    assert is_right(place)


def test_what_was_sold_and_remitted_is_taken_back_with_its_remission(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        new = NewCharge(article="plywood", site_id="here")
        sold = charges.create(db, new, actor=BOSS, now=NOW)
    remit(place, sold.source_id, 150)
    with place.database.write() as db:
        charges.take_back(db, sold.source_id, actor=BOSS, now=NOW)
    assert owed(place.database) == 0
    with place.database.read() as db:
        (line,) = sums(db)
    assert (line.total_cents, line.remitted_cents) == (0, 0)
    assert is_right(place)


def test_a_remission_does_not_follow_to_another_payer_nor_stay_with_the_first(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id="here")
        club = organisations.create(db, new, actor=BOSS, now=NOW).id
        session = ended(db, ref, 38)
    follow(place)
    remit(place, session, 100)
    with place.database.write() as db:
        db.get_one(SessionRow, session).organisation_id = club
        post_news(db, SessionNews(site="here", key=session))
    follow(place)
    with place.database.read() as db:
        found = {total.key: total.total_cents for total in sums(db)}
    whose = PayerKey(PayerKind.ORGANISATION, club), PayerKey(PayerKind.MEMBER, member_id)
    assert [found[key] for key in whose] == [300, 0]
    assert is_right(place)

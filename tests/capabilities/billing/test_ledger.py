"""Charges follow what happens: in any order, each once, corrected by counter-entries alone."""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.capabilities.billing import (
    book_updates,
    charges,
    check,
    drafts,
    ledger,
    months,
    statements,
)
from controller.capabilities.billing.kinds import Why
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, MoneyEntry, StatementRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import MachineRate, SubscriptionRate
from controller.capabilities.billing.shapes import CloseMonth, NewCharge, PayerKind, Remission
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.usage import doubts
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.outbox import post_news
from controller.kernel.shapes import Label
from tests.capabilities.billing.ledger_steps import is_right
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    ended,
    failing,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, NOW, Place


def standing(place: Place) -> list[tuple[Why, int, str]]:
    with place.database.read() as db:
        rows = db.scalars(select(ChargeRow).order_by(ChargeRow.id))
        return [(row.why, row.amount_cents, row.month) for row in rows]


def test_news_become_charges_once_and_a_later_one_counters_the_first(place: Place) -> None:
    set_tariff(place)
    member_id, ref = somebody(place)
    with place.database.write() as db:
        session = ended(db, ref, 38)
    for _again in range(2):
        follow(place)
        assert standing(place) == [(Why.STEPS, 300, NOVEMBER)]
    with place.database.write() as db:
        db.execute(update(SessionRow).where(SessionRow.id == session).values(cause="fault"))
        ended(db, ref, 5, ago_days=2)
    follow(place)
    assert standing(place)[1:] == [
        (Why.COUNTER, -300, NOVEMBER),
        (Why.MINIMUM, 200, NOVEMBER),
        (Why.PLACE_CUT, 0, NOVEMBER),
    ]
    with place.database.read() as db:
        found = statements.get_for_payer(
            db, "here", NOVEMBER, PayerKey(PayerKind.MEMBER, member_id), actor=BOSS, now=NOW
        )
    assert (found.total_cents, found.number, found.payer.name) == (
        200,
        None,
        {"fr": "Amina Diallo"},
    )
    assert is_right(place)


@pytest.mark.parametrize(("hours", "costs"), [(24, 0), (25, 2000)])
def test_a_plan_that_ends_is_no_way_to_days_of_free_use(
    place: Place, hours: int, costs: int
) -> None:
    """A job that runs past its end is at its price for a day; a longer one is not, but for who has
    it again. Each day has its cap."""
    laser: dict[str, Any] = {"access_point": "laser-1", "day_cap_cents": 1000}
    free = MachineRate(**laser, plan_id="atelier", price_cents=0)
    set_tariff(place, MachineRate(**laser, price_cents=100), free)
    member_id, ref = somebody(place)
    start = Utc.of(NOW - timedelta(days=3))
    end = Utc.of(start + timedelta(hours=1))
    whose: dict[str, Any] = {"member_id": member_id, "plan_id": "atelier"}
    with place.database.write() as db:
        first = NewSubscription(**whose, valid_from=start, valid_until=end)
        subscriptions.create(db, first, actor=BOSS, now=place.now)
        session = ended(db, ref, 60 * hours, ago_days=3)
    follow(place)
    assert owed(place.database, source_id=session) == costs
    with place.database.write() as db:
        again = NewSubscription(**whose, valid_from=end)
        subscriptions.create(db, again, actor=BOSS, now=place.now)
    follow(place)
    assert owed(place.database, source_id=session) == 0


def test_nothing_in_the_books_can_be_edited(place: Place) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
    follow(place)
    with pytest.raises(DBAPIError), place.database.write() as db:
        db.execute(text("UPDATE charge SET amount_cents = 1"))
    with pytest.raises(DBAPIError), place.database.write() as db:
        db.execute(text("UPDATE tariff SET number = 7"))


def test_an_organisation_pays_for_what_was_done_on_its_behalf(place: Place) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        new = NewOrganisation(name=Label(fr="Récup’Art"), site_id="here")
        club = organisations.create(db, new, actor=BOSS, now=NOW).id
        ended(db, ref, 30, organisation_id=club)
        ended(db, ref, 15, ago_days=2)
    follow(place)
    with place.database.read() as db:
        found = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=NOW)
    assert {total.payer.kind: total.total_cents for total in found} == {
        PayerKind.ORGANISATION: 200,
        PayerKind.MEMBER: 200,
    }


def test_a_pass_and_its_taking_back(place: Place) -> None:
    set_tariff(place)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        new = NewPass(
            member_id=member_id, plan_id="atelier", kind=PassKind.DAY, units=10, valid_from=NOW
        )
        key = passes.create(db, new, actor=BOSS, now=NOW).id
    follow(place)
    assert owed(place.database) == 3600
    with place.database.write() as db:
        passes.take_back(db, key, actor=BOSS, now=NOW)
    follow(place)
    assert owed(place.database) == 0


def test_a_new_tariff_is_for_what_is_done_since(place: Place) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 30, ago_days=1)
        ended(db, ref, 30, ago_days=20)
    follow(place)
    dearer = MachineRate(access_point="laser-1", price_cents=150)
    set_tariff(place, dearer, since=date(2026, 11, 20), decision="2026-70")
    follow(place)
    assert owed(place.database) == 200 + 300
    assert is_right(place)
    again = MachineRate(access_point="laser-1", price_cents=200)
    set_tariff(place, again, since=date(2026, 11, 20), decision="2026-71")
    follow(place)
    assert owed(place.database) == 200 + 400
    assert is_right(place)


def test_a_closed_month_is_frozen_and_what_comes_later_stands_on_the_next(place: Place) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        session = ended(db, ref, 38, ago_days=40)
        with pytest.raises(Conflict, match="behind"):
            statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW)
    follow(place)
    with place.database.write() as db:
        with pytest.raises(Conflict, match="not over"):
            statements.close(db, CloseMonth(month=NOVEMBER, site_id="here"), actor=BOSS, now=NOW)
        closed = statements.close(
            db, CloseMonth(month=OCTOBER, site_id="here"), actor=BOSS, now=NOW
        )
        assert (closed.statements, closed.total_cents) == (1, 300)
        db.execute(update(SessionRow).where(SessionRow.id == session).values(cause="fault"))
        ended(db, ref, 15, ago_days=39)
    follow(place)
    assert standing(place) == [
        (Why.STEPS, 300, OCTOBER),
        (Why.COUNTER, -300, NOVEMBER),
        (Why.PLACE_CUT, 0, NOVEMBER),
        (Why.MINIMUM, 200, NOVEMBER),
    ]
    with place.database.read() as db:
        (frozen,) = statements.page(db, actor=BOSS, now=NOW).items
        assert (frozen.number, frozen.total_cents, len(frozen.charges)) == ("2026-10-001", 300, 1)
    assert is_right(place)
    with pytest.raises(Conflict):
        set_tariff(place, since=date(2026, 10, 15))


def test_what_retention_took_the_person_of_stays_as_it_was(place: Place) -> None:
    """What is new in the month is charged all the same, with an alarm: its cap is not known."""
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        first = ended(db, ref, 200, ago_days=1)
    follow(place)
    with place.database.write() as db:
        db.execute(update(SessionRow).where(SessionRow.id == first).values(member_ref=None))
    follow(place)
    assert (failing(place), standing(place)) == ([], [(Why.CAPPED, 1000, NOVEMBER)])
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=0.9)
    for _again in range(2):
        follow(place)
        assert standing(place) == [(Why.CAPPED, 1000, NOVEMBER), (Why.STEPS, 300, NOVEMBER)]
        assert failing(place) == [ref]
    with place.database.write() as db:
        db.execute(update(SessionRow).where(SessionRow.id == first).values(member_ref=ref))
    follow(place)
    assert failing(place) == []


def test_who_may_what(place: Place) -> None:
    set_tariff(place)
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        trainer = place.account(db, "trainer", Role.TRAINER)
        new = NewCharge(article="plywood", quantity=2, site_id="here")
        assert charges.create(db, new, actor=desk, now=NOW).amount_cents == 800
        with pytest.raises(Forbidden):
            charges.create(db, new, actor=trainer, now=NOW)
        with pytest.raises(Forbidden):
            statements.sums(db, "here", NOVEMBER, actor=desk, now=NOW)
        with pytest.raises(Forbidden):
            statements.close(db, CloseMonth(month=OCTOBER, site_id="here"), actor=desk, now=NOW)
        wrong = NewCharge(article="gold", site_id="here")
        with pytest.raises(Invalid):
            charges.create(db, wrong, actor=desk, now=NOW)


TOLD = (
    st.tuples(st.just("session"), st.integers(1, 300), st.integers(1, 50)),
    st.tuples(st.sampled_from(["fault", "mended"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.sampled_from(["follow", "close"]), st.just(0), st.just(0)),
)


REMITTED = st.tuples(st.just("remit"), st.integers(0, 9), st.integers(1, 400))


OFTEN = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@given(steps=st.lists(st.one_of(TOLD), min_size=3, max_size=12))
@OFTEN
def test_whatever_comes_late_the_same_is_owed(place: Place, steps: list[Any]) -> None:
    """Told in any order, with months closed in between: the sum of each source is the same."""
    play(place, emptied(place), steps)
    first = owed(place.database)
    assert is_right(place)
    with place.database.write() as db:
        for model in (ChargeRow, StatementRow, ClosedMonth):
            db.execute(delete(model))
    play(place, "", [step for step in steps if step[0] in ("close", "follow")])
    assert owed(place.database) == first


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@given(steps=st.lists(st.one_of(*TOLD, REMITTED), min_size=3, max_size=12))
@OFTEN
def test_whatever_is_remitted_no_source_comes_to_less_than_nothing(
    place: Place, steps: list[Any]
) -> None:
    play(place, emptied(place), steps)
    assert is_right(place)
    with place.database.read() as db:
        found = {charge.id: charge.source_id for charge in db.scalars(select(ChargeRow))}
        left: dict[str, int] = {}
        asked: dict[str, int] = {}
        for charge in db.scalars(select(ChargeRow)):
            source = found.get(charge.thing, charge.source_id)
            left[source] = left.get(source, 0) + charge.amount_cents
        for entry in db.scalars(select(MoneyEntry)):
            source = found[entry.article]
            asked[source] = asked.get(source, 0) + (entry.remitted_cents or 0)
        whole = {key: amount_of(db, key) for key in left}
    assert left == {key: max(0, amount - asked.get(key, 0)) for key, amount in whole.items()}


def amount_of(db: Session, source: str) -> int:
    total = select(func.sum(ChargeRow.amount_cents)).where(ChargeRow.source_id == source)
    return int(db.scalar(total) or 0)


def emptied(place: Place) -> str:
    """Nothing was done, and there is a tariff; the reference of the one person."""
    with place.database.write() as db:
        for model in (ChargeRow, MoneyEntry, StatementRow, ClosedMonth, SessionRow):
            db.execute(delete(model))
        if db.scalar(select(MemberRow.id)) is None:
            place.member(db, plan=None)
        ref = db.scalars(select(MemberRow.ref)).one()
    if not statements_have_tariff(place):
        set_tariff(place)
    return ref


def statements_have_tariff(place: Place) -> bool:
    with place.database.read() as db:
        return bool(ledger.tariffs_of(db, "here"))


def play(place: Place, ref: str, steps: list[Any]) -> None:
    for what, number, days in steps:
        if what == "follow":
            follow(place)
            continue
        with place.database.write() as db:
            if what == "session":
                ended(db, ref, number, ago_days=days)
            elif what in ("fault", "mended"):
                ids = list(db.scalars(select(SessionRow.id).order_by(SessionRow.id)))
                for key in ids[number : number + 1]:
                    db.get_one(SessionRow, key).cause = "fault" if what == "fault" else "badge_out"
                    post_news(db, SessionNews(site="here", key=key))
            elif what == "remit":
                remit_some(db, number, cents=days)
            elif statements.obstacle(db, "here", OCTOBER, NOW) is None:
                new = CloseMonth(month=OCTOBER, site_id="here")
                statements.close(db, new, actor=BOSS, now=NOW)
    with place.database.write() as db:
        units = book_updates.units_since(db, "here", date(2026, 10, 1))
        book_updates.derive_all(db, "here", sorted(units), NOW)


def remit_some(db: Session, number: int, cents: int) -> None:
    """Of what stands, where that much is left of it."""
    rows = db.scalars(ledger.valid_charges().order_by(ChargeRow.id)).all()
    for row in rows[number : number + 1]:
        with suppress(Conflict):
            new = Remission(amount_cents=cents, reason="worn tube")
            charges.remit(db, row.id, new, actor=BOSS, now=NOW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_session_that_was_somebody_elses_moves_to_them(place: Place) -> None:
    set_tariff(place)
    people = [somebody(place, name) for name in ("Amina Diallo", "Zoé Martin")]
    for one, other in (people, people[::-1]):
        with place.database.write() as db:
            session = ended(db, one[1], 38)
        follow(place)
        with place.database.write() as db:
            db.get_one(SessionRow, session).member_ref = other[1]
            post_news(db, SessionNews(site="here", key=session))
        follow(place)
        assert owed(place.database, source_id=session) == 300
        assert owed(place.database, source_id=session, member_id=other[0]) == 300
        with place.database.read() as db:
            assert check.check(db, "here").is_right


def test_a_price_that_rises_from_nothing_has_an_effect(place: Place) -> None:
    """A plan that cost nothing left no charge: its effect is reckoned from what was given."""
    free = SubscriptionRate(plan_id="atelier", price_cents=0)
    set_tariff(place, free)
    with place.database.write() as db:
        for name in ("Karim", "Tom"):
            place.member(db, name)
    follow(place)
    assert owed(place.database) == 0
    month = months.month_of(place.now.date())
    with place.database.read() as db:
        dear = SubscriptionRate(plan_id="atelier", price_cents=12_000)
        assert drafts.effect(db, "here", month, [free], dear, actor=BOSS) == (0, 24_000)


def test_a_use_in_doubt_is_charged_once_somebody_confirms_its_user(place: Place) -> None:
    set_tariff(place)
    _key, ref = somebody(place)
    with place.database.write() as db:
        used = ended(db, ref, 2, is_doubtful=True)
    follow(place)
    assert owed(place.database) == 0
    for doubtful, cents in ((False, 200), (True, 0)):
        with place.database.write() as db:
            doubts.decide(db, used, doubtful=doubtful, actor=BOSS, now=place.now)
        follow(place)
        assert owed(place.database) == cents

"""Nobody has one plan twice on the same days, since each subscription is charged."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewSubscription, Subscription
from controller.domain.time import Utc
from controller.kernel.errors import Conflict
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place


@pytest.fixture
def member(place: Place) -> str:
    """Zoé, without a subscription."""
    with place.database.write() as db:
        return place.member(db, "Zoé", plan=None).id


def day(place: Place, number: int) -> Utc:
    """So many days from now."""
    return Utc.of(place.now + timedelta(days=number))


def subscribe(
    db: Session, place: Place, member: str, first: int, last: int | None, plan: str = "atelier"
) -> Subscription:
    """Give the plan for these days."""
    new = NewSubscription(
        member_id=member,
        plan_id=plan,
        valid_from=day(place, first),
        valid_until=None if last is None else day(place, last),
    )
    return subscriptions.create(db, new, actor=BOSS, now=place.now)


def test_a_plan_is_not_given_on_days_that_have_it_already(place: Place, member: str) -> None:
    with place.database.write() as db:
        running = subscribe(db, place, member, 0, 30)
        for first, last in ((0, 30), (29, 60), (10, None)):
            with pytest.raises(Conflict, match=f"change the subscription {running.id}"):
                subscribe(db, place, member, first, last)
        assert subscribe(db, place, member, 30, None).valid_from == running.valid_until
        subscribe(db, place, member, 10, 40, plan="bureau")
        with pytest.raises(Conflict, match="to no end"):
            subscribe(db, place, member, 90, 100)
        found = subscriptions.page(db, actor=BOSS, member_id=member).items
        assert len(found) == 3


def test_a_change_adds_no_days_that_have_the_plan_already(place: Place, member: str) -> None:
    with place.database.write() as db:
        first = subscribe(db, place, member, 0, 30)
        later = subscribe(db, place, member, 40, 70)

        def change(key: str, **patch: str | None) -> Subscription:
            full = {"reason": "typed wrongly", **patch}
            return subscriptions.change(db, key, full, version=None, actor=BOSS, now=place.now)

        assert change(first.id, valid_until=day(place, 40).text()).valid_until == later.valid_from
        for end in (day(place, 41).text(), None):
            with pytest.raises(Conflict, match="already"):
                change(first.id, valid_until=end)
        with pytest.raises(Conflict, match="already"):
            change(later.id, valid_from=day(place, 39).text())
        bureau = subscribe(db, place, member, 60, 80, plan="bureau")
        with pytest.raises(Conflict, match="already"):
            change(bureau.id, plan_id="atelier")
        merged = SubscriptionRow(id=uuid7(), member_id=member, plan_id="atelier")
        merged.valid_from, merged.valid_until = later.valid_from, later.valid_until
        merged.entered_at, merged.entered_by = place.now, BOSS.ref
        db.add(merged)
        db.flush()
        shorter = day(place, 50)
        assert change(merged.id, valid_until=shorter.text()).valid_until == shorter

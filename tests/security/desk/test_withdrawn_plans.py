"""What the desk gave and took back within moments let somebody in: *Catch up* shows it."""

from datetime import timedelta

import pytest

from controller.capabilities.activity.rows import list_activity
from controller.capabilities.billing import sales
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.members import members
from controller.capabilities.plans import passes, subscriptions
from controller.domain.time import Utc
from controller.kernel.activity import ActivityRow
from controller.kernel.actor import Role
from tests.capabilities.billing.month import set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.security.desk.test_no_money_back import subscribe
from tests.security.desk.test_used_plans import give_pass

WAYS = ["given", "sold", "pass", "moved later", "other plan", "record", "not begun", "shortened"]


def withdrawn(place: Place) -> list[ActivityRow]:
    since = Utc.of(place.now - timedelta(days=1))
    with place.database.read() as db:
        shown = list_activity(db, place.site, since, actor=BOSS, now=place.now)
    rows = [row.activity for row in shown.rows]
    return [row for row in rows if row.names[0] == "withdrawn"]


@pytest.mark.parametrize("way", WAYS)
def test_a_plan_that_is_taken_back_is_shown(place: Place, way: str) -> None:
    """A box whose cable is out for half a minute lets in by it, and tells that in time."""
    set_tariff(
        place,
        SubscriptionRate(plan_id="atelier", price_cents=20000),
        SubscriptionRate(plan_id="bureau", price_cents=100),
        PassRate(plan_id="atelier", units=10, price_cents=3600),
    )
    given_at, tomorrow = place.now, Utc.of(place.now + timedelta(days=1))
    with place.database.write() as db:
        member = place.member(db, "Friend", plan=None).id
        desk = place.account(db, "karim@example.org", Role.DESK)
        if way == "pass":
            key = give_pass(db, place, desk, member, place.now)
        elif way == "sold":
            sale = Sale(place=0, quantity=1, member_id=member, means=Means.CASH)
            key = sales.sell(db, place.site, sale, actor=desk, now=place.now).id
        elif way != "record":
            begins = tomorrow if way == "not begun" else place.now
            key = subscribe(db, place, desk, member, valid_from=begins)
    now = place.clock.forward(seconds=15)
    with place.database.write() as db:
        if way == "record":
            members.take_back(db, member, actor=desk, now=now)
        elif way == "pass":
            passes.take_back(db, key, actor=desk, now=now)
        elif way == "sold":
            sales.take_back(db, key, actor=desk, now=now)
        elif way in ("given", "not begun"):
            subscriptions.take_back(db, key, actor=desk, now=now)
        else:
            patch = {
                "moved later": {"valid_from": tomorrow.text()},
                "other plan": {"plan_id": "bureau"},
                "shortened": {"valid_until": tomorrow.text()},
            }[way]
            subscriptions.change(db, key, patch, version=None, actor=desk, now=now)
    rows = withdrawn(place)
    if way == "shortened":  # it still is in force, and is owed
        assert rows == []
        return
    (row,) = rows
    values = [value for fact in row.facts for value in fact.values.values()]
    assert row.at == now
    assert now in values
    assert "karim@example.org" in values
    if way != "record":
        assert given_at in values
        assert "Friend" in values


@pytest.mark.parametrize("way", ["empty changes", "renewed and undone", "records"])
def test_nothing_pushes_it_out(place: Place, way: str) -> None:
    """The list has room for a hundred rows."""
    with place.database.write() as db:
        member = place.member(db, "Friend", plan=None).id
        desk = place.account(db, "karim@example.org", Role.DESK)
        friends_key = subscribe(db, place, desk, member, valid_from=place.now)
        others = [place.member(db, f"Other {n}", plan=None).id for n in range(110)]
        keys = [subscribe(db, place, desk, other, valid_from=place.now) for other in others]
    now = place.clock.forward(seconds=15)
    with place.database.write() as db:
        subscriptions.take_back(db, friends_key, actor=desk, now=now)
    now = place.clock.forward(seconds=15)
    with place.database.write() as db:
        for other, key in zip(others, keys, strict=True):
            if way == "records":
                members.take_back(db, other, actor=desk, now=now)
            elif way == "empty changes":
                subscriptions.change(db, key, {}, version=None, actor=desk, now=now)
            else:
                subscriptions.take_back(db, key, actor=desk, now=now)
    rows = withdrawn(place)
    assert "Friend" in [
        value for row in rows for fact in row.facts for value in fact.values.values()
    ]
    assert len(rows) <= 3

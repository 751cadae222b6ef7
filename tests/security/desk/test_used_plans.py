"""A plan that was used, or may have been at a box that is cut off, is no mistake any more."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents import away
from controller.capabilities.agents.models import AgentState
from controller.capabilities.billing import sales
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.desk import entries
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.shapes import NewPass
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from controller.policy.models import PolicySite
from tests.capabilities.billing.month import set_tariff
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.machines.commands import online
from tests.security.desk.test_left_for_a_moment import leave
from tests.security.desk.test_no_money_back import WHY, enter, let_in, subscribe

START = {"in an hour": timedelta(hours=1), "tomorrow": timedelta(days=1)}


def hear(db: Session, place: Place) -> None:
    """The box is heard, and has the policy as it is now."""
    state, site = db.get_one(AgentState, "pi"), db.get_one(PolicySite, place.site)
    state.seen_at, state.epoch, state.policy_version = place.now, site.epoch, site.version


def cut_off(place: Place, noticed: str) -> None:
    """The box's cable is pulled."""
    place.clock.forward(seconds=60)
    if noticed == "noticed":
        with place.database.write() as db:
            away.record_absence(db, "pi", place.now)
            db.get_one(AgentState, "pi").online = False
        place.clock.forward(hours=2)


def give_pass(db: Session, place: Place, actor: Actor, member: str, start: Utc) -> str:
    new = NewPass(member_id=member, plan_id="atelier", units=10, valid_from=start)
    return passes.create(db, new, actor=actor, now=place.now).id


CASES = [(what, start) for what in ("subscription", "pass") for start in START]


@pytest.mark.parametrize("noticed", ["noticed", "not yet"])
@pytest.mark.parametrize(("what", "start"), [*CASES, ("leaving", "tomorrow")])
def test_what_begins_later_is_known_to_a_box_that_is_cut_off_since(
    place: Place, what: str, start: str, noticed: str
) -> None:
    """It admits by it once it begins, for as long as it is offline."""
    begins = Utc.of(place.now + START[start])
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        place.badge(db, member)
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        online(db)
        hear(db, place)
        end = Utc.of(begins + timedelta(days=30))
        if what == "pass":
            key = give_pass(db, place, desk, member, begins)
        else:
            key = subscribe(db, place, desk, member, valid_from=begins, valid_until=end)
    place.clock.forward(seconds=2)
    with place.database.write() as db:
        hear(db, place)
    cut_off(place, noticed)
    with place.database.write() as db:

        def withdraw(actor: Actor, why: str | None) -> None:
            if what == "leaving":
                leave(db, place, member, actor)
            else:
                take_back = passes.take_back if what == "pass" else subscriptions.take_back
                take_back(db, key, why, actor=actor, now=place.now)

        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            withdraw(desk, None)
        withdraw(manager, WHY)


def test_nor_is_the_sale_of_what_follows_cancelled(place: Place) -> None:
    set_tariff(place, SubscriptionRate(plan_id="atelier", price_cents=20000))
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        place.badge(db, member)
        desk = place.account(db, "desk", Role.DESK)
        online(db)
        hear(db, place)
        running = Utc.of(place.now + timedelta(hours=20))
        beside = subscribe(db, place, BOSS, member, valid_until=running)
        sale = Sale(place=0, quantity=1, member_id=member, means=Means.CASH, beside=beside)
        sold = sales.sell(db, place.site, sale, actor=desk, now=place.now)
    place.clock.forward(seconds=2)
    with place.database.write() as db:
        hear(db, place)
    cut_off(place, "not yet")
    with place.database.write() as db:
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            sales.take_back(db, sold.id, actor=desk, now=place.now)
        assert len(subscriptions.page(db, actor=BOSS, member_id=member).items) == 2


def test_the_end_of_a_pass_waits_for_what_a_cut_off_box_may_report(place: Place) -> None:
    """What it reports after the end would spend no day."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        days = give_pass(db, place, desk, member, place.now)
        other = give_pass(db, place, BOSS, member, place.now)
        place.clock.forward(minutes=5)
        away.record_absence(db, "pi", place.now)
        end = {"valid_until": Utc.of(place.now - timedelta(minutes=1)).text(), "reason": WHY}
        later = {"valid_until": Utc.of(place.now + timedelta(days=1)).text(), "reason": WHY}
        for key, patch in ((days, end), (days, later), (other, later)):
            with pytest.raises(Forbidden, match="offline box"), db.begin_nested():
                passes.change(db, key, patch, version=None, actor=desk, now=place.now)
        with pytest.raises(Forbidden, match="offline box"), db.begin_nested():
            leave(db, place, member, desk)
        away.record_return(db, ["pi"], place.now)
        with db.begin_nested() as savepoint:
            leave(db, place, member, desk)
            savepoint.rollback()
        away.record_absence(db, "pi", place.now)
        leave(db, place, member, manager)


def test_nor_is_an_end_put_back_after_uses_that_spent_no_day(place: Place) -> None:
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        manager = place.account(db, "manager", Role.MANAGER)
        key = give_pass(db, place, desk, member, place.now)
        place.clock.forward(minutes=5)
        end = {"valid_until": place.now.text(), "reason": WHY}
        passes.change(db, key, end, version=None, actor=desk, now=place.now)
        place.clock.forward(minutes=5)
        endless = {"valid_until": None, "reason": WHY}
        with db.begin_nested() as savepoint:
            passes.change(db, key, endless, version=None, actor=desk, now=place.now)
            savepoint.rollback()
        let_in(db, place, member, at=Utc.of(place.now - timedelta(minutes=1)))
        with pytest.raises(Forbidden, match="offline box"):
            passes.change(db, key, endless, version=None, actor=desk, now=place.now)
        passes.change(db, key, endless, version=None, actor=manager, now=place.now)


@pytest.mark.parametrize("plan", ["bureau", "atelier"])
def test_a_pass_is_covered_by_a_plan_that_opens_the_machine_alone(place: Place, plan: str) -> None:
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        row = db.get_one(AccessPointRow, "laser-1")
        row.requirement = {**row.requirement, "subscription": True, "plans": ["atelier"]}
        key = give_pass(db, place, desk, member, place.now)
        subscribe(db, place, BOSS, member, plan_id=plan)
        place.clock.forward(minutes=5)
        let_in(db, place, member)
        take_back = partial(passes.take_back, db, key, actor=desk, now=place.now)
        if plan == "bureau":
            with pytest.raises(Forbidden, match="money:write"):
                take_back()
        else:
            take_back()


@pytest.mark.parametrize("again", ["after they left", "while they are in"])
def test_an_entry_that_is_undone_leaves_the_one_before_it_known(place: Place, again: str) -> None:
    """The desk let them in by hand, which used the subscription."""
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        subscription = subscribe(db, place, desk, member)
        place.clock.forward(minutes=1)
        entry = enter(db, place, member)
        undo = partial(entries.undo_entry, db, actor=desk)
        with db.begin_nested() as savepoint:
            undo(entry.present.id, now=place.now)
            subscriptions.take_back(db, subscription, actor=desk, now=place.now)
            savepoint.rollback()
        place.clock.forward(hours=2)
        if again == "after they left":
            presence.check_out(db, entry.present.id, actor=desk, now=place.now)
            place.clock.forward(minutes=1)
        second = enter(db, place, member)
        if again == "after they left":
            undo(second.present.id, now=place.now)
            assert not presence.page(db, actor=BOSS).items
        else:
            assert not second.is_new, "nothing that could be undone"
        with pytest.raises(Forbidden, match="money:write"):
            subscriptions.take_back(db, subscription, actor=desk, now=place.now)


@pytest.mark.parametrize("when", ["slow clock", "told later"])
@pytest.mark.parametrize("what", ["subscription", "pass"])
def test_what_a_box_tells_after_the_entry_has_used_it(place: Place, what: str, when: str) -> None:
    """Its clock is up to five minutes behind; or it was cut off when the member came in."""
    begins = place.now if when == "slow clock" else Utc.of(place.now - timedelta(hours=5))
    with place.database.write() as db:
        member = place.member(db, plan=None).id
        desk = place.account(db, "desk", Role.DESK)
        let_in(db, place, member)
        place.clock.forward(seconds=1)
        if what == "pass":
            key = give_pass(db, place, desk, member, begins)
        else:
            key = subscribe(db, place, desk, member, valid_from=begins)
        take_back = passes.take_back if what == "pass" else subscriptions.take_back
        place.clock.forward(seconds=9)
        back = timedelta(minutes=4) if when == "slow clock" else timedelta(hours=4)
        with db.begin_nested() as savepoint:
            take_back(db, key, actor=desk, now=place.now)
            savepoint.rollback()
        let_in(db, place, member, at=Utc.of(place.now - back))
        place.clock.forward(hours=6)
        with pytest.raises(Forbidden, match="money:write"):
            take_back(db, key, actor=desk, now=place.now)


@pytest.mark.parametrize("there", ["entered there", "entered there, and undone"])
@pytest.mark.parametrize("way", ["given", "sold"])
def test_an_entry_at_another_site_does_not_hide_the_one_here(
    place: Place, way: str, there: str
) -> None:
    set_tariff(place, SubscriptionRate(plan_id="atelier", price_cents=20000))
    with place.database.write() as db:
        sites.create(db, NewSite(id="there", name=Label(fr="Là")), actor=BOSS, now=place.now)
        hall = NewZone(id="hall", name=Label(fr="Hall"), site_id="there")
        zones.create(db, hall, actor=BOSS, now=place.now)
        member = place.member(db, plan=None).id
        also = {"also_at": ["there"]}
        members.change(db, member, also, version=None, actor=BOSS, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        if way == "sold":
            sale = Sale(place=0, quantity=1, member_id=member, means=Means.CASH)
            sold = sales.sell(db, place.site, sale, actor=desk, now=place.now).id
            take_back: Callable[..., object] = partial(sales.take_back, db, sold, actor=desk)
        else:
            given = subscribe(db, place, desk, member)
            take_back = partial(subscriptions.take_back, db, given, actor=desk)
        place.clock.forward(minutes=1)
        enter(db, place, member)
        place.clock.forward(hours=6)
        new = NewPresence(zone_id="hall", member_id=member)
        entry = entries.check_in(db, new, actor=BOSS, now=place.now)
        if there == "entered there, and undone":
            place.clock.forward(minutes=1)
            entries.undo_entry(db, entry.present.id, actor=BOSS, now=place.now)
        with pytest.raises(Forbidden, match="money:write"):
            take_back(now=place.now)

"""Passes: the first grant of a local day or half-day spends one, where nothing else opens."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.access import explain
from controller.capabilities.activity.rows import list_activity
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import pass_days, passes, subscriptions
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Assurance, CredentialKind, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden
from controller.kernel.shapes import Label
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.plans.passes import arrive, give
from tests.policy.policy import sound


def tap(db: Session, member: str, at: str, point: str = "door-1") -> None:
    """A grant, as an agent told it."""
    ref = db.get_one(MemberRow, member).ref
    pass_days.spend(db, ref, "here", point, Utc.parse(f"{at}:00.000Z"))


def spent(db: Session, key: str) -> int:
    return passes.get(db, key, actor=BOSS).spent


def test_the_first_grant_of_a_local_day_spends_it_in_any_order(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        for at in ("2026-11-24T22:30", "2026-11-24T09:00", "2026-11-24T12:00"):
            tap(db, member, at)
        assert spent(db, key) == 1
        tap(db, member, "2026-11-24T23:30")  # half past midnight in Paris
        assert spent(db, key) == 2
    assert sound(place)


def test_the_desk_takes_no_day_from_a_pass_that_is_used_up(place: Place) -> None:
    """A box that was cut off may have granted more than there was: that is what happened."""
    with place.database.write() as db:
        member, key = give(db, place)
        row, zone = db.get_one(MemberRow, member), db.get_one(ZoneRow, "workshop")
        units = passes.get(db, key, actor=BOSS).units
        start = Utc.parse("2026-11-24T09:00:00.000Z")
        days = [Utc.of(start + timedelta(days=day)) for day in range(units + 1)]
        taken = [pass_days.spend_at_desk(db, row, zone, day) is not None for day in days]
        assert taken == [True] * units + [False]
        assert spent(db, key) == units
        tap(db, member, days[-1].text()[:16])
        assert spent(db, key) == units + 1


def test_a_guests_badge_beside_ones_own_spares_no_pass(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        place.badge(db, member)
        until = Utc.of(place.now + timedelta(days=900))
        new = NewCredential(
            member_id=member, value="uid:04AA00AA", kind=CredentialKind.GUEST, valid_until=until
        )
        desk = place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            credentials.create(db, new, vault=VAULT, actor=desk, now=place.now)
        better = replace(new, assurance=Assurance.AES)
        credentials.create(db, better, vault=VAULT, actor=BOSS, now=place.now)
    with place.database.write() as db:
        tap(db, member, "2026-11-24T11:00")
        assert spent(db, key) == 1


@pytest.mark.parametrize("how", ["badge returned", "guest", "elsewhere"])
def test_what_is_told_late_spends_the_pass_whatever_the_desk_did_meanwhile(
    place: Place, how: str
) -> None:
    """A box that was cut off tells, and the badge with which they came in is not theirs now."""
    with place.database.write() as db:
        member, key = give(db, place)
        tapped = place.now
        place.clock.forward(hours=1)
        desk = place.account(db, "desk", Role.DESK)
        badge = db.scalars(select(CredentialRow).where(CredentialRow.member_id == member)).one()
        credentials.return_badge(db, badge.id, actor=desk, now=place.now)
        if how == "guest":
            until = Utc.of(place.now + timedelta(hours=6))
            guest = NewCredential(
                member_id=member, value="uid:04AA00AA", kind=CredentialKind.GUEST, valid_until=until
            )
            credentials.create(db, guest, vault=VAULT, actor=desk, now=place.now)
        if how == "elsewhere":
            second_site.add(db, place.now)
            db.get_one(MemberRow, member).site_id = second_site.THERE
            db.flush()
        place.clock.forward(hours=1)
    with place.database.write() as db:
        tap(db, member, tapped.text()[:16])
        assert spent(db, key) == 1


def test_a_half_day_ends_at_one_in_the_afternoon(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place, PassKind.HALF_DAY)
        tap(db, member, "2026-11-24T08:00")
        tap(db, member, "2026-11-24T11:59")
        assert spent(db, key) == 1
        tap(db, member, "2026-11-24T12:00")
        assert spent(db, key) == 2


def test_a_pass_opens_until_the_day_of_its_last_unit_is_over(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place, units=1)
        place.certify(db, member, "laser")

    def reason() -> DenyReason | None:
        with place.database.read() as db:
            return explain.explain_access(db, member, "laser-1", actor=BOSS, now=place.now).reason

    assert reason() is None
    start = place.now
    with place.database.write() as db:
        tap(db, member, "2026-11-24T10:00", "laser-1")
        assert spent(db, key) == 1
    assert reason() is None
    place.clock.now = Utc.parse("2026-11-24T23:00:00.000Z")
    with place.database.write() as db:
        policy.refresh_due(db, start, place.now)
    assert reason() is DenyReason.SUBSCRIPTION_EXPIRED
    assert sound(place)
    with place.database.write() as db:
        passes.change(db, key, {"units": 5}, version=1, actor=BOSS, now=place.now)
        tap(db, member, "2026-11-25T10:00", "laser-1")
        with pytest.raises(Conflict, match="2 are spent already"):
            passes.change(db, key, {"units": 1}, version=2, actor=BOSS, now=place.now)
    assert reason() is None


@pytest.mark.parametrize("lie", ["2026-11-25T10:00", "2026-11-23T10:00"])
def test_a_grant_beyond_the_last_day_opens_nothing_elsewhere(place: Place, lie: str) -> None:
    """Of a box that was cut off, or of one that lies: each day anew it opened all others."""
    with place.database.write() as db:
        member, key = give(db, place, units=1)
        place.certify(db, member, "laser")
        tap(db, member, "2026-11-24T10:00", "laser-1")
    place.clock.now = Utc.parse("2026-11-25T10:30:00.000Z")
    with place.database.write() as db:
        tap(db, member, lie)
        assert spent(db, key) == 2
    with place.database.read() as db:
        found = explain.explain_access(db, member, "laser-1", actor=BOSS, now=place.now)
        assert found.reason is DenyReason.SUBSCRIPTION_EXPIRED
        since = Utc.of(place.now - timedelta(days=2))
        told = list_activity(db, "here", since, actor=BOSS, now=place.now).sections
        assert ("pass", key, "2") in [row.activity.names for part in told for row in part.rows]
    with place.database.write() as db:
        passes.change(db, key, {"units": 2}, version=1, actor=BOSS, now=place.now)
    with place.database.read() as db:
        found = explain.explain_access(db, member, "laser-1", actor=BOSS, now=place.now)
        assert found.granted is (lie > "2026-11-24")


def test_a_subscription_that_opens_spares_the_pass(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        start = Utc.of(place.now - timedelta(days=1))
        new = NewSubscription(member_id=member, plan_id="bureau", valid_from=start)
        subscriptions.create(db, new, actor=BOSS, now=place.now)
        tap(db, member, "2026-11-24T10:00")  # the door: the office plan opens it
        assert spent(db, key) == 0
        tap(db, member, "2026-11-24T10:00", "laser-1")  # the laser asks for the workshop plan
        assert spent(db, key) == 1
        tap(db, member, "2026-11-25T21:00")  # the door at night: outside the office plan's hours
        assert spent(db, key) == 2
    assert sound(place)


def test_what_is_told_late_of_before_a_subscription_was_entered_spends_the_pass(
    place: Place,
) -> None:
    """It begins at midnight; moved away the same day, nothing would be owed for that day."""
    with place.database.write() as db:
        member, key = give(db, place)
        midnight = Utc.parse("2026-11-23T23:00:00.000Z")
        new = NewSubscription(member_id=member, plan_id="atelier", valid_from=midnight)
        subscriptions.create(db, new, actor=BOSS, now=place.now)
        earlier, later = (
            Utc.of(place.now + timedelta(minutes=minutes)).text()[:16] for minutes in (-10, 10)
        )
        tap(db, member, later)
        assert spent(db, key) == 0
        tap(db, member, earlier)
        assert spent(db, key) == 1


def test_who_leaves_has_no_pass_left_and_only_the_desk_gives_one(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        me = place.account(db, "me", Role.MEMBER, member_id=member)
        assert [pass_.id for pass_ in passes.page(db, actor=me).items] == [key]
        with pytest.raises(Forbidden):
            passes.change(db, key, {"units": 99}, version=None, actor=me, now=place.now)
        left = {"status": "left"}
        members.change(db, member, left, version=None, actor=BOSS, now=place.now)
        assert passes.get(db, key, actor=BOSS).valid_until == place.now
    assert sound(place)


@pytest.mark.parametrize("desk_first", [True, False])
def test_the_desk_spends_what_the_first_grant_would_have_and_once(
    place: Place, desk_first: bool
) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        if not desk_first:
            tap(db, member, "2026-11-24T09:30")
        arrive(db, place, member)
        arrive(db, place, member)
        tap(db, member, "2026-11-24T10:30")
        assert spent(db, key) == 1
        place.clock.forward(days=1)
        arrive(db, place, member, hours_ago=1)
        assert spent(db, key) == 2
    assert sound(place)


def test_the_desk_spends_a_half_day_at_the_time_at_which_they_really_came(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place, PassKind.HALF_DAY)
        place.clock.forward(hours=4)  # it is three in the afternoon in Paris
        arrive(db, place, member, hours_ago=4)
        tap(db, member, "2026-11-24T11:00")
        assert spent(db, key) == 1
        tap(db, member, "2026-11-24T13:00")
        assert spent(db, key) == 2


def test_at_the_desk_no_badge_is_needed_and_a_subscription_spares_the_pass(place: Place) -> None:
    with place.database.write() as db:
        without = place.member(db, plan=None).id
        start = Utc.of(place.now - timedelta(days=1))
        new = NewPass(
            member_id=without, plan_id="atelier", kind=PassKind.DAY, units=2, valid_from=start
        )
        key = passes.create(db, new, actor=BOSS, now=place.now).id
        arrive(db, place, without)
        assert spent(db, key) == 1
        subscribed, other = give(db, place)
        new_plan = NewSubscription(member_id=subscribed, plan_id="bureau", valid_from=start)
        subscriptions.create(db, new_plan, actor=BOSS, now=place.now)
        arrive(db, place, subscribed)
        assert spent(db, other) == 0
    assert sound(place)


def test_what_asks_for_no_subscription_spends_nothing(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place)
        free = {"requirement": {"subscription": False}}
        access_points.change(db, "door-1", free, version=None, actor=BOSS, now=place.now)
        tap(db, member, "2026-11-24T10:00")
        assert spent(db, key) == 0
        arrive(db, place, member)  # but being there at all is what the pass is for
        assert spent(db, key) == 1


def test_who_goes_after_a_half_day_is_let_out_and_pays_for_no_second_one(place: Place) -> None:
    with place.database.write() as db:
        way_out = NewAccessPoint(
            id="out-1",
            kind=PointKind.DOOR,
            name=Label(fr="Sortie"),
            agent_id="pi",
            from_zone_id="workshop",
            risk=Risk.DOOR,
            commissioned=True,
        )
        access_points.create(db, way_out, actor=BOSS, now=place.now)
        member, key = give(db, place, PassKind.HALF_DAY, units=2)
        last, over = give(db, place, PassKind.HALF_DAY, units=1)
        for member_id in (member, last):
            tap(db, member_id, "2026-11-24T11:00")
            tap(db, member_id, "2026-11-24T12:10", "out-1")  # ten past one in the afternoon there
        assert (spent(db, key), spent(db, over)) == (1, 1)
        after = Utc.parse("2026-11-24T12:10:00.000Z")
        found = explain.explain_access(db, last, "out-1", actor=BOSS, now=after)
        assert found.granted
        found = explain.explain_access(db, last, "door-1", actor=BOSS, now=after)
        assert found.reason is DenyReason.SUBSCRIPTION_EXPIRED
    assert sound(place)


def test_door_and_desk_at_the_same_moment_spend_one(place: Place) -> None:
    with place.database.write() as db:
        member, key = give(db, place, units=5)
    start, done = Barrier(8), list[int]()

    def come(number: int) -> None:
        start.wait(60)
        with place.database.write() as db:
            if number % 2:
                arrive(db, place, member)
            else:
                tap(db, member, "2026-11-24T10:00")
        done.append(number)

    threads = [Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(done) == 8
    with place.database.read() as db:
        assert spent(db, key) == 1
    assert sound(place)

"""What people in charge do to a place, one random action at a time; several sites: walk_network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.groups import windows
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.groups.shapes import NewWindow
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.plans import pass_days, passes, plans, subscriptions
from controller.capabilities.plans.models import PassKind, PassRow, SubscriptionRow
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.presence.models import EvacuationRow
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation
from controller.capabilities.training import (
    certifications,
    certify_passed,
    course_sessions,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import CourseSessionRow, Outcome
from controller.capabilities.training.shapes import Grant, NewCourseSession, NewOutcome
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.store.base import Base
from tests.capabilities.conftest import BOSS, VAULT, Place

MEMBERS = 6


@dataclass
class Walk:
    """A place, and the dice."""

    place: Place
    dice: Random
    log: list[str] = field(default_factory=list)
    badges: int = 0

    @property
    def who(self) -> dict[str, Any]:
        """The actor and the time, as services take them."""
        return {"actor": BOSS, "now": self.place.now}

    def any(self, db: Session, model: type[Base]) -> str:
        """The id of some row, or one that is none."""
        column: Any = model.__table__.c.id
        keys: list[str] = list(db.scalars(select(column).order_by(column)))
        return self.dice.choice(keys or ["none"])

    def member(self, db: Session) -> str:
        """Some member."""
        return self.any(db, MemberRow)

    def one(self, of: Sequence[Any]) -> Any:
        return self.dice.choice(of)

    def at(self, low_h: float, high_h: float) -> Utc:
        """A moment so many hours from now, on the quarter."""
        hours = self.dice.randint(int(low_h * 4), int(high_h * 4)) / 4
        return Utc.of(self.place.now + timedelta(hours=hours))

    def number(self) -> str:
        self.badges += 1
        return f"uid:04FF{self.badges:010X}"


Action = Callable[[Walk, Session], object]


def _people(w: Walk, db: Session) -> object:
    if len(list(db.scalars(select(MemberRow.id)))) < MEMBERS:
        return w.place.member(db, plan=w.one([None, "atelier", "bureau"]))
    patch: dict[str, Any] = w.one(
        [
            {"status": "active"},
            {"status": "active"},
            {"status": "suspended"},
            {"categories": ["student"]},
            {"supervises": ["workshop"]},
            {"maintains": ["laser-1"]},
            {"supervises": [], "maintains": []},
            {"language": "en"},
            {"aids": ["more_time"]},
        ]
    )
    return members.change(db, w.member(db), patch, version=None, **w.who)


def _leave(w: Walk, db: Session) -> object:
    if w.dice.random() < 0.8:
        return None
    return members.change(db, w.member(db), {"status": "left"}, version=None, **w.who)


def _badge(w: Walk, db: Session) -> object:
    new = NewCredential(
        member_id=w.member(db),
        value=w.number(),
        lent=w.one([True, False]),
        valid_until=w.one([None, w.at(1, 200)]),
    )
    return credentials.create(db, new, vault=VAULT, **w.who)


def _badge_state(w: Walk, db: Session) -> object:
    key = w.any(db, CredentialRow)
    if w.dice.random() < 0.2:
        return credentials.replace(db, key, Replacement(value=w.number()), vault=VAULT, **w.who)
    states = [
        credentials.suspend,
        credentials.mark_lost,
        credentials.restore,
        credentials.return_badge,
    ]
    return w.one(states)(db, key, **w.who)


def _subscribe(w: Walk, db: Session) -> object:
    new = NewSubscription(
        member_id=w.member(db),
        plan_id=w.one(["atelier", "bureau"]),
        valid_from=w.at(-50, 50),
        valid_until=w.one([None, w.at(60, 200)]),
    )
    return subscriptions.create(db, new, **w.who)


def _end_subscription(w: Walk, db: Session) -> object:
    patch = {"valid_until": w.at(-20, 60).text()}
    return subscriptions.change(db, w.any(db, SubscriptionRow), patch, version=None, **w.who)


def _pass(w: Walk, db: Session) -> object:
    new = NewPass(
        member_id=w.member(db),
        plan_id=w.one(["atelier", "bureau"]),
        kind=w.one(list(PassKind)),
        units=w.dice.randint(1, 2),
        valid_from=w.at(-5, 5),
        valid_until=w.one([None, w.at(6, 99)]),
    )
    return passes.create(db, new, **w.who)


def _spend(w: Walk, db: Session) -> object:
    ref = db.get_one(MemberRow, w.member(db)).ref
    pass_days.spend(db, ref, "here", w.one(["door-1", "laser-1"]), w.at(-3, 0))
    return ref


def _more_units(w: Walk, db: Session) -> object:
    return passes.change(db, w.any(db, PassRow), {"units": 3}, version=None, **w.who)


def _rules(w: Walk, db: Session) -> object:
    patch: dict[str, Any] = w.one(
        [
            {"requirement": {"company": 2}},
            {"requirement": {"company": 1}},
            {"requirement": {"booking": "required"}},
            {"requirement": {"booking": "respected"}},
            {"requirement": {"certifications": ["laser", "rules"]}},
            {"requirement": {"certifications": [["laser", "rules"]]}},
            {"requirement": {"supervisor": "window"}},
            {"requirement": {"supervisor": "no"}},
            {"requirement": {"plans": []}},
            {"requirement": {"plans": ["atelier"]}},
            {"in_service": False, "service_reason": "lens"},
            {"in_service": True},
        ]
    )
    point = w.one(["laser-1", "laser-1", "door-1"])
    return access_points.change(db, point, patch, version=None, **w.who)


def _plan(w: Walk, db: Session) -> object:
    patch: dict[str, Any] = w.one(
        [
            {"grace_days": 2},
            {"grace_days": 0},
            {"zones": ["workshop"]},
            {"zones": []},
            {"schedule_id": "week"},
            {"schedule_id": None},
            {"outside_opening": True},
        ]
    )
    return plans.change(db, w.one(["atelier", "bureau"]), patch, version=None, **w.who)


def _zone(w: Walk, db: Session) -> object:
    return zones.change(db, "workshop", {"capacity": w.one([None, 1, 2, 9])}, version=None, **w.who)


def _certify(w: Walk, db: Session) -> object:
    member, key = w.member(db), w.one(["laser", "rules"])
    what = w.one(["grant", "grant", "suspend", "restore", "name"])
    if what == "grant":
        grant = Grant(level=w.one(list(Level)), reason="walk")
        return member_certifications.grant(db, member, key, grant, **w.who)
    if what == "name":
        name = {"name": {"fr": w.one(["Laser", "Découpe"])}}
        return certifications.change(db, key, name, version=None, **w.who)
    return {"suspend": member_certifications.suspend, "restore": member_certifications.restore}[
        what
    ](db, member, key, "walk", **w.who)


def _course(w: Walk, db: Session) -> object:
    start = w.at(-5, 90)
    new = NewCourseSession(
        course_id="laser-course",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=2)),
        places=w.one([None, 0, 1, 2]),
    )
    return course_sessions.create(db, new, **w.who)


def _take_part(w: Walk, db: Session) -> object:
    key, member = w.any(db, CourseSessionRow), w.member(db)
    what = w.one(["enrol", "enrol", "withdraw", "passed", "certify", "cancel"])
    if what == "passed":
        outcome = NewOutcome(outcome=Outcome.PASSED)
        return enrolments.set_outcome(db, key, member, outcome, **w.who)
    if what in ("certify", "cancel"):
        act: Any = certify_passed.certify if what == "certify" else course_sessions.cancel
        return act(db, key, **w.who)
    do: Any = enrolments.enrol if what == "enrol" else enrolments.withdraw
    return do(db, key, member, **w.who)


def _book(w: Walk, db: Session) -> object:
    if w.dice.random() < 0.3:
        return bookings.cancel(db, w.any(db, BookingRow), **w.who)
    start = w.at(-1, 4)
    new = NewBooking(
        member_id=w.member(db),
        access_point="laser-1",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=w.dice.randint(1, 3))),
    )
    return bookings.create(db, new, **w.who)


def _move(w: Walk, db: Session) -> object:
    ref, zone = db.get_one(MemberRow, w.member(db)).ref, w.one(["workshop", "workshop", None])
    return presence.move(db, "here", zone, ref, at=w.at(-1, 0), now=w.place.now)


def _evacuate(w: Walk, db: Session) -> object:
    going_on = select(EvacuationRow.id).where(EvacuationRow.ended_at.is_(None))
    key = db.scalar(going_on)
    if key is None:
        return evacuations.start(db, NewEvacuation(), **w.who)
    return evacuations.end(db, key, EndEvacuation(everyone_back=w.one([True, False])), **w.who)


def _supervise(w: Walk, db: Session) -> object:
    key = db.scalar(select(WindowRow.id).where(WindowRow.closed_at.is_(None)))
    if key is not None and w.dice.random() < 0.7:
        return windows.close(db, key, **w.who)
    member = w.member(db)
    members.change(db, member, {"supervises": ["workshop"]}, version=None, **w.who)
    new = NewWindow(zone_id="workshop", member_id=member, minutes=w.one([None, 30, 200]))
    return windows.open_window(db, new, **w.who)


def _time(w: Walk, db: Session) -> object:
    """Time passes, and the hub does what falls due."""
    since = w.place.now
    now = w.place.clock.forward(hours=w.dice.choice([0.25, 1, 6, 30]))
    policy.refresh_due(db, since, now)
    bookings.close_ended(db, now)
    windows.close_ended(db, now)
    course_sessions.close_enrolment_of_begun(db, now)
    presence.sign_out_due(db, now)
    return now


ACTIONS: tuple[Action, ...] = (
    _people,
    _people,
    _leave,
    _badge,
    _badge,
    _badge_state,
    _subscribe,
    _subscribe,
    _end_subscription,
    _pass,
    _spend,
    _more_units,
    _rules,
    _rules,
    _plan,
    _zone,
    _certify,
    _certify,
    _course,
    _take_part,
    _take_part,
    _book,
    _book,
    _move,
    _move,
    _evacuate,
    _supervise,
    _time,
    _time,
)

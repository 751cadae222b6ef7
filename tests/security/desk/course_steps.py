"""Steps that tests of course sessions share."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.members import members
from controller.capabilities.training import course_sessions
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.capability import SessionBegan
from tests.capabilities.conftest import BOSS, Place


def plan(
    db: Session, place: Place, actor: Actor, trainer: str | None = None, *, hours: int = 3
) -> str:
    """An event that begins in a minute."""
    start = Utc.of(place.now + timedelta(minutes=1))
    end = Utc.of(start + timedelta(hours=hours))
    new = NewCourseSession(starts_at=start, ends_at=end, trainer_id=trainer, site_id=place.site)
    return course_sessions.create(db, new, actor=actor, now=place.now).id


def hours_after(start: Utc, hours: int, *, minutes: int = 0) -> str:
    return Utc.of(start + timedelta(hours=hours, minutes=minutes)).text()


def ada(db: Session, place: Place) -> str:
    """Somebody who teaches here, and reads letters."""
    key = place.member(db, "Ada").id
    place.certify(db, key, "laser", Level.TRAINER)
    patch = {"email": "ada@example.org"}
    members.change(db, key, patch, version=None, actor=BOSS, now=place.now)
    return key


def use(place: Place, member: str, point: str) -> SessionBegan:
    """The member begins to use a machine half an hour later."""
    return SessionBegan(
        session_id=point,
        site_id=place.site,
        access_point_id=point,
        member_ref="",
        member_id=member,
        at=Utc.of(place.now + timedelta(minutes=30)),
    )

"""What tests of passes share with others."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from tests.capabilities.conftest import BOSS, Place


def give(
    db: Session, place: Place, kind: PassKind = PassKind.DAY, units: int = 2, plan: str = "atelier"
) -> tuple[str, str]:
    """A member with a badge and a pass; their id and the pass's."""
    member = place.member(db, plan=None).id
    place.badge(db, member)
    new = NewPass(
        member_id=member,
        plan_id=plan,
        kind=kind,
        units=units,
        valid_from=Utc.of(place.now - timedelta(days=30)),
    )
    return member, passes.create(db, new, actor=BOSS, now=place.now).id


def arrive(db: Session, place: Place, member: str, hours_ago: float = 0.0) -> None:
    """The desk says that they are in, since so long ago."""
    at = Utc.of(place.now - timedelta(hours=hours_ago))
    new = NewPresence(zone_id="workshop", member_id=member, at=at)
    presence.check_in(db, new, actor=BOSS, now=place.now)

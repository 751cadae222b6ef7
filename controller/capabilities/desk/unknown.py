"""Lets the desk give a member the unknown badge that was last shown to a reader of the site."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.key_mapping import stored_key
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import Credential
from controller.domain.access.decision import DenyReason
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import by_id_time, number_of
from controller.kernel.projections import decoded_events
from controller.wire.events import AccessDenied

RECENT = timedelta(minutes=5)
"""How long an unknown badge is assumed to belong to the person at the desk."""
_READ_LIMIT = 50
"""How many of the newest refusals are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownBadge:
    """An unknown badge, by its holder key; only its reader knows the number."""

    event_id: str
    key: HolderKey
    access_point: str
    at: Utc


def last_unknown(db: Session, site_id: str, *, actor: Actor, now: Utc) -> UnknownBadge | None:
    """Return the newest unknown badge within `RECENT` that nobody has yet. Raises Forbidden."""
    actor.require(Permission.CREDENTIALS_WRITE, site_id)
    since = Utc.of(now - RECENT)
    rows = db.scalars(
        select(EventRow)
        .where(
            EventRow.site_no == number_of(site_id),
            EventRow.type == "access_denied",
            by_id_time(since, now),
            EventRow.body.is_not(None),
        )
        .order_by(EventRow.id_high.desc(), EventRow.id_low.desc())
        .limit(_READ_LIMIT)
    ).all()
    unknown_badges = [
        unknown for row in rows if (unknown := _unknown_badge(row, since, now)) is not None
    ]
    return next(
        (
            unknown_badge
            for unknown_badge in unknown_badges
            if not _is_somebodys(db, site_id, unknown_badge.key)
        ),
        None,
    )


def claim(
    db: Session, site_id: str, member_id: str, event_id: str, *, actor: Actor, now: Utc
) -> Credential:
    """Give that badge to a member. Raises Conflict if it is too old, or another one was shown
    since."""
    badge = last_unknown(db, site_id, actor=actor, now=now)
    if badge is None or badge.event_id != event_id:
        raise Conflict("another badge was shown since, or it is too long ago; tap it again")
    return credentials.create_by_key(db, member_id, badge.key, site_id, actor=actor, now=now)


def _unknown_badge(row: EventRow, since: Utc, now: Utc) -> UnknownBadge | None:
    for stored in decoded_events(row):
        event = stored.event
        if not isinstance(event, AccessDenied) or event.credential is None:
            continue
        is_unknown = event.reason is DenyReason.CREDENTIAL_UNKNOWN
        if is_unknown and since <= stored.best_time <= now and event.access_point:
            key = HolderKey(event.credential)
            return UnknownBadge(
                event_id=row.event_id, key=key, access_point=event.access_point, at=stored.best_time
            )
    return None


def _is_somebodys(db: Session, site_id: str, key: HolderKey) -> bool:
    installation_key = stored_key(db, site_id, key) or key
    statement = select(CredentialRow.id).where(CredentialRow.holder_key == installation_key)
    return db.scalar(statement) is not None

"""Counts the people in each zone, without names."""

from collections.abc import Mapping

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from controller.capabilities.presence.in_sessions import in_sessions
from controller.capabilities.presence.models import PresenceRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.read_memo import memoise

_HEADS = (
    select(PresenceRow.zone_id, func.sum(PresenceRow.heads))
    .where(PresenceRow.site_id == bindparam("site"), PresenceRow.zone_id.is_not(None))
    .group_by(PresenceRow.zone_id)
)
"""Built once, since every page runs it."""
NO_ZONE = ""
"""The key of those who are in by a course session alone (decision 0327)."""


def heads_inside(db: Session, site_id: str, *, actor: Actor, now: Utc) -> Mapping[str, int]:
    """Return how many people are in, by zone, or under `NO_ZONE`. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)

    def read() -> Mapping[str, int]:
        heads = dict(heads_by_zone(db, site_id, actor=actor))
        if people := in_sessions(db, site_id, now):
            heads[NO_ZONE] = len(people)
        return heads

    return memoise(db, ("heads inside", site_id), read)


def heads_by_zone(db: Session, site_id: str, *, actor: Actor) -> Mapping[str, int]:
    """Return the number of people in each zone of the site that is not empty. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    counts = db.execute(_HEADS, {"site": site_id})
    return {zone: int(heads) for zone, heads in counts if zone is not None}

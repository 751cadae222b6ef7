"""Counts the people in each zone, without names."""

from collections.abc import Mapping

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from controller.capabilities.presence.models import PresenceRow
from controller.kernel.actor import Actor, Permission

_HEADS = (
    select(PresenceRow.zone_id, func.sum(PresenceRow.heads))
    .where(PresenceRow.site_id == bindparam("site"), PresenceRow.zone_id.is_not(None))
    .group_by(PresenceRow.zone_id)
)
"""Built once, since every page runs it."""


def heads_by_zone(db: Session, site_id: str, *, actor: Actor) -> Mapping[str, int]:
    """Return the number of people in each zone of the site that is not empty. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    counts = db.execute(_HEADS, {"site": site_id})
    return {zone: int(heads) for zone, heads in counts if zone is not None}

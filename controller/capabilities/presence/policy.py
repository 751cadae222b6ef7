"""The presence in the agents' policy: how many people are in each zone."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from controller.capabilities.presence.models import PresenceRow
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, Fields, Invalidation


def _people_present(db: Session, _site_id: str, zones: Sequence[str], _now: Utc) -> Fields:
    heads = select(PresenceRow.zone_id, func.sum(PresenceRow.heads))
    head_counts = db.execute(
        heads.where(PresenceRow.zone_id.in_(zones)).group_by(PresenceRow.zone_id)
    )
    counts = {zone: int(number) for zone, number in head_counts}
    return {zone: {"present": counts.get(zone, 0)} for zone in zones}


def _changed_zones(row: PresenceRow) -> Iterator[Invalidation]:
    """Invalidate the zone that somebody left, possibly at another site, and the new one."""
    attributes = inspect(row).attrs
    zones = {row.zone_id, *(attributes.zone_id.history.deleted or ())} - {None}
    sites = {row.site_id, *(attributes.site_id.history.deleted or ())}
    yield from (Invalidation("zone", zone, site) for site in sites for zone in zones if zone)


FACTS = Contributor(parts={"zone": _people_present}, watches={PresenceRow: _changed_zones})

"""The agents' policy about machines: access points with their rules, and maintainers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import Maintainer
from controller.capabilities.members.policy import of_member
from controller.domain.facts import AccessPoint, DoorRules, Name, Requirement, SessionRules
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, FactKind, Fields, Keys, at_its_site, key_condition
from controller.policy.reading import from_json, pairs


def _points(db: Session, site_id: str, keys: Keys, _now: Utc) -> Fields:
    columns = AccessPointRow.__table__.c
    conditions = (columns.site_id == site_id, key_condition(AccessPointRow.id, keys))
    return {
        row.id: {
            "id": AccessPointId(row.id),
            "kind": row.kind,
            "agent": row.agent_id,
            "name": from_json(row.name, Name),
            "icon": row.icon,
            "zone": row.zone_id,
            "from_zone": row.from_zone_id,
            "in_service": row.in_service,
            "service_reason": row.service_reason,
            "commissioned": row.commissioned,
            "risk": row.risk,
            "requirement": from_json(row.requirement, Requirement),
            "session": from_json(row.session, SessionRules),
            "door": from_json(row.door, DoorRules),
            "policy_max_age_s": row.policy_max_age_s,
            "needs": tuple(row.needs),
        }
        for row in db.execute(select(*columns).where(*conditions))
    }


def _maintains(db: Session, site_id: str, members: Sequence[str], _now: Utc) -> Fields:
    points_of_site = select(AccessPointRow.id).where(AccessPointRow.site_id == site_id)
    of_point = Maintainer.access_point_id
    maintained = pairs(db, members, Maintainer.member_id, of_point, of_point.in_(points_of_site))
    return {
        member: {"maintains": tuple(map(AccessPointId, points))}
        for member, points in maintained.items()
    }


FACTS = Contributor(
    rows=(FactKind(kind="point", read=_points, value=AccessPoint),),
    parts={"member": _maintains},
    watches={AccessPointRow: at_its_site("point"), Maintainer: of_member},
)

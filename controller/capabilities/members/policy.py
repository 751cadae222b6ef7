"""What agents learn about members: status, categories and duties, but no names."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow, MemberSite, Supervisor
from controller.capabilities.members.network import known_at
from controller.capabilities.places.models import ZoneRow
from controller.domain.facts import Aid
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, Fields, Invalidation, Keys, key_condition
from controller.policy.reading import pairs


def member_fields(db: Session, site_id: str, members: Keys, _now: Utc) -> Fields:
    """Return the policy fields of those members who are known at the site."""
    row = MemberRow.__table__.c
    columns = select(row.id, row.ref, row.status, row.categories, row.language, row.aids)
    known_here = columns.where(key_condition(MemberRow.id, members), known_at([site_id]))
    return {
        row.id: {
            "member": MemberRef(row.ref),
            "member_status": row.status,
            "categories": tuple(row.categories),
            "language": row.language,
            "aids": tuple(Aid(aid) for aid in row.aids),
        }
        for row in db.execute(known_here)
    }


def _supervised_zones(db: Session, site_id: str, members: Sequence[str], _now: Utc) -> Fields:
    zones_of_site = select(ZoneRow.id).where(ZoneRow.site_id == site_id)
    zone = Supervisor.zone_id
    supervised = pairs(db, members, Supervisor.member_id, zone, zone.in_(zones_of_site))
    return {member: {"supervises": tuple(zones)} for member, zones in supervised.items()}


def of_member(row: Any) -> tuple[Invalidation]:
    """Invalidate the row's member at all of the member's sites."""
    return (Invalidation("member", row.member_id),)


def _known_at_site(row: MemberSite) -> tuple[Invalidation, Invalidation]:
    """Invalidate the row's member, also at the row's site if the member has just left it."""
    return Invalidation("member", row.member_id), Invalidation("member", row.member_id, row.site_id)


def where_known(db: Session, members: list[str]) -> Iterator[Invalidation]:
    """Yield, for each member, an invalidation at each of the member's sites."""
    home = select(MemberRow.id, MemberRow.site_id).where(MemberRow.id.in_(members))
    also = select(MemberSite.member_id, MemberSite.site_id).where(MemberSite.member_id.in_(members))
    for member, site in (*db.execute(home), *db.execute(also)):
        yield Invalidation("member", member, site)


FACTS = Contributor(
    watches={
        MemberRow: lambda row: (Invalidation("member", row.id),),
        MemberSite: _known_at_site,
        Supervisor: of_member,
    },
    parts={"member": _supervised_zones},
    dependents={"member": where_known},
)

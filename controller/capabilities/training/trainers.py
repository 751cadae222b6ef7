"""Who teaches at a site: trainers of what counts there."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.training import scope
from controller.capabilities.training.models import CertificationRow, HeldRow
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission

MOST = 200


def of_site(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[tuple[str, str]]:
    """Id and name of each, by name. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    taught = select(CertificationRow.id).where(scope.counts_at(CertificationRow, [site_id]))
    statement = (
        select(MemberRow.id, MemberRow.display_name)
        .join(HeldRow, HeldRow.member_id == MemberRow.id)
        .where(
            known_at([site_id]),
            MemberRow.status.not_in((MemberStatus.SUSPENDED, MemberStatus.LEFT)),
            HeldRow.certification_id.in_(taught),
            HeldRow.level == Level.TRAINER,
            HeldRow.status == HeldStatus.ACTIVE,
            or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > now),
        )
        .distinct()
        .order_by(MemberRow.display_name, MemberRow.id)
    )
    return [(key, name) for key, name in db.execute(statement.limit(MOST))]

"""Compile the holder rows of groups: a badge for many heads, and nobody's rights or name."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import CredentialKind, Held, Holder, Level
from controller.domain.ids import MemberRef


def compile_groups(db: Session, site_id: str, groups: Sequence[str]) -> dict[str, Holder]:
    """The holder rows, by holder key, of those of these groups (at most CHUNK) that are here."""
    credentials, group = CredentialRow.__table__.c, GroupRow.__table__.c
    counting = select(CertificationRow.id).where(counts_at(CertificationRow, [site_id]))
    counts = set(db.scalars(counting))
    rows = db.execute(
        select(
            credentials.holder_key,
            credentials.status,
            credentials.assurance,
            group.ref,
            group.headcount,
            group.accompanied,
            group.ends_at,
            SiteRow.language,
        )
        .join(GroupRow, group.id == credentials.group_id)
        .join(SiteRow, SiteRow.id == group.site_id)
        .where(group.id.in_(groups), group.site_id == site_id)
    )
    return {
        row.holder_key: Holder(
            member=MemberRef(row.ref),
            kind=CredentialKind.GROUP,
            headcount=row.headcount,
            status=row.status,
            valid_until=row.ends_at,
            assurance=row.assurance,
            certifications=tuple(
                Held(certification=each, level=Level.ACCOMPANIED)
                for each in row.accompanied
                if each in counts
            ),
            language=row.language,
        )
        for row in rows
    }

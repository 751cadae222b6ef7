"""The demo's badges with their numbers, for simulated readers."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import CredentialStatus
from controller.kernel.actor import Actor, Permission
from controller.kernel.shapes import Shape


class BenchBadge(Shape, frozen=True, kw_only=True):
    """A badge for a simulated reader of the demo."""

    name: str
    """The member's name."""
    value: str
    status: CredentialStatus


def badges(
    db: Session, site_id: str, *, vault: Vault, actor: Actor, limit: int = 200
) -> list[BenchBadge]:
    """Return the site's first badges, in the order of members; only for managers and admins."""
    actor.require(Permission.RULES_WRITE, site_id)
    rows = db.execute(
        select(MemberRow.display_name, CredentialRow)
        .join(CredentialRow, CredentialRow.member_id == MemberRow.id)
        .where(MemberRow.site_id == site_id, CredentialRow.sealed != b"")
        .order_by(MemberRow.id, CredentialRow.id)
        .limit(limit)
    ).all()
    return [
        BenchBadge(name=name, value=vault.open(row.sealed, row.id), status=row.status)
        for name, row in rows
    ]

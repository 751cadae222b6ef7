"""Why a badge opens nothing, and since when."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import Credential
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry

_BY_STATUS = {
    CredentialStatus.LOST: DenyReason.CREDENTIAL_LOST,
    CredentialStatus.SUSPENDED: DenyReason.CREDENTIAL_SUSPENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeStop:
    """The badge, and the reason that a reader would tell; `since`: or from when it will work.

    `since` is None where nobody recorded it, as when its holder has left.
    """

    badge: Credential
    reason: DenyReason
    since: Utc | None


def find_badge_stop(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> BadgeStop | None:
    """Why this badge opens nothing; None for one that works. Raises NotFound."""
    badge = credentials.get(db, credential_id, actor=actor)
    reason = _BY_STATUS.get(badge.status)
    if reason is not None:
        return BadgeStop(badge=badge, reason=reason, since=_said(db, badge))
    if badge.valid_from is not None and now < badge.valid_from:
        reason = DenyReason.CREDENTIAL_NOT_YET_VALID
        return BadgeStop(badge=badge, reason=reason, since=badge.valid_from)
    if badge.valid_until is not None and now >= badge.valid_until:
        return BadgeStop(badge=badge, reason=DenyReason.CREDENTIAL_EXPIRED, since=badge.valid_until)
    return None


def _said(db: Session, badge: Credential) -> Utc | None:
    """When its state was last said."""
    said = (
        AuditEntry.subject == f"member:{badge.member_id}",
        AuditEntry.action == f"credential_{badge.status}",
        AuditEntry.detail.contains(f'"{badge.id}"', autoescape=True),
    )
    newest = select(AuditEntry.at).where(*said).order_by(AuditEntry.seq.desc()).limit(1)
    return db.scalar(newest)

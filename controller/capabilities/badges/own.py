"""Members report their own badge as lost, and can undo it within a minute."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import Credential
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.rows import get_or_404

UNDO_WITHIN = timedelta(seconds=60)
"""How long a member can undo the report; afterwards somebody else might have the badge."""


def report_lost(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> Credential:
    """Report one's own badge as lost: it opens nothing; rights stay. Raises NotFound."""
    _own_badge(db, credential_id, actor)
    return credentials.mark_lost(db, credential_id, actor=actor, now=now)


def undo_lost(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> Credential:
    """Undo `report_lost` shortly after.

    Raises NotFound; Conflict when it is too late, or the badge was suspended before.
    """
    row = _own_badge(db, credential_id, actor)
    if row.status is not CredentialStatus.LOST or not _was_just_reported(db, row, actor, now):
        raise Conflict("you have not just reported this badge as lost; the desk can restore it")
    return credentials.set_active(db, row, actor=actor, now=now)


def _own_badge(db: Session, key: str, actor: Actor) -> CredentialRow:
    row = get_or_404(db, CredentialRow, key, "credential")
    if actor.member_id is None or row.member_id != actor.member_id:
        raise NotFound("credential", key)
    return row


def _was_just_reported(db: Session, row: CredentialRow, actor: Actor, now: Utc) -> bool:
    last = audit.last_entry(db, f"member:{row.member_id}", row.id)
    if last is None or (last.action, last.actor) != ("credential_lost", actor.ref):
        return False
    return now - last.at < UNDO_WITHIN and '"was"' not in last.detail

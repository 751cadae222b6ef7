"""Suspends a badge automatically when it was probably copied."""

from sqlalchemy.orm import Session

from controller.capabilities.badges import handing_over
from controller.capabilities.badges.messages import CopiedMessage
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.domain.facts import CredentialStatus, SuspendedBecause
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.outbox import post_news

_ACTOR = Actor.system("hub")


def suspend_copied(db: Session, credential_id: str, *, now: Utc) -> bool:
    """Suspend the badge and notify its holder; return False if it was not active."""
    row = db.get(CredentialRow, credential_id, with_for_update=True, populate_existing=True)
    if row is None or row.member_id is None or row.status is not CredentialStatus.ACTIVE:
        return False
    member = db.get_one(MemberRow, row.member_id)
    row.status, row.suspended_because = CredentialStatus.SUSPENDED, SuspendedBecause.COPIED
    db.flush()
    subject, reason = f"member:{member.id}", SuspendedBecause.COPIED.value
    audit.record(
        db,
        _ACTOR,
        now,
        "credential_suspended",
        subject,
        member.site_id,
        credential=row.id,
        because=reason,
    )
    post_news(db, MemberNews(site=member.site_id, key=member.id))
    message = CopiedMessage(ending=row.masked[-4:])
    for number, address in enumerate(handing_over.notice_addresses(db, member, now)):
        key, site_id = f"{row.id}/{now.millis()}/{number}", member.site_id
        write.to_member_at(db, member, address, message, site_id=site_id, key=key, now=now)
    return True

"""Reads the progress of a running import from the database.

So every process can show it, even after a reload or a restart. An import in a single transaction
shows no progress.
"""

import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.member_files.import_csv import BEGUN, DONE
from controller.capabilities.member_files.import_rows import span_of
from controller.capabilities.member_files.undo import UNDONE
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.models import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """An import that is running, or was interrupted, which only a later read can tell apart."""

    begun: Utc
    digest: str
    done: int
    """Number of lines stored so far."""
    total: int


def read_progress(db: Session, site_id: str, *, actor: Actor) -> ImportProgress | None:
    """Return the progress of the site's last import; None if it is complete, or there was none.

    Raises Forbidden.
    """
    actor.require(Permission.CERTIFY, site_id)
    of_site = AuditEntry.action.in_((BEGUN, DONE, UNDONE)), AuditEntry.subject == f"site:{site_id}"
    newest = select(AuditEntry).where(*of_site).order_by(AuditEntry.seq.desc()).limit(1)
    entry = db.scalars(newest).first()
    if entry is None or entry.action != BEGUN:
        return None
    details = json.loads(entry.detail)
    inside = MemberRow.id.between(*span_of(entry.at)), MemberRow.site_id == site_id
    stored = db.scalar(select(func.count()).select_from(MemberRow).where(*inside)) or 0
    total = int(details["count"])
    return ImportProgress(
        begun=entry.at, digest=details["digest"], done=min(stored, total), total=total
    )

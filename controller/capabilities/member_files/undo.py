"""Undoes an import: deletes the members that it created, except those active since."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.member_files.import_csv import BEGUN, DONE
from controller.capabilities.member_files.import_rows import IMPORTED_TABLES, member_id, span_of
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow, OrganisationMember
from controller.capabilities.training.models import HeldAction, HeldHistory, HeldRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.bulk_operation import Outcome
from controller.kernel.capability import react
from controller.kernel.errors import NotFound, ServiceError
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import Data, rules_of
from controller.wire.ids import head_of, uuid7

UNDO_PERIOD = timedelta(days=14)
"""How long after it was complete an import can be undone."""
UNDONE = "members_import_taken_back"
"""Audit action: an import was undone."""
_READ_LIMIT = 200
"""How many audit entries are read."""


@dataclass(frozen=True, slots=True)
class LastImport:
    """A site's last import, if it can be undone."""

    site_id: str
    begun: Utc
    at: Utc
    """When the import was complete."""
    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class ImportTakenBack:
    """An import is being undone; features also delete what they created for it."""

    imported: LastImport
    actor: Actor
    now: Utc


def last(db: Session, site_id: str, *, actor: Actor, now: Utc) -> LastImport | None:
    """Return the newest import that is not undone, if none is running. Raises Forbidden."""
    actor.require(Permission.CERTIFY, site_id)
    of_site = (
        AuditEntry.action.in_((BEGUN, DONE, UNDONE)),
        AuditEntry.subject == f"site:{site_id}",
    )
    newest_first = select(AuditEntry).where(*of_site).order_by(AuditEntry.seq.desc())
    entries = db.scalars(newest_first.limit(_READ_LIMIT)).all()
    taken_back = list[str]()
    for entry, before in zip_longest(entries, entries[1:]):
        detail = json.loads(entry.detail)
        digest = detail["digest"]
        if entry.action == UNDONE:
            taken_back.append(digest)
        elif entry.action == BEGUN and entry is entries[0]:
            return None
        elif entry.action == DONE and digest in taken_back:
            taken_back.remove(digest)
        elif entry.action == DONE:
            if now - entry.at > UNDO_PERIOD:
                return None
            # only an import in several transactions has an entry of its beginning
            is_long = before is not None and before.action == BEGUN
            started_at = before.at if is_long else entry.at
            return LastImport(site_id, started_at, entry.at, detail["count"], digest)
    return None


def imported_members(db: Session, imported: LastImport) -> list[str]:
    """Return the ids of the existing members that the import created."""
    head = imported.begun.millis() << 12
    span = MemberRow.id.between(*span_of(imported.begun))
    existing = db.scalars(select(MemberRow.id).where(span).order_by(MemberRow.id))
    return [member_id for member_id in existing if _is_of(member_id, imported, head)]


def names(db: Session, imported: LastImport) -> list[str]:
    """Return the names of the existing members that the import created."""
    is_imported = MemberRow.id.in_(imported_members(db, imported))
    existing_names = (
        select(MemberRow.display_name).where(is_imported).order_by(MemberRow.display_name)
    )
    return list(db.scalars(existing_names))


def take_back(db: Session, ids: Sequence[str], *, actor: Actor, now: Utc) -> Outcome:
    """Delete these members with everything that the import gave them, except those active since."""
    people = db.scalars(select(MemberRow).where(MemberRow.id.in_(ids)).order_by(MemberRow.id)).all()
    active_ids = set(_active_members(db, people))
    outcome = Outcome(refused=len(active_ids))
    for row in people:
        if row.id not in active_ids:
            outcome += _take_back(db, row, actor, now)
    return outcome


def record(db: Session, imported: LastImport, *, actor: Actor, now: Utc) -> None:
    """Record in the audit that an import was undone. Raises NotFound if it is not the last one."""
    site = imported.site_id
    if last(db, site, actor=actor, now=now) != imported:
        raise NotFound("import", imported.digest)
    react(db, ImportTakenBack(imported, actor, now))
    audit.record(db, actor, now, UNDONE, f"site:{site}", site, digest=imported.digest)


def _is_of(key: str, imported: LastImport, head: int) -> bool:
    """Return whether the import gave this id: its line number is what `head` was increased by."""
    return key == member_id(imported.begun, imported.digest, head_of(key) - head)


def _active_members(db: Session, people: Iterable[MemberRow]) -> Iterator[str]:
    """Yield the members with data that no import writes: visits, bookings, an account, …"""
    by_key = {key: row.id for row in people for key in (row.id, row.ref)}
    for rule in rules_of(db):
        if rule.model not in IMPORTED_TABLES and not rule.is_computed:
            for name in rule.of(Data.MEMBER, Data.REF):
                column = rule.column(name)
                for key in db.scalars(select(column).where(column.in_(by_key)).distinct()):
                    yield by_key[key]


def _take_back(db: Session, row: MemberRow, actor: Actor, now: Utc) -> Outcome:
    try:
        with db.begin_nested():
            for certification in db.scalars(
                select(HeldRow).where(HeldRow.member_id == row.id)
            ).all():
                db.add(_withdrawal_step(certification, actor, now))
                db.delete(certification)
            memberships = select(OrganisationMember).where(OrganisationMember.member_id == row.id)
            for membership in db.scalars(memberships).all():
                db.delete(membership)
            db.flush()
            members.take_back(db, row.id, actor=actor, now=now, within=UNDO_PERIOD)
    except ServiceError:
        return Outcome(refused=1)
    return Outcome(done=1)


def _withdrawal_step(certification: HeldRow, actor: Actor, now: Utc) -> HeldHistory:
    return HeldHistory(
        id=uuid7(),
        member_id=certification.member_id,
        certification_id=certification.certification_id,
        at=now,
        by=actor.ref,
        action=HeldAction.WITHDRAWN,
        level=certification.level,
        valid_until=certification.valid_until,
        reason=None,
    )

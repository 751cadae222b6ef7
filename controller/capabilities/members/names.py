"""Looks up the names of members, by id and by reference, and when they were changed."""

import json
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.merged_records import surviving_refs
from controller.capabilities.members.models import MemberRow, MergedMember
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry
from controller.kernel.names import Names, Person

RENAMED_WITHIN = timedelta(days=30)


def renamed_at(db: Session, members: Collection[str], now: Utc) -> dict[str, Utc]:
    """Return when the names of these members last changed, if within thirty days (decision 0330).

    A merge of records with different names counts.
    """
    entries = select(AuditEntry).where(
        AuditEntry.subject.in_([f"member:{member}" for member in members]),
        AuditEntry.action.in_(("member_changed", "members_merged")),
        AuditEntry.at >= now - RENAMED_WITHIN,
    )
    return {
        entry.subject.removeprefix("member:"): entry.at
        for entry in db.scalars(entries.order_by(AuditEntry.seq))
        if json.loads(entry.detail).get("renamed")
    }


def _by_id(db: Session, ids: Collection[str]) -> dict[str, str]:
    people = select(MemberRow.id, MemberRow.display_name)
    names = {row[0]: row[1] for row in db.execute(people.where(MemberRow.id.in_(ids)))}
    if missing := set(ids) - names.keys():
        merged = select(MergedMember.id, MemberRow.display_name).join(
            MemberRow, MemberRow.id == MergedMember.member_id
        )
        rows = db.execute(merged.where(MergedMember.id.in_(missing)))
        names |= {row[0]: row[1] for row in rows}
    return names


def _people_by_ref(db: Session, refs: Collection[str]) -> dict[str, Person]:
    people = select(MemberRow.ref, MemberRow.id, MemberRow.display_name)
    people_by_ref = db.execute(people.where(MemberRow.ref.in_(refs)))
    found: dict[str, Person] = {ref: (key, name) for ref, key, name in people_by_ref}
    surviving = surviving_refs(db, set(refs) - found.keys())
    if surviving:
        surviving_people = _people_by_ref(db, set(surviving.values()))
        found |= {ref: surviving_people[kept_ref] for ref, kept_ref in surviving.items()}
    return found


NAMES = (Names("member", by_id=_by_id, by_member_ref=_people_by_ref),)

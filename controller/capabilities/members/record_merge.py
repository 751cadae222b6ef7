"""Merges two records of one person; the deleted record's id becomes an alias of the kept one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from controller.capabilities.members import members, memberships, works_for
from controller.capabilities.members import search as member_search
from controller.capabilities.members.changes import (
    MemberMerged,
    MergeObstacle,
    MergeRefused,
    post_news_at_sites,
)
from controller.capabilities.members.memberships import Memberships
from controller.capabilities.members.models import (
    Maintainer,
    MemberRow,
    MemberSite,
    MemberWord,
    MergedMember,
    OrganisationMember,
    ProjectMember,
    Supervisor,
)
from controller.capabilities.members.network import sites_of
from controller.capabilities.members.shapes import PRIVATE_TEXTS, Member
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Stale
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import Data, ErasureKind, Person, PersonalDataRule, rules_of
from controller.policy import invalidate

_SETS = (
    (Maintainer, "access_point_id"),
    (Supervisor, "zone_id"),
    (OrganisationMember, "organisation_id"),
    (ProjectMember, "project_id"),
    (MemberSite, "site_id"),
)
"""Tables that link a member to something else: the kept record gets the links of both."""
_HIDDEN_TABLES = {"member", "member_word", "member_former"}
"""Tables that the preview leaves out."""
_NAMED = {
    "held": "certification_id",
    "enrolment": "session_id",
    "subscription": "id",
    "pass": "id",
    "organisation_member": "organisation_id",
    "project_member": "project_id",
    "maintainer": "access_point_id",
    "supervisor": "zone_id",
}
"""Tables of rights and payers that the audit names, with the column of the thing's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What a merge would do: how many rows of the deleted record would move, by table."""

    kept: Member
    gone: Member
    moves: dict[str, int]
    last_act: int
    """Number of the newest audit entry about either record, which `merge` compares."""


def preview(db: Session, kept_id: str, gone_id: str, *, actor: Actor) -> MergePreview:
    """Return what merging would move. Raises NotFound, Forbidden, MergeRefused."""
    kept, gone = _records_to_merge(db, kept_id, gone_id, actor)
    return MergePreview(
        kept=members.get(db, kept.id, actor=actor),
        gone=members.get(db, gone.id, actor=actor),
        moves={
            rule.name: count
            for rule, _rows, count in _counts(db, gone)
            if rule.name not in _HIDDEN_TABLES
        },
        last_act=_last_act(db, kept, gone),
    )


def merge(
    db: Session, kept_id: str, gone_id: str, *, actor: Actor, now: Utc, last_act: int | None = None
) -> Member:
    """Merge two records, irrevocably; the deleted record's id and reference lead to the kept one.

    With the `last_act` of a preview, raises Stale if either record has changed since then, for
    example by a new badge. Raises NotFound, Forbidden, and MergeRefused with what has to be settled
    first.
    """
    kept, gone = _records_to_merge(db, kept_id, gone_id, actor)
    record_ids = select(MemberRow.id).where(MemberRow.id.in_((kept.id, gone.id)))
    db.scalars(record_ids.order_by(MemberRow.id).with_for_update(key_share=True)).all()
    if last_act not in (None, _last_act(db, kept, gone)):
        raise Stale("one of the records has changed since the preview")
    takes_over_address = kept.email is None and gone.email is not None
    is_renamed = kept.display_name != gone.display_name
    sites = sites_of(db, kept) | sites_of(db, gone)
    moved_keys = _moved_keys(db, gone)
    _take_over(kept, gone)
    for model, other in _SETS:
        _merge_links(db, model, other, kept, gone)
    current = works_for.current(db, [kept.id]).get(kept.id, works_for.NOBODY)
    react(db, MemberMerged(kept=kept, gone=gone, actor=actor, now=now))
    _move_rest(db, kept, gone)
    works_for.store(db, kept.id, current, now)
    memberships.check_work(db, kept.id, now)
    _replace_by_alias(db, kept, gone, now)
    member_search.index(db, kept.id, kept.display_name, kept.email)
    invalidate(db, "member", [kept.id])
    detail: dict[str, Any] = {"kept": kept.id, "gone": gone.id, **moved_keys}
    if takes_over_address:
        detail["address"] = True
    if is_renamed:
        detail["renamed"] = True
    audit.record(db, actor, now, "members_merged", f"member:{kept.id}", kept.site_id, **detail)
    audit.record(db, actor, now, "members_merged", f"member:{gone.id}", gone.site_id, **detail)
    for key in (kept.id, gone.id):
        post_news_at_sites(db, key, sites)
    return members.get(db, kept.id, actor=actor)


def _last_act(db: Session, kept: MemberRow, gone: MemberRow) -> int:
    """Return the number of the newest audit entry about either record."""
    subjects = [f"member:{row.id}" for row in (kept, gone)]
    return db.scalar(select(func.max(AuditEntry.seq)).where(AuditEntry.subject.in_(subjects))) or 0


def _records_to_merge(
    db: Session, kept_id: str, gone_id: str, actor: Actor
) -> tuple[MemberRow, MemberRow]:
    kept = members.member_row(db, kept_id, actor)
    gone = members.member_row(db, gone_id, actor)
    for row in (kept, gone):
        actor.require(Permission.MEMBERS_WRITE, row.site_id)
        actor.require(Permission.CERTIFY, row.site_id)
    if kept.id == gone.id:
        raise MergeRefused(MergeObstacle.SAME)
    if actor.member_id in (kept.id, gone.id):
        raise MergeRefused(MergeObstacle.ONESELF)
    if not all(actor.may(Permission.CERTIFY, site) for site in sites_of(db, gone)):
        raise MergeRefused(MergeObstacle.ELSEWHERE)
    memberships_by_id = memberships.memberships_of(db, [kept.id, gone.id])
    added = memberships_by_id.get(gone.id, Memberships())
    memberships.check_added(db, kept.id, memberships_by_id.get(kept.id), added, actor)
    return kept, gone


def _moved_keys(db: Session, gone: MemberRow) -> dict[str, list[str]]:
    """Return the keys of the moved rights and payers, by table, for the audit."""
    return {
        rule.name: sorted(db.scalars(select(rule.column(_NAMED[rule.name])).where(rows)))
        for rule, rows, _count in _counts(db, gone)
        if rule.name in _NAMED
    }


def _counts(
    db: Session, gone: MemberRow
) -> Iterator[tuple[PersonalDataRule, ColumnElement[bool], int]]:
    """Yield each rule's condition for rows of the deleted record, and their number."""
    person = Person(
        id=gone.id, ref=gone.ref, site_id=gone.site_id, accounts=(), holder_keys={}, actors=()
    )
    for rule in rules_of(db):
        if is_of_gone := rule.conditions(person):
            rows = or_(*is_of_gone)
            count = db.scalar(select(func.count()).select_from(rule.model).where(rows)) or 0
            if count:
                yield rule, rows, count


def _take_over(kept: MemberRow, gone: MemberRow) -> None:
    """Fill the gaps of the kept record with values of the other one.

    Keeps a suspension or consent of either record.
    """
    kept.email = kept.email or gone.email
    for name in PRIVATE_TEXTS:
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    if kept.guardian_name is None:
        kept.guardian_name, kept.guardian_phone = gone.guardian_name, gone.guardian_phone
        kept.guardian_email = gone.guardian_email
    kept.categories = list(dict.fromkeys((*kept.categories, *gone.categories)))
    kept.aids = list(dict.fromkeys((*kept.aids, *gone.aids)))
    kept.needs_help = kept.needs_help or gone.needs_help
    order = (MemberStatus.SUSPENDED, MemberStatus.ACTIVE, MemberStatus.LEFT)
    kept.status = min(kept.status, gone.status, key=order.index)
    flag_modified(kept, "display_name")  # also increases the version if nothing changed


def _merge_links(db: Session, model: Any, other: str, kept: MemberRow, gone: MemberRow) -> None:
    links = select(model).where(model.member_id.in_((kept.id, gone.id)))
    rows = list(db.scalars(links))
    kept_keys = {getattr(row, other) for row in rows if row.member_id == kept.id}
    kept_keys |= {kept.site_id} if model is MemberSite else set()
    for row in rows:
        if row.member_id == gone.id:
            db.delete(row)
            if getattr(row, other) not in kept_keys:
                db.add(model(**{"member_id": kept.id, other: getattr(row, other)}))
    if model is MemberSite and gone.site_id not in kept_keys | {
        getattr(row, other) for row in rows
    }:
        db.add(MemberSite(member_id=kept.id, site_id=gone.site_id))
    db.flush()


def _move_rest(db: Session, kept: MemberRow, gone: MemberRow) -> None:
    """Make every reference to the deleted record point to the kept one, in all features' tables.

    Features have already merged their tables with one row per person. Unchangeable rows stay, and
    are read under both ids.
    """
    kept_keys = {gone.id: kept.id, gone.ref: kept.ref}
    for rule in rules_of(db):
        if rule.model is MemberRow or rule.erasure_kind is ErasureKind.REASON:
            continue
        for name in rule.of(Data.MEMBER, Data.REF):
            rows = select(rule.model).where(rule.column(name).in_(kept_keys))
            for row in db.scalars(rows):
                if rule.model is MemberWord:
                    db.delete(row)
                else:
                    setattr(row, name, kept_keys[getattr(row, name)])
        db.flush()


def _replace_by_alias(db: Session, kept: MemberRow, gone: MemberRow, now: Utc) -> None:
    """Delete the record; store its id and reference as aliases of the kept one."""
    former = MergedMember(
        id=gone.id,
        ref=gone.ref,
        member_id=kept.id,
        display_name=gone.display_name,
        email=gone.email,
        merged_at=now,
    )
    db.delete(gone)
    db.flush()
    db.add(former)
    db.flush()

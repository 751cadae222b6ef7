"""Groups of visitors with one badge, which works only under supervision."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import badge_return, badges
from controller.capabilities.badges.changes import BadgeWanted
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.own import UNDO_WITHIN
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups.changes import GroupChanged, GroupEnded, GroupNews
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import (
    Group,
    GroupBadge,
    GroupFields,
    LentBadge,
    NewGroup,
)
from controller.capabilities.members import memberships, on_behalf
from controller.capabilities.members.members import new_ref
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.training import certify_rights
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import Assurance, CredentialKind, CredentialStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.mapping import to_shape, write
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_existing,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

_READ, _WRITE = Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE


def create(db: Session, new: NewGroup, *, vault: Vault, actor: Actor, now: Utc) -> Group:
    """Add a group, and lend it a badge if one is given. Raises Invalid, Conflict, Forbidden."""
    site_id = resolve_site(db, actor, _WRITE, new.site_id)
    row = GroupRow(
        id=uuid7(),
        ref=new_ref(),
        site_id=site_id,
        accompanied=[],
        ended_at=None,
        created_by=actor.ref,
        created_at=now,
    )
    _apply(db, row, new, actor, now)
    db.add(row)
    db.flush()
    if new.value is not None:
        _lend(db, row, GroupBadge(value=new.value), vault, now)
    return _record(db, row, "group_created", actor, now)


def get(db: Session, group_id: str, *, actor: Actor) -> Group:
    """Return one group. Raises NotFound."""
    return _shapes(db, [_row(db, group_id, actor)])[0]


def of_badge(db: Session, value: str, *, vault: Vault, actor: Actor) -> Group | None:
    """Return the group whose badge has this number, if the actor may see it; else None.

    Raises Invalid.
    """
    badge = badges.with_number(db, badges.parse_number(value), vault)
    if badge is None or badge.group_id is None:
        return None
    row = db.get_one(GroupRow, badge.group_id)
    if not actor.may(_READ, row.site_id):
        return None
    return _shape(row, badge)


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Group]:
    """Return a page of the groups of the actor's sites."""
    actor.require_anywhere(_READ)
    statement = select(GroupRow).where(at_sites(GroupRow.site_id, actor.sites(_READ)))
    return paged(db, statement, GroupRow.id, cursor, lambda rows: _shapes(db, rows))


def change(
    db: Session, group_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Group:
    """Apply a merge patch, even while the group is in.

    Raises Invalid, Stale, Conflict, Forbidden.
    """
    row = _open_group(db, group_id, actor)
    require_version(row, version)
    _apply(db, row, merge(_shapes(db, [row])[0], patch, GroupFields), actor, now)
    db.flush()
    react(db, GroupChanged(group=row, now=now))
    return _record(db, row, "group_changed", actor, now)


def give_badge(
    db: Session, group_id: str, new: GroupBadge, *, vault: Vault, actor: Actor, now: Utc
) -> Group:
    """Lend the group a badge; its previous one is marked as lost.

    Raises Invalid, Conflict; Forbidden if somebody pays for the group and the actor may not correct
    money: a use with the new badge is on that bill.
    """
    row = _open_group(db, group_id, actor)
    if row.organisation_id is not None:
        actor.require(Permission.MONEY_WRITE, row.site_id)
    for badge in _badges(db, [row.id]):
        badge.status = CredentialStatus.LOST
    _lend(db, row, new, vault, now)
    return _record(db, row, "group_badge_lent", actor, now)


def end(db: Session, group_id: str, *, actor: Actor, now: Utc) -> Group:
    """End a group that leaves: take its badge back, and record all its people as out."""
    row = _row(db, group_id, actor)
    actor.require(_WRITE, row.site_id)
    if row.ended_at is None:
        row.ended_at = now
        for badge in _badges(db, [row.id]):
            db.delete(badge)
        db.flush()
        react(db, GroupEnded(group=row, now=now))
        _record(db, row, "group_ended", actor, now)
    return _shapes(db, [row])[0]


def end_with_receipts(
    db: Session, group_id: str, *, vault: Vault, actor: Actor, now: Utc
) -> tuple[bytes, ...]:
    """End a group like `end`; return its badges as encrypted receipts for `undo_end`.

    Raises NotFound.
    """
    receipts = tuple(
        badge_return.make_receipt(badge, vault=vault, now=now) for badge in _badges(db, [group_id])
    )
    end(db, group_id, actor=actor, now=now)
    return receipts


def undo_end(
    db: Session, group_id: str, receipts: Sequence[bytes], *, vault: Vault, actor: Actor, now: Utc
) -> Group:
    """Undo `end_with_receipts`, for the actor who ended it: the group is here and has its badges
    again.

    Raises NotFound; Conflict when it is too late, somebody else ended it, or the receipts are from
    an earlier end, since a badge may have been lost in between.
    """
    row = _row(db, group_id, actor)
    actor.require(_WRITE, row.site_id)
    if row.ended_at is None or now - row.ended_at > UNDO_WITHIN:
        raise Conflict("this group has not left, or left too long ago; add another one")
    if _ended_by(db, row) != actor.ref:
        raise Conflict("somebody else ended this group; add another one")
    ended_at, row.ended_at = row.ended_at, None
    for receipt in receipts:
        badge, returned_at = badge_return.row_of_receipt(receipt, group_id, vault=vault, now=now)
        if returned_at != ended_at:
            raise Conflict("this group was here again since; lend it a badge again")
        badges.release_for_undo(db, badge, vault, now)
        db.add(badge)
    return _record(db, row, "group_not_ended", actor, now)


def _ended_by(db: Session, row: GroupRow) -> str | None:
    """Return the author of the group's last end, for whom rights and payer are not checked
    again."""
    ends = select(AuditEntry.actor).where(
        AuditEntry.subject == f"group:{row.id}", AuditEntry.action == "group_ended"
    )
    return db.scalar(ends.order_by(AuditEntry.seq.desc()).limit(1))


def _row(db: Session, key: str, actor: Actor) -> GroupRow:
    return visible(db, GroupRow, key, "group", actor, _READ)


def _open_group(db: Session, key: str, actor: Actor) -> GroupRow:
    row = _row(db, key, actor)
    actor.require(_WRITE, row.site_id)
    if row.ended_at is not None:
        raise Conflict("this group has returned its badge; add another one")
    return row


def _apply(db: Session, row: GroupRow, new: GroupFields, actor: Actor, now: Utc) -> None:
    if new.ends_at <= now and new.ends_at != row.ends_at:
        raise Invalid.of("ends_at", "in the past")
    if new.organisation_id != row.organisation_id:
        payer = OnBehalf(organisation_id=new.organisation_id)
        on_behalf.resolve(db, [row.site_id], payer, now)
        on_behalf.check_payer(db, row.site_id, None, payer, actor=actor)
    _check_accompanied(db, row, new, actor, now)
    is_longer = row.ends_at is not None and new.ends_at > row.ends_at
    if row.organisation_id is not None and (
        is_longer or new.organisation_id != row.organisation_id
    ):
        actor.require(Permission.MONEY_WRITE, row.site_id)  # this changes what the payer pays for
        before = OnBehalf(organisation_id=row.organisation_id)
        memberships.check_not_own(db, actor, None, before)
    write(row, new, GroupFields, accompanied=sorted(set(new.accompanied)))


def _check_accompanied(
    db: Session, row: GroupRow, new: GroupFields, actor: Actor, now: Utc
) -> None:
    """Require the right to certify if this lets a group use a machine, or use it for longer."""
    counts = counts_at(CertificationRow, [row.site_id])
    require_existing(db, "accompanied", CertificationRow.id, new.accompanied, counts)
    if actor.may(Permission.CERTIFY, row.site_id):
        return
    is_longer = row.ends_at is not None and new.ends_at > row.ends_at
    allowed = set() if is_longer else set(row.accompanied)
    for certification_id in sorted(set(new.accompanied) - allowed):
        if not certify_rights.is_trainer(db, actor, certification_id, now):
            raise Forbidden(
                f"{certification_id}: this needs one of its trainers, or a manager of the site"
            )


def _lend(db: Session, row: GroupRow, new: GroupBadge, vault: Vault, now: Utc) -> None:
    badges.enrol(
        db,
        new.value,
        assurance=new.assurance,
        kind=CredentialKind.GROUP,
        group_id=row.id,
        lent=True,
        vault=vault,
        now=now,
    )
    db.flush()


def _badges(db: Session, groups: Sequence[str]) -> list[CredentialRow]:
    statement = select(CredentialRow).where(CredentialRow.group_id.in_(groups))
    return list(db.scalars(statement.order_by(CredentialRow.id)))


def _record(db: Session, row: GroupRow, action: str, actor: Actor, now: Utc) -> Group:
    db.flush()
    payer = on_behalf.audit_details(OnBehalf(organisation_id=row.organisation_id))
    heads = row.headcount
    audit.record(db, actor, now, action, f"group:{row.id}", row.site_id, heads=heads, **payer)
    post_news(db, GroupNews(site=row.site_id, key=row.id))
    return _shapes(db, [row])[0]


def _shapes(db: Session, rows: Sequence[GroupRow]) -> list[Group]:
    """Return groups for the API, each with the badge that it was lent last."""
    lent = {badge.group_id: badge for badge in _badges(db, [row.id for row in rows])}
    return [_shape(row, lent.get(row.id)) for row in rows]


def _shape(row: GroupRow, badge: CredentialRow | None) -> Group:
    lent_badge = None
    if badge is not None:
        assurance = Assurance(badge.assurance)
        lent_badge = LentBadge(value=badge.masked, status=badge.status, assurance=assurance)
    return to_shape(row, Group, badge=lent_badge)


def release_badge(db: Session, event: BadgeWanted) -> None:
    """Delete the badge of a group whose time has ended, so that it can be given to somebody
    else."""
    badge = event.badge
    if badge.group_id is None or badge.status is CredentialStatus.LOST:
        return
    if db.get_one(GroupRow, badge.group_id).ends_at <= event.now:
        db.delete(badge)
        db.flush()

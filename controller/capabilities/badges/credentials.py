"""Gives, finds, suspends, replaces and takes back badges; full numbers are never shown again."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import badges, handing_over, site_keys
from controller.capabilities.badges.changes import BadgeStaysSuspended
from controller.capabilities.badges.key_mapping import installation_key
from controller.capabilities.badges.messages import HandoverReason
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.returned_proof import Proof, audit_detail, proof_before
from controller.capabilities.badges.shapes import (
    Credential,
    CredentialFields,
    NewCredential,
    Replacement,
)
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.changes import MemberLeft, MemberNews, MemberTakenBack
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at, may_for_member, sees
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Assurance, CredentialKind, CredentialStatus
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import get_or_404, require_version
from controller.kernel.validate import merge


def create(db: Session, new: NewCredential, *, vault: Vault, actor: Actor, now: Utc) -> Credential:
    """Give a badge to a member. Raises Invalid, and Conflict when somebody has it."""
    member = _member(db, new.member_id, actor)
    keys = site_keys.holder_keys(db, badges.parse_number(new.value), vault)
    before = proof_before(db, member.id, keys)
    row = badges.enrol(
        db,
        new.value,
        assurance=new.assurance,
        kind=new.kind,
        member_id=member.id,
        lent=new.lent,
        vault=vault,
        now=now,
    )
    row.valid_from, row.valid_until = new.valid_from, new.valid_until
    _check_guest(row, member, actor)
    usual = HandoverReason.LENT if new.lent else HandoverReason.GIVEN
    reason = _reason(row, before, usual, member, actor)
    handing_over.hand_over(db, row, member, reason, actor=actor, now=now)
    _record(db, row, member, "credential_lent" if new.lent else "credential_created", actor, now)
    return shape(row)


def create_by_key(
    db: Session, member_id: str, key: HolderKey, site_id: str, *, actor: Actor, now: Utc
) -> Credential:
    """Give a member a badge that a reader of the site has just sent by its holder key.

    Raises Invalid, Conflict.
    """
    member = _member(db, member_id, actor)
    known_key = installation_key(db, site_id, key)
    before = proof_before(db, member.id, {key, known_key})
    badges.release(db, [known_key], now)
    row = badges.enrol_key(db, key, member_id=member.id, now=now)
    reason = _reason(row, before, HandoverReason.GIVEN, member, actor)
    handing_over.hand_over(db, row, member, reason, actor=actor, now=now)
    _record(db, row, member, "credential_created", actor, now)
    return shape(row)


def get(db: Session, credential_id: str, *, actor: Actor) -> Credential:
    """Return one credential with a masked number. Raises NotFound."""
    return shape(_visible(db, credential_id, actor)[0])


def page(
    db: Session, *, actor: Actor, member_id: str | None = None, cursor: Cursor = FIRST
) -> Page[Credential]:
    """Return a page of the credentials of the actor's sites, or of one member."""
    sites = actor.sites(Permission.MEMBERS_READ)
    allowed = known_at(sites)
    if actor.member_id is not None and sites is not None:
        allowed = allowed | (MemberRow.id == actor.member_id)
    statement = select(CredentialRow).join(MemberRow, MemberRow.id == CredentialRow.member_id)
    statement = statement.where(allowed)
    if member_id is not None:
        statement = statement.where(CredentialRow.member_id == member_id)
    key = CredentialRow.id
    return paged(db, statement, key, cursor, lambda rows: [shape(row) for row in rows])


def find(db: Session, value: str, *, vault: Vault, actor: Actor) -> Credential | None:
    """Return the credential with this number, as the desk's reader types it.

    None if there is none, or the actor may not see it.
    """
    row = badges.with_number(db, badges.parse_number(value), vault)
    if row is None or row.member_id is None:
        return None
    member = db.get_one(MemberRow, row.member_id)
    return shape(row) if may_for_member(db, actor, Permission.MEMBERS_READ, member) else None


def change(
    db: Session, credential_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Credential:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row, member = _writable(db, credential_id, actor)
    require_version(row, version)
    new = merge(shape(row), patch, CredentialFields)
    if row.kind is not CredentialKind.MEMBER and new.valid_until is None:
        raise Invalid.of("valid_until", "required for guest badges")
    opens_more = _opens_more(row, new)
    if opens_more:
        handing_over.check_here(member)
        handing_over.check(db, member, actor=actor, now=now)
    is_lower = _is_lower(row, new)
    if is_lower and proof_before(db, member.id, {row.holder_key}).has_keys:
        actor.require(Permission.CERTIFY, member.site_id)
    was_over = _is_over(row.valid_until, now)
    is_later = _ends_later(row, new)
    detail: dict[str, object] = {}
    if new.valid_from != row.valid_from:
        detail["from"] = new.valid_from.text() if new.valid_from else None
    if new.valid_until != row.valid_until:
        detail["until"] = new.valid_until.text() if new.valid_until else None
    if not Assurance(row.assurance).covers(new.assurance):
        detail["raised"] = new.assurance.value
    row.assurance, row.valid_from, row.valid_until = new.assurance, new.valid_from, new.valid_until
    if is_later:
        _check_guest(row, member, actor)
    if is_lower:
        handing_over.hand_over(db, row, member, HandoverReason.LOWERED, actor=actor, now=now)
    elif was_over and not _is_over(row.valid_until, now):
        handing_over.hand_over(db, row, member, HandoverReason.RESTORED, actor=actor, now=now)
    elif opens_more and not handing_over.is_for_a_day(row):
        handing_over.hand_over(db, row, member, HandoverReason.LENGTHENED, actor=actor, now=now)
    _record(db, row, member, "credential_changed", actor, now, **detail)
    return shape(row)


def _reason(
    row: CredentialRow, before: Proof, usual: HandoverReason, member: MemberRow, actor: Actor
) -> HandoverReason:
    """Return the reason for handing over a badge whose number has proved more for the member.

    Raises Forbidden if its card had keys and the actor may not certify.
    """
    if Assurance(row.assurance).covers(before.level):
        return usual
    if before.has_keys:
        actor.require(Permission.CERTIFY, member.site_id)
    return HandoverReason.LOWERED


def _check_guest(row: CredentialRow, member: MemberRow, actor: Actor) -> None:
    """Require the right to certify for one's own guest badge, or one that lasts more than a day.

    A guest badge needs no subscription.
    """
    end = row.valid_until if row.kind is CredentialKind.GUEST else None
    is_own = member.id in actor.own_members
    if end is not None and (is_own or end - row.created_at > handing_over.LOAN):
        actor.require(Permission.CERTIFY, member.site_id)


def suspend(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> Credential:
    """Suspend a badge: it opens nothing until it is restored."""
    return _set_status(db, credential_id, CredentialStatus.SUSPENDED, actor, now)


def mark_lost(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> Credential:
    """Mark a badge as lost: it opens nothing, and readers say that it is lost."""
    return _set_status(db, credential_id, CredentialStatus.LOST, actor, now)


def restore(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> Credential:
    """Restore a badge that was lost or suspended."""
    return _set_status(db, credential_id, CredentialStatus.ACTIVE, actor, now)


def replace(
    db: Session, credential_id: str, new: Replacement, *, vault: Vault, actor: Actor, now: Utc
) -> Credential:
    """Give another badge with the same rights, and mark the old one as lost; return the new one."""
    old, member = _writable(db, credential_id, actor)
    _check_suspension(old, member, actor)
    keys = site_keys.holder_keys(db, badges.parse_number(new.value), vault)
    before = proof_before(db, member.id, keys)
    row = badges.enrol(
        db,
        new.value,
        assurance=new.assurance or old.assurance,
        kind=old.kind,
        member_id=member.id,
        lent=old.lent,
        vault=vault,
        now=now,
    )
    row.valid_from, row.valid_until = old.valid_from, old.valid_until
    old.status, old.suspended_because = CredentialStatus.LOST, None
    how = _reason(row, before, HandoverReason.REPLACED, member, actor)
    handing_over.hand_over(db, row, member, how, replaces=old.id, actor=actor, now=now)
    _record(db, old, member, "credential_lost", actor, now)
    _record(db, row, member, "credential_replaces", actor, now, replaces=old.id)
    return shape(row)


def return_badge(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> None:
    """Take a badge back: it opens nothing, and can be given to somebody else. Raises NotFound."""
    row, member = _writable(db, credential_id, actor)
    _check_suspension(row, member, actor)
    detail = audit_detail(db, row)
    if handing_over.is_for_a_day(row):
        detail["lent"] = True
    db.delete(row)
    _record(db, row, member, "credential_returned", actor, now, **detail)


def undo_return(
    db: Session, row: CredentialRow, *, vault: Vault, actor: Actor, now: Utc
) -> Credential:
    """Undo `return_badge`: the member has the badge again, as if it was restored.

    Raises Invalid, Conflict, Forbidden.
    """
    member = _member(db, row.member_id or "", actor)
    handing_over.check_here(member)
    badges.release_for_undo(db, row, vault, now)
    db.add(row)
    how = HandoverReason.RESTORED
    handing_over.check_second(db, row, member, how, actor=actor, now=now)
    _record(db, row, member, "credential_lent" if row.lent else "credential_created", actor, now)
    return shape(row)


def delete_all(db: Session, event: MemberTakenBack) -> None:
    """Delete the badges of a member who was added by mistake, so that others can get them."""
    handing_over.lock(db, event.member_id)
    for badge in db.scalars(
        select(CredentialRow).where(CredentialRow.member_id == event.member_id)
    ):
        db.delete(badge)
    db.flush()


def _member(db: Session, member_id: str, actor: Actor) -> MemberRow:
    member = handing_over.lock(db, member_id)
    if member is None or not may_for_member(db, actor, Permission.MEMBERS_READ, member):
        raise Invalid.of("member_id", f"no member {member_id}")
    actor.require(Permission.CREDENTIALS_WRITE, member.site_id)
    return member


def _visible(db: Session, key: str, actor: Actor) -> tuple[CredentialRow, MemberRow]:
    row = get_or_404(db, CredentialRow, key, "credential")
    if row.member_id is None:  # a group's badge, which belongs to the feature *groups*
        raise NotFound("credential", key)
    member = db.get_one(MemberRow, row.member_id)
    if not sees(db, actor, member):
        raise NotFound("credential", key)
    return row, member


def _writable(db: Session, key: str, actor: Actor) -> tuple[CredentialRow, MemberRow]:
    row, member = _visible(db, key, actor)
    actor.require(Permission.CREDENTIALS_WRITE, member.site_id)
    handing_over.lock(db, member.id)
    return row, member


def _set_status(
    db: Session, key: str, status: CredentialStatus, actor: Actor, now: Utc
) -> Credential:
    row, member = _visible(db, key, actor)
    # Members, and every desk that knows the member, may report a badge as lost; only the home site
    # restores it.
    is_lost = status is CredentialStatus.LOST
    may_report_lost = actor.member_id == member.id or may_for_member(
        db, actor, Permission.CREDENTIALS_WRITE, member
    )
    if not (is_lost and may_report_lost):
        actor.require(Permission.CREDENTIALS_WRITE, member.site_id)
    handing_over.lock(db, member.id)
    if row.status is not status:
        if status is CredentialStatus.ACTIVE and actor.member_id == member.id:
            raise Forbidden("somebody else has to restore your badge")
        if status is CredentialStatus.ACTIVE:
            _check_suspension(row, member, actor)
            row.suspended_by = None
        if status is CredentialStatus.SUSPENDED and actor.may_by_role(
            Permission.CERTIFY, member.site_id
        ):
            row.suspended_by = actor.ref
        before, row.status, row.suspended_because = row.status, status, None
        if status is CredentialStatus.ACTIVE:
            handing_over.hand_over(db, row, member, HandoverReason.RESTORED, actor=actor, now=now)
        previous = {"was": before.value} if before is CredentialStatus.SUSPENDED else {}
        _record(db, row, member, f"credential_{status}", actor, now, **previous)
    return shape(row)


def _check_suspension(row: CredentialRow, member: MemberRow, actor: Actor) -> None:
    """Raise BadgeStaysSuspended unless the actor may end the badge's suspension.

    Also for a lost badge that was suspended before.
    """
    is_own_suspension = row.suspended_by in (None, actor.ref)
    if not (is_own_suspension or actor.may(Permission.CERTIFY, member.site_id)):
        raise BadgeStaysSuspended


def _opens_more(row: CredentialRow, new: CredentialFields) -> bool:
    """Return whether the badge, or a copy of it, would open more than before, or for longer."""
    starts_sooner = row.valid_from is not None and (
        new.valid_from is None or new.valid_from < row.valid_from
    )
    return _is_lower(row, new) or starts_sooner or _ends_later(row, new)


def _is_lower(row: CredentialRow, new: CredentialFields) -> bool:
    """Return whether a copy of the badge may work from now on."""
    return not new.assurance.covers(Assurance(row.assurance))


def _ends_later(row: CredentialRow, new: CredentialFields) -> bool:
    return row.valid_until is not None and (
        new.valid_until is None or new.valid_until > row.valid_until
    )


def _is_over(end: Utc | None, now: Utc) -> bool:
    return end is not None and end <= now


def set_active(db: Session, row: CredentialRow, *, actor: Actor, now: Utc) -> Credential:
    """Make a badge active; the caller has checked that the actor may do this."""
    row.status, row.suspended_because = CredentialStatus.ACTIVE, None
    member = db.get_one(MemberRow, row.member_id)
    _record(db, row, member, f"credential_{row.status}", actor, now)
    return shape(row)


def _record(
    db: Session,
    row: CredentialRow,
    member: MemberRow,
    action: str,
    actor: Actor,
    now: Utc,
    **detail: object,
) -> None:
    db.flush()
    audit.record(
        db, actor, now, action, f"member:{member.id}", member.site_id, credential=row.id, **detail
    )
    post_news(db, MemberNews(site=member.site_id, key=member.id))


def shape(row: CredentialRow) -> Credential:
    """Return a badge for the API."""
    return to_shape(
        row,
        Credential,
        member_id=row.member_id or "",
        value=row.masked,
        assurance=Assurance(row.assurance),
        card=row.card_kind,
    )


def suspend_all(db: Session, event: MemberLeft) -> None:
    """Suspend all badges of a member who has left."""
    badges_of_member = select(CredentialRow).where(CredentialRow.member_id == event.member.id)
    for badge in db.scalars(badges_of_member):
        if badge.status is CredentialStatus.ACTIVE:
            badge.status = CredentialStatus.SUSPENDED


# Why a badge does not work, and since when.

_BY_STATUS = {
    CredentialStatus.LOST: DenyReason.CREDENTIAL_LOST,
    CredentialStatus.SUSPENDED: DenyReason.CREDENTIAL_SUSPENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeStop:
    """A badge that does not work, and the reason that a reader would give.

    `since`: since when it does not work, or when it will; None if not recorded, for example when
    its holder has left.
    """

    badge: Credential
    reason: DenyReason
    since: Utc | None


def find_badge_stop(db: Session, credential_id: str, *, actor: Actor, now: Utc) -> BadgeStop | None:
    """Return why this badge does not work; None if it works. Raises NotFound."""
    badge = get(db, credential_id, actor=actor)
    reason = _BY_STATUS.get(badge.status)
    if reason is not None:
        return BadgeStop(badge=badge, reason=reason, since=_status_since(db, badge))
    if badge.valid_from is not None and now < badge.valid_from:
        reason = DenyReason.CREDENTIAL_NOT_YET_VALID
        return BadgeStop(badge=badge, reason=reason, since=badge.valid_from)
    if badge.valid_until is not None and now >= badge.valid_until:
        return BadgeStop(badge=badge, reason=DenyReason.CREDENTIAL_EXPIRED, since=badge.valid_until)
    return None


def _status_since(db: Session, badge: Credential) -> Utc | None:
    """Return when the badge got its current status, according to the audit."""
    conditions = (
        AuditEntry.subject == f"member:{badge.member_id}",
        AuditEntry.action == f"credential_{badge.status}",
        AuditEntry.detail.contains(f'"{badge.id}"', autoescape=True),
    )
    newest = select(AuditEntry.at).where(*conditions).order_by(AuditEntry.seq.desc()).limit(1)
    return db.scalar(newest)

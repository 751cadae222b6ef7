"""Visits at terminals: begun by badge and code, ended after a minute without a touch."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts.digests import digest, new_secret
from controller.capabilities.badges import badges
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.screen.addresses import Address
from controller.capabilities.screen.models import ScreenAddress
from controller.capabilities.self_service.models import TerminalVisit
from controller.domain.facts import CredentialStatus, Language, MemberStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict

IDLE_TIMEOUT = timedelta(seconds=60)
"""How long a visit lasts without a touch."""
MAX_VISIT = timedelta(minutes=20)
"""Maximum duration of a visit."""


class BadgeOpensNoPage(Conflict):
    """The badge opens doors, but not the member's page, at least not yet."""

    def __init__(self, opens_at: Utc | None) -> None:
        super().__init__(f"this badge opens the own page {opens_at or 'never'}")
        self.opens_at = opens_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit; its actor has a member's rights at this site only."""

    name: str
    language: Language
    site_id: str
    actor: Actor


def member_with_badge(
    db: Session, number: CredentialId | None, address: Address, *, vault: Vault, now: Utc
) -> str | None:
    """Return the id of the active member of the terminal's site with this badge, or None.

    Raises BadgeOpensNoPage for a badge that is lent, or was handed over too recently.
    """
    if number is None:
        return None
    badge = badges.with_number(db, number, vault)
    if badge is None or badge.member_id is None or not _is_working(badge, now):
        return None
    member = db.get_one(MemberRow, badge.member_id)
    is_known = address.site_id in sites_of(db, member)
    if member.status is not MemberStatus.ACTIVE or not is_known:
        return None
    if badge.own_page_from is None or badge.own_page_from > now:
        raise BadgeOpensNoPage(badge.own_page_from)
    return member.id


def opens_from(db: Session, member_id: str) -> Utc | None:
    """Return when the first of a member's badges opens their page; None if none ever does."""
    active_badges = (
        CredentialRow.member_id == member_id,
        CredentialRow.status == CredentialStatus.ACTIVE,
    )
    return db.scalar(select(func.min(CredentialRow.own_page_from)).where(*active_badges))


def begin(db: Session, member_id: str, address: Address, *, now: Utc) -> str:
    """Begin a visit, ending the previous one at the terminal; return its secret."""
    over = (TerminalVisit.touched_at <= now - IDLE_TIMEOUT) | (
        TerminalVisit.address_id == address.id
    )
    db.execute(delete(TerminalVisit).where(over))
    secret = new_secret()
    row = TerminalVisit(
        hash=digest(secret),
        member_id=member_id,
        site_id=address.site_id,
        address_id=address.id,
        began_at=now,
        touched_at=now,
    )
    db.add(row)
    db.flush()
    return secret


def current(db: Session, secret: str, *, now: Utc) -> Visit | None:
    """Return the visit with this secret; None if it is over, or the terminal is revoked."""
    visit_and_member = db.execute(
        select(TerminalVisit, MemberRow)
        .join(MemberRow, MemberRow.id == TerminalVisit.member_id)
        .join(ScreenAddress, ScreenAddress.id == TerminalVisit.address_id)
        .where(
            TerminalVisit.hash == digest(secret),
            TerminalVisit.touched_at > now - IDLE_TIMEOUT,
            TerminalVisit.began_at > now - MAX_VISIT,
            ScreenAddress.revoked_at.is_(None),
            MemberRow.status == MemberStatus.ACTIVE,
        )
    ).one_or_none()
    if visit_and_member is None:
        return None
    visit, member = visit_and_member
    roles = {visit.site_id: frozenset({Role.MEMBER})}
    member_actor = Actor(ref=f"member:{member.id}", roles=roles, member_id=member.id)
    return Visit(
        name=member.display_name,
        language=member.language,
        site_id=visit.site_id,
        actor=member_actor,
    )


def touch(db: Session, secret: str, *, now: Utc) -> None:
    """Extend a visit after a touch, unless it is over."""
    current_visit = (
        TerminalVisit.hash == digest(secret),
        TerminalVisit.touched_at > now - IDLE_TIMEOUT,
    )
    db.execute(update(TerminalVisit).where(*current_visit).values(touched_at=now))


def end(db: Session, secret: str) -> None:
    """End a visit."""
    db.execute(delete(TerminalVisit).where(TerminalVisit.hash == digest(secret)))


def delete_timed_out(db: Session, now: Utc) -> None:
    """Delete visits that timed out."""
    db.execute(delete(TerminalVisit).where(TerminalVisit.touched_at <= now - IDLE_TIMEOUT))


def _is_working(badge: CredentialRow, now: Utc) -> bool:
    is_valid_yet = badge.valid_from is None or badge.valid_from <= now
    lasts = badge.valid_until is None or badge.valid_until > now
    return badge.status is CredentialStatus.ACTIVE and is_valid_yet and lasts

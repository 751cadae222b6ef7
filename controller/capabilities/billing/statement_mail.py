"""Statements by e-mail when a month is closed, to members who asked for them and to
organisations."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.messages import OrganisationStatementMessage, StatementMessage
from controller.capabilities.billing.models import InvoicingRow
from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops, write
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.policy.reading import chunks

_WHAT = StatementMessage.WHAT


def is_wanted(db: Session, *, actor: Actor) -> bool | None:
    """Return whether the actor gets their own statements by e-mail; None: they have no address."""
    to = _address(db, actor)
    return None if to is None else _is_chosen(db, actor.member_id or "", to)


def choose(db: Session, site_id: str, *, wanted: bool, actor: Actor, now: Utc) -> None:
    """Subscribe to one's own statements, or unsubscribe.

    Raises Forbidden, and Conflict without an address.
    """
    actor.require(Permission.OWN_WRITE, site_id)
    to = _address(db, actor)
    if to is None or actor.member_id is None:
        raise Conflict("this member has no address")
    if wanted:
        stops.subscribe_member(db, _WHAT, actor.member_id, to, now=now)
    else:
        stops.unsubscribe_member(db, _WHAT, actor.member_id, to)


def move_choice(db: Session, merged: MemberMerged) -> None:
    """Keep the choice of a record that is merged into another."""
    gone, to = merged.gone, merged.gone.email
    if to and _is_chosen(db, gone.id, to):
        stops.unsubscribe_member(db, _WHAT, gone.id, to)
        stops.subscribe_member(db, _WHAT, merged.kept.id, to, now=merged.now)


def write_all(
    db: Session, site_id: str, frozen: Mapping[str, StatementMessage], *, now: Utc
) -> None:
    """Send these statements, by member id, to those members who want them."""
    subscriptions = stops.subscriber_digests(db, _WHAT)
    for batch in chunks(sorted(frozen) if subscriptions else ()):
        members = select(MemberRow.id, MemberRow.email).where(MemberRow.id.in_(batch))
        for member, email in db.execute(members):
            if email and stops.member_digest(member, email) in subscriptions:
                message = frozen[member]
                key = f"{site_id}/{member}/{message.number}"
                write.to_member(db, member, message, site_id=site_id, key=key, now=now)


def write_to_organisations(
    db: Session, site_id: str, frozen: Mapping[str, OrganisationStatementMessage], *, now: Utc
) -> None:
    """Send these statements, by organisation id, to the organisations' mailboxes."""
    language = db.get_one(SiteRow, site_id).language
    for organisation, message in frozen.items():
        to = db.get(InvoicingRow, organisation)
        if to is not None and to.email:
            key = key_of(message.statement_id, to.email)
            write.to_address(
                db, to.email, message, language=language, site_id=site_id, key=key, now=now
            )


def has_stopped(db: Session, email: str) -> bool:
    """Whether this mailbox has unsubscribed, by the link in the message."""
    return stops.is_unsubscribed(db, OrganisationStatementMessage.WHAT, stops.digest(email))


def key_of(statement_id: str, email: str) -> str:
    """Return the key of the message to this mailbox, from which its link's secret is made."""
    return f"{statement_id}/{stops.digest(email)}"


def _is_chosen(db: Session, member_id: str, address: str) -> bool:
    is_chosen = stops.member_digest(member_id, address) in stops.subscriber_digests(db, _WHAT)
    return is_chosen and not stops.is_unsubscribed(db, _WHAT, stops.digest(address))


def _address(db: Session, actor: Actor) -> str | None:
    member = db.get(MemberRow, actor.member_id or "")
    email = member.email if member else None
    return email if email and stops.is_address(email) else None

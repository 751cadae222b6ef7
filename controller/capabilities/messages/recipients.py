"""Whether messages reach members, why not, and their phone numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices, stops
from controller.capabilities.messages.models import MessageRow
from controller.domain.time import Utc
from controller.kernel.message import Message


class Unreachable(StrEnum):
    """Why a message does not reach somebody."""

    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    """The person has unsubscribed from such messages."""
    NO_MAIL = "no_mail"
    """The place has no mail server."""
    FAILED = "failed"
    """The mail server refused it, or it was too late."""
    NOT_WRITTEN = "not_written"
    """No message was written, although one would reach the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A member whom a change concerns, and whether messages reach them."""

    member_id: str
    name: str
    phone: str | None
    """The phone number of the member or guardian; None if the actor may not read it."""
    unreachable: Unreachable | None
    sent_at: Utc | None = None
    """When the message about the last change was sent."""


def recipient(
    db: Session,
    member: MemberRow,
    kinds: Sequence[type[Message]],
    letter: MessageRow | None,
    may_call: bool,
) -> Recipient:
    """Return whether messages of these kinds reach a member; with `letter`, that message's
    result."""
    return all_recipients(db, [(member, letter)], kinds, may_call)[0]


def all_recipients(
    db: Session,
    letters: Sequence[tuple[MemberRow, MessageRow | None]],
    kinds: Sequence[type[Message]],
    may_call: bool,
) -> list[Recipient]:
    """Return the same for several members, each with their message, in one query."""
    digests = {stops.digest(member.email) for member, _letter in letters if member.email}
    refused = stops.unsubscribed_digests(db, [kind.WHAT for kind in kinds], digests)
    return [
        Recipient(
            member_id=member.id,
            name=member.display_name,
            phone=(member.phone or member.guardian_phone) if may_call else None,
            unreachable=_reason_unreachable(db, member, refused, letter),
            sent_at=letter.sent_at if letter is not None else None,
        )
        for member, letter in letters
    ]


def _reason_unreachable(
    db: Session, member: MemberRow, refused: Collection[str], letter: MessageRow | None
) -> Unreachable | None:
    if letter is not None and letter.sent_at is not None:
        return None
    if not member.email or not stops.is_address(member.email):
        return Unreachable.NO_ADDRESS
    if stops.digest(member.email) in refused:
        return Unreachable.REFUSED
    if not site_choices.mail_is_on(db):
        return Unreachable.NO_MAIL
    if letter is not None and letter.due_at is None:
        return Unreachable.FAILED
    return None

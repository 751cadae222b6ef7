"""Whom a letter reaches, why it does not reach the others, and how to call them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices, stops
from controller.capabilities.messages.models import MessageRow
from controller.domain.time import Utc
from controller.kernel.message import Message


class Unreachable(StrEnum):
    """Why a letter does not reach somebody."""

    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    """The person has unsubscribed from such messages."""
    NO_MAIL = "no_mail"
    """The place has no mail server."""
    FAILED = "failed"
    """The mail server did not take it, or it came too late."""
    NOT_WRITTEN = "not_written"
    """There is no letter, although one would reach them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody whom a change concerns."""

    member_id: str
    name: str
    phone: str | None
    """Theirs, else that of whom to call for them; None for who may not change members."""
    unreachable: Unreachable | None
    sent_at: Utc | None = None
    """When the letter about the last change went out."""


def recipient(
    db: Session,
    member: MemberRow,
    kinds: Sequence[type[Message]],
    letter: MessageRow | None,
    may_call: bool,
) -> Recipient:
    """How a member is reached by letters of these kinds; with the letter, how that one went."""
    return Recipient(
        member_id=member.id,
        name=member.display_name,
        phone=(member.phone or member.guardian_phone) if may_call else None,
        unreachable=_unreachable(db, member, kinds, letter),
        sent_at=letter.sent_at if letter is not None else None,
    )


def _unreachable(
    db: Session, member: MemberRow, kinds: Sequence[type[Message]], letter: MessageRow | None
) -> Unreachable | None:
    if letter is not None and letter.sent_at is not None:
        return None
    if not member.email or not stops.is_address(member.email):
        return Unreachable.NO_ADDRESS
    who = stops.digest(member.email)
    if any(stops.is_stopped(db, kind.WHAT, who) for kind in kinds):
        return Unreachable.REFUSED
    if not site_choices.mail_is_on(db):
        return Unreachable.NO_MAIL
    if letter is not None and letter.due_at is None:
        return Unreachable.FAILED
    return None

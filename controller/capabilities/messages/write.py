"""Writes a message in the same transaction as the change that it reports."""

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.stops import is_address
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.message import Message
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7


def to_member(
    db: Session, member_id: str, message: Message, *, site_id: str, key: str, now: Utc
) -> None:
    """Write to a member with an address; repeating it with the same key has no effect.

    It is not sent if the member has left by then.
    """
    member = db.get(MemberRow, member_id)
    if member is None or not is_address(member.email or ""):
        return
    _write(db, message, site_id, key, now, member_id=member.id, language=member.language)


def to_member_at(
    db: Session,
    member: MemberRow,
    address: str,
    message: Message,
    *,
    site_id: str,
    key: str,
    now: Utc,
    language: Language | None = None,
) -> None:
    """Write to a member at this address, even if the member's own address changes before it is
    sent.

    `language`: instead of the member's.
    """
    if is_address(address):
        spoken = language or member.language
        _write(
            db, message, site_id, key, now, language=spoken, member_id=member.id, address=address
        )


def to_address(
    db: Session,
    address: str,
    message: Message,
    *,
    language: Language,
    site_id: str,
    key: str,
    now: Utc,
) -> None:
    """Write to an address without a member; does nothing if it is not an e-mail address."""
    if is_address(address):
        _write(db, message, site_id, key, now, address=address, language=language)


def _write(
    db: Session,
    message: Message,
    site_id: str,
    key: str,
    now: Utc,
    *,
    language: Language,
    member_id: str | None = None,
    address: str | None = None,
) -> None:
    if not site_choices.is_written(db, type(message), site_id):
        return
    row = {
        "id": uuid7(),
        "site_id": site_id,
        "what": message.WHAT,
        "key": key,
        "detail": message.detail(),
        "member_id": member_id,
        "address": address,
        "language": language,
        "written_at": now,
        "attempts": 0,
        "due_at": Utc.of(now + message.DELAY),
        "sent_at": None,
        "trouble": None,
        "said": None,
    }
    insert_missing(db, MessageRow, [row])

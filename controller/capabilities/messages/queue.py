"""Due messages: one process leases them, composes them, and records the result."""

import base64
import hmac
import logging
import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import site_choices, stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import FINAL_TROUBLES, Trouble
from controller.capabilities.places.models import SiteRow
from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.kernel.message import Letter, Message, MessageContext
from controller.kernel.translation import translator

_MINUTE, _HOUR = 60.0, 3600.0
WAITS_S = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR / 2, _HOUR, 2 * _HOUR, 4 * _HOUR)
"""Seconds to wait after the first attempt, the second …; the last value applies to all others."""
JITTER = 0.1
"""Fraction by which a wait varies, so that messages are not retried all at once."""
LEASE = timedelta(minutes=10)
"""After this time, another process sends the messages of a process that died."""
BATCH_SIZE = 20
"""Messages that are leased at once."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The installation's rules for messages."""

    secret: str
    """The web server's secret, from which links in messages are derived."""
    quiet_hours: str | None = None
    """Quiet hours as `HH:MM-HH:MM`, if any."""
    give_up_days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message that this process has leased and must send now."""

    id: str
    site_id: str
    member_id: str | None
    """The recipient, unless it is written to an address alone."""
    address: str
    letter: Letter
    place: str
    language: Language
    written_at: Utc
    stop_path: str | None
    """The path of the page for unsubscribing, if possible."""
    title: str


def is_due(db: Session, now: Utc) -> bool:
    """Return whether there are messages for `take_due`."""
    return db.scalar(select(MessageRow.id).where(MessageRow.due_at <= now).limit(1)) is not None


def take_due(db: Session, rules: Rules, now: Utc) -> list[DueMessage]:
    """Lease the oldest due messages.

    Closes those that must not be sent, with the reason, and in quiet hours postpones those that are
    not urgent. A message whose text can't be composed is retried later.
    """
    rows = db.scalars(
        select(MessageRow)
        .where(MessageRow.due_at <= now)
        .order_by(MessageRow.due_at, MessageRow.id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    return [message for row in rows if (message := _take_or_later(db, row, rules, now))]


def mark_sent(db: Session, message_id: str, *, to: str, now: Utc) -> None:
    """Record that the mail server has accepted a message, unless it was erased meanwhile."""
    row = db.get(MessageRow, message_id)
    if row is None:
        return
    row.sent_at, row.due_at, row.trouble, row.said = now, None, None, None
    row.address = to


def mark_failed(
    db: Session,
    message_id: str,
    trouble: Trouble,
    response: str,
    *,
    to: str,
    rules: Rules,
    now: Utc,
) -> None:
    """Record a failed attempt; schedule the next one, or give up. Does nothing if it was erased.

    An address that was refused permanently is stored, since the member's may change.
    """
    row = db.get(MessageRow, message_id)
    if row is None:
        return
    row.trouble, row.said = trouble.value, response[:400] or None
    chance = random.random()  # noqa: S311  no secret
    next_attempt = next_try(now, row.attempts, row.written_at, rules.give_up_days, chance)
    row.due_at = None if trouble in FINAL_TROUBLES else next_attempt
    if trouble is Trouble.RECIPIENT:
        row.address = to


def was_tried(db: Session, kind: str, key: str) -> bool:
    """Return whether a message was sent, or may have been."""
    row = select(MessageRow.id).where(MessageRow.what == kind, MessageRow.key == key)
    return db.scalar(row.where(MessageRow.attempts > 0).limit(1)) is not None


def _take_or_later(db: Session, row: MessageRow, rules: Rules, now: Utc) -> DueMessage | None:
    attempts = row.attempts + 1
    try:
        return _take(db, row, rules, now)
    except DBAPIError:
        raise
    except Exception:  # noqa: BLE001  the others go out
        _log.exception("message %s (%s) can't be put into words", row.id, row.what)
        row.attempts = attempts
        mark_failed(db, row.id, Trouble.WORDS, "", to="", rules=rules, now=now)
        return None


def _take(db: Session, row: MessageRow, rules: Rules, now: Utc) -> DueMessage | None:
    message = db.info["house"].messages.read(row.what, row.detail)
    address = _address(db, row)
    reason = _reason_not_to_send(db, row, message, address, rules, now)
    if reason is not None:
        earlier = row.trouble if reason is Trouble.LATE else None  # more precise than "late"
        row.due_at, row.trouble = None, earlier or reason.value
        return None
    site = db.get_one(SiteRow, row.site_id)
    quiet_until = quiet_hours_end(rules.quiet_hours, site.time_zone, now)
    if quiet_until is not None and not message.URGENT:
        row.due_at = quiet_until
        return None
    row.attempts, row.due_at = row.attempts + 1, Utc.of(now + LEASE)
    translated = translator(db, row.language)
    place = site.name.get(row.language.value) or next(iter(site.name.values()))
    context = MessageContext(
        translator=translated,
        place=place,
        zone=site.time_zone,
        now=now,
        secret=secret_of(rules.secret, row.key),
        db=db,
    )
    return DueMessage(
        id=row.id,
        site_id=row.site_id,
        member_id=row.member_id,
        address=address,
        letter=message.letter(context),
        place=place,
        language=row.language,
        written_at=row.written_at,
        stop_path=stops.path(rules.secret, row.what, address) if message.MAY_STOP else None,
        title=translated.say(message.TITLE),
    )


def _reason_not_to_send(
    db: Session, row: MessageRow, message: Message | None, address: str, rules: Rules, now: Utc
) -> Trouble | None:
    """Return why the message must not be sent any more, or None."""
    if message is None:
        return Trouble.UNKNOWN
    if not site_choices.is_on(db, type(message), row.site_id):
        return Trouble.TURNED_OFF
    if not address:
        return Trouble.NO_ADDRESS
    if message.MAY_STOP and stops.is_unsubscribed(db, row.what, stops.digest(address)):
        return Trouble.STOPPED
    if not message.is_still_relevant(db):
        return Trouble.LATE
    days = timedelta(days=rules.give_up_days)
    until = min(row.written_at + days, message.until() or Utc.of(row.written_at + days))
    return Trouble.LATE if until <= now else None


def _address(db: Session, row: MessageRow) -> str:
    """Return the address to send to now, or an empty string."""
    if row.member_id is None:
        return row.address or ""
    if row.address:
        return row.address  # also if the member has left since
    member = db.get(MemberRow, row.member_id)
    if member is None or member.status is MemberStatus.LEFT:
        return ""
    return member.email if member.email and stops.is_address(member.email) else ""


# Secrets of links in messages are derived from the web server's secret and not stored.

_PURPOSE = b"loquet/1 links in messages"


def secret_of(web_secret: str, key: str) -> str:
    """Return 256 bits as text for the message with this key; always the same for a key."""
    mac = hmac.digest(web_secret.encode(), _PURPOSE, "sha256")
    derived_secret = hmac.digest(mac, key.encode(), "sha256")
    return base64.urlsafe_b64encode(derived_secret).decode().rstrip("=")


def next_try(now: Utc, attempts: int, written_at: Utc, days: int, chance: float) -> Utc | None:
    """Return when to try again after `attempts` attempts; None: give up, `days` after writing.

    `chance`, from 0 to 1, determines the jitter.
    """
    wait_s = WAITS_S[min(attempts, len(WAITS_S)) - 1] * (1 + JITTER * (2 * chance - 1))
    at = Utc.of(now + timedelta(seconds=wait_s))
    return at if at < written_at + timedelta(days=days) else None


def quiet_hours_end(quiet: str | None, zone: str, now: Utc) -> Utc | None:
    """Return when the current quiet hours end; None outside of them.

    `quiet` is `HH:MM-HH:MM` in the place's time zone, and may cross midnight.
    """
    if not quiet:
        return None
    start, end = (time.fromisoformat(part) for part in quiet.split("-"))
    local = now.astimezone(ZoneInfo(zone))
    over_midnight = start > end
    at = local.time()
    is_quiet = (at >= start or at < end) if over_midnight else start <= at < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and at >= start else 0)
    return Utc.of(datetime.combine(day, end, ZoneInfo(zone)))

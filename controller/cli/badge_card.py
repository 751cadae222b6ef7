"""Write keys to a card, at an access point's reader or at a reader of this computer.

At a reader of this computer the keys leave it only towards the card.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from controller.capabilities.badges import credentials
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.desk import card_protection, reading
from controller.cli.work import CommandFailed
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session, wall_clock
from devices.drivers.contactless.field_reader import write
from devices.drivers.contactless.iso14443_card import Card, CardField, Unreadable
from devices.ports import WriteOrder

T = TypeVar("T")
POLL_S = 0.2
"""Seconds between two polls for a card or a result."""
CLI = Actor.system("cli")
"""The actor of these changes in the audit log."""
ERROR_TEXTS = {
    "no_badge": "the card was removed too early; lay it on the reader and leave it there",
    "not_a_card": "this card can hold no keys; use an NTAG 424 DNA, or a DESFire EV2 or EV3",
    "not_blank": "this card has keys of another installation; use a blank one",
    "no_reader": "this reader can only read; use an rc522 or a pn532",
    "wrong_key": "the agent has another credential key than this controller; enrol it again",
}
"""Error messages by the problem that a reader reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardJob:
    """The card to be written: for which member, with which protection."""

    database: Database
    site_id: str
    member_id: str
    level: Assurance
    vault: Vault = field(repr=False)
    masters: CardMasters = field(repr=False)
    wait_s: float


def at_point(job: CardJob, point: str) -> CardKind:
    """Write keys through the running hub and the agent of an access point.

    Raises CommandFailed, ServiceError.
    """
    _say(f"lay the card on the reader of {point}, and leave it there")
    with job.database.write() as db:
        read = reading.begin(db, job.site_id, point, actor=CLI, now=wall_clock())
    while read.stage is reading.Stage.WAITS:
        time.sleep(POLL_S)
        with job.database.read() as db:
            read = reading.get(db, job.site_id, read.id, actor=CLI, now=wall_clock())
    if read.stage is not reading.Stage.READ:
        raise CommandFailed(f"no card was read at {point}; is its agent online?")
    badge, protection = _begin_protection(job, point, CredentialId(read.credential))
    while protection.stage is card_protection.Stage.WAITS:
        time.sleep(POLL_S)
        with job.database.read() as db:
            protection = card_protection.get(db, protection.id, actor=CLI, now=wall_clock())
    if protection.stage is not card_protection.Stage.DONE:
        raise CommandFailed(
            ERROR_TEXTS.get(protection.reason, f"the reader failed ({protection.reason})")
        )
    with job.database.read() as db:
        kind = credentials.get(db, badge, actor=CLI).card
    if kind is None:
        raise CommandFailed("the badge was deleted meanwhile; start again")
    return kind


def _begin_protection(
    job: CardJob, point: str, number: CredentialId
) -> tuple[str, card_protection.CardProtection]:
    with job.database.write() as db:
        badge = _badge(job, db, number)
        protection = card_protection.begin(
            db,
            job.site_id,
            badge,
            point,
            job.level,
            vault=job.vault,
            masters=job.masters,
            actor=CLI,
            now=wall_clock(),
        )
    return badge, protection


def at_reader(job: CardJob, pn532: str | None) -> CardKind:
    """Write keys at a PN532 on that serial port, or else an MFRC522, of this computer.

    Raises CommandFailed, OSError.
    """
    from devices.drivers.contactless import pn532 as serial
    from devices.drivers.contactless import rc522 as spi

    reader = spi.default_field() if pn532 is None else serial.field_at(pn532)
    reader.open()
    try:
        return in_field(job, reader)
    finally:
        reader.close()


def in_field(
    job: CardJob, field: CardField, clock: Callable[[], float] = time.monotonic
) -> CardKind:
    """Write keys to the first card that is laid on an open reader.

    Raises CommandFailed, ServiceError.
    """
    _say("lay the card on the reader, and leave it there")
    until_s = clock() + job.wait_s
    card = _poll(lambda: _card(field), until_s, clock)
    with job.database.write() as db:
        badge = _badge(job, db, card.credential)
        order = card_protection.order(
            db, badge, job.level, vault=job.vault, masters=job.masters, actor=CLI, now=wall_clock()
        )
    write_order = WriteOrder("here", order.number, order.keys)
    result = _poll(lambda: write(field, write_order, "this computer"), until_s, clock)
    if result.kind is None:
        raise CommandFailed(ERROR_TEXTS[result.problem])
    with job.database.write() as db:
        card_protection.record_keys(
            db, badge, result.kind, order.card_data, actor=CLI, now=wall_clock()
        )
    return result.kind


def _badge(job: CardJob, db: Session, number: CredentialId) -> str:
    """Return the id of the member's badge with this number; it is created if it does not exist.

    Raises Conflict.
    """
    credential = credentials.find(db, number, vault=job.vault, actor=CLI)
    if credential is not None and credential.member_id == job.member_id:
        return credential.id
    new = NewCredential(member_id=job.member_id, value=number)
    return credentials.create(db, new, vault=job.vault, actor=CLI, now=wall_clock()).id


def _card(field: CardField) -> Card | None:
    try:
        return field.find(None)
    except Unreadable:
        return None


def _poll(look: Callable[[], T | None], until_s: float, clock: Callable[[], float]) -> T:
    """Call `look` until it returns something. Raises CommandFailed after the time limit."""
    while (result := look()) is None:
        if clock() >= until_s:
            raise CommandFailed(ERROR_TEXTS["no_badge"])
        time.sleep(POLL_S)
    return result


def _say(text: str) -> None:
    print(text, file=sys.stderr)

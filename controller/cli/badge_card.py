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
LOOK_S = 0.2
"""Seconds between two looks for a card or a result."""
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


def at_point(work: CardJob, point: str) -> CardKind:
    """Write keys through the running hub and the agent of an access point.

    Raises CommandFailed, ServiceError.
    """
    _say(f"lay the card on the reader of {point}, and leave it there")
    with work.database.write() as db:
        read = reading.begin(db, work.site_id, point, actor=CLI, now=wall_clock())
    while read.stage is reading.Stage.WAITS:
        time.sleep(LOOK_S)
        with work.database.read() as db:
            read = reading.get(db, work.site_id, read.id, actor=CLI, now=wall_clock())
    if read.stage is not reading.Stage.READ:
        raise CommandFailed(f"no card was read at {point}; is its agent online?")
    badge, begun = _begin(work, point, CredentialId(read.credential))
    while begun.stage is card_protection.Stage.WAITS:
        time.sleep(LOOK_S)
        with work.database.read() as db:
            begun = card_protection.get(db, begun.id, actor=CLI, now=wall_clock())
    if begun.stage is not card_protection.Stage.DONE:
        raise CommandFailed(ERROR_TEXTS.get(begun.reason, f"the reader failed ({begun.reason})"))
    with work.database.read() as db:
        kind = credentials.get(db, badge, actor=CLI).card
    if kind is None:
        raise CommandFailed("the badge was deleted meanwhile; start again")
    return kind


def _begin(
    work: CardJob, point: str, number: CredentialId
) -> tuple[str, card_protection.CardProtection]:
    with work.database.write() as db:
        badge = _badge(work, db, number)
        begun = card_protection.begin(
            db,
            work.site_id,
            badge,
            point,
            work.level,
            vault=work.vault,
            masters=work.masters,
            actor=CLI,
            now=wall_clock(),
        )
    return badge, begun


def at_reader(work: CardJob, pn532: str | None) -> CardKind:
    """Write keys at a PN532 on that serial port, or else an MFRC522, of this computer.

    Raises CommandFailed, OSError.
    """
    from devices.drivers.contactless import pn532 as serial
    from devices.drivers.contactless import rc522 as spi

    made = spi.field_here() if pn532 is None else serial.field_at(pn532)
    made.open()
    try:
        return in_field(work, made)
    finally:
        made.close()


def in_field(
    work: CardJob, found_in: CardField, clock: Callable[[], float] = time.monotonic
) -> CardKind:
    """Write keys to the first card that is laid on an open reader.

    Raises CommandFailed, ServiceError.
    """
    _say("lay the card on the reader, and leave it there")
    until_s = clock() + work.wait_s
    card = _poll(lambda: _card(found_in), until_s, clock)
    with work.database.write() as db:
        badge = _badge(work, db, card.credential)
        made = card_protection.order(
            db,
            badge,
            work.level,
            vault=work.vault,
            masters=work.masters,
            actor=CLI,
            now=wall_clock(),
        )
    told = WriteOrder("here", made.number, made.keys)
    written = _poll(lambda: write(found_in, told, "this computer"), until_s, clock)
    if written.kind is None:
        raise CommandFailed(ERROR_TEXTS[written.problem])
    with work.database.write() as db:
        card_protection.record_keys(
            db, badge, written.kind, made.following, actor=CLI, now=wall_clock()
        )
    return written.kind


def _badge(work: CardJob, db: Session, number: CredentialId) -> str:
    """Return the id of the member's badge with this number; it is created if it does not exist.

    Raises Conflict.
    """
    found = credentials.find(db, number, vault=work.vault, actor=CLI)
    if found is not None and found.member_id == work.member_id:
        return found.id
    new = NewCredential(member_id=work.member_id, value=number)
    return credentials.create(db, new, vault=work.vault, actor=CLI, now=wall_clock()).id


def _card(found_in: CardField) -> Card | None:
    try:
        return found_in.find(None)
    except Unreadable:
        return None


def _poll(look: Callable[[], T | None], until_s: float, clock: Callable[[], float]) -> T:
    """Call `look` until it returns something. Raises CommandFailed after the time limit."""
    while (seen := look()) is None:
        if clock() >= until_s:
            raise CommandFailed(ERROR_TEXTS["no_badge"])
        time.sleep(LOOK_S)
    return seen


def _say(text: str) -> None:
    print(text, file=sys.stderr)

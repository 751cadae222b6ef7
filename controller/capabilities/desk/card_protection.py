"""Writes keys to a member's card at a reader, so that a copy of its number is useless."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.claims import site_key_of_agent
from controller.capabilities.badges import credentials, handing_over, key_mapping
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.messages import HandoverReason
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.desk.reading import readers
from controller.capabilities.machines import commands, device_commands
from controller.capabilities.machines.changes import CommandAnswered
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId, HolderKey
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.kernel.outbox import post_news
from controller.wire.card_keys import CardKeys
from controller.wire.card_wrapping import wrap_door_key, wrap_order
from controller.wire.commands import COMMANDS, CommandResult, PersonaliseCard

_TYPE = next(name for name, kind in COMMANDS.items() if kind is PersonaliseCard)


class UnknownNumber(Conflict):
    """Raised for a badge whose number is unknown: only the hash that readers make is stored."""


class Stage(StrEnum):
    """The state of a card that gets keys."""

    WAITS = "waits"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProtection:
    """The writing of keys to a card, pending or finished."""

    id: str
    access_point: str
    until: Utc
    stage: Stage
    reason: str = ""
    """The reason of a failure, as in the protocol; `expired`, or empty if no agent responded."""


@dataclass(frozen=True, slots=True)
class Order:
    """Keys for one badge, and the values to store once the card has them."""

    number: CredentialId
    keys: CardKeys = field(repr=False)
    card_data: dict[str, object] = field(repr=False)


def begin(
    db: Session,
    site_id: str,
    credential_id: str,
    access_point_id: str,
    level: Assurance,
    *,
    vault: Vault,
    masters: CardMasters,
    actor: Actor,
    now: Utc,
) -> CardProtection:
    """Ask a reader to write the keys as soon as the card lies on it.

    Raises NotFound, Forbidden, and Conflict: no such reader or master, its agent is offline, or the
    badge can't store keys.
    """
    if access_point_id not in readers(db, site_id, actor=actor):
        raise Conflict("there is no such reader here")
    new_order = order(db, credential_id, level, vault=vault, masters=masters, actor=actor, now=now)
    row = db.get_one(CredentialRow, credential_id)
    key = site_key_of_agent(db, _agent_of(db, access_point_id), site_id, vault)
    wrapped = wrap_order(key.key, key.name(new_order.number), new_order.keys)
    args = PersonaliseCard(credential=new_order.number, keys=wrapped)
    command = device_commands.send_to_access_point(
        db, access_point_id, args, actor, now, valid_s=args.timeout_s
    )
    row.card_command, row.card_next = command.id, new_order.card_data
    return get(db, command.id, actor=actor, now=now)


def order(
    db: Session,
    credential_id: str,
    level: Assurance,
    *,
    vault: Vault,
    masters: CardMasters,
    actor: Actor,
    now: Utc,
) -> Order:
    """Prepare the keys for a badge and notify its holder; the badge itself is not changed yet.

    Any card with the badge's number on the reader gets the keys, and so the badge's rights. So the
    rules for handing over a badge apply; only somebody who may certify can replace existing keys.
    Raises NotFound, Forbidden, BadgeNeedsManager, Conflict.
    """
    credentials.get(db, credential_id, actor=actor)
    row = db.get_one(CredentialRow, credential_id)
    member = db.get_one(MemberRow, row.member_id)
    actor.require(Permission.CREDENTIALS_WRITE, member.site_id)
    handing_over.lock(db, member.id)
    if row.card_key is not None:
        actor.require(Permission.CERTIFY, member.site_id)
    if level is Assurance.UID:
        raise Conflict("keys can only be written for sun or aes")
    if not row.sealed:
        raise UnknownNumber("the number of this badge is unknown: give it again by its number")
    number = vault.open(row.sealed, row.id)
    master, keys = masters.keys(db, number)
    proof_key = keys.new.door if level is Assurance.AES else keys.new.messages
    wrapped = wrap_door_key(vault.credential_key, HolderKey(row.holder_key), proof_key)
    key_mapping.wrap_for_sites(db, row.holder_key, wrapped, vault)
    handing_over.hand_over(db, row, member, HandoverReason.PROTECTED, actor=actor, now=now)
    _record(db, row, member, "card_ordered", actor, now, level=level.value, master=master)
    return Order(number, keys, {"level": level.value, "key": wrapped, "master": master})


def _agent_of(db: Session, access_point_id: str) -> str | None:
    statement = select(AccessPointRow.agent_id).where(AccessPointRow.id == access_point_id)
    return db.scalar(statement)


def record_keys(
    db: Session,
    credential_id: str,
    kind: CardKind,
    card_data: Mapping[str, object],
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """Store that the card has its keys; from now on the badge works only with their proof."""
    row = db.get_one(CredentialRow, credential_id)
    member = db.get_one(MemberRow, row.member_id)
    row.card_kind, row.card_level = kind, Assurance(str(card_data["level"]))
    row.card_key, row.card_master = str(card_data["key"]), int(str(card_data["master"]))
    row.assurance = row.card_level
    level, master = row.card_level.value, row.card_master
    _record(db, row, member, "card_protected", actor, now, level=level, master=master)
    post_news(db, MemberNews(site=member.site_id, key=member.id))


def get(db: Session, command_id: str, *, actor: Actor, now: Utc) -> CardProtection:
    """Return the state. Raises NotFound, Forbidden, Conflict."""
    command = commands.get(db, command_id, actor=actor)
    if command.type != _TYPE:
        raise Conflict("this command does not write keys to a card")
    if command.result == CommandResult.DONE:
        stage = Stage.DONE
    elif command.result is None and command.expires_at > now:
        stage = Stage.WAITS
    else:
        stage = Stage.FAILED
    return CardProtection(
        id=command.id,
        access_point=command.access_point or "",
        until=command.expires_at,
        stage=stage,
        reason=command.reason or command.result or "",
    )


def record_answer(db: Session, answer: CommandAnswered) -> None:
    """Process the reader's response: if it wrote the keys, the badge works only with their
    proof."""
    command = answer.command
    if command.type != _TYPE:
        return
    row = db.scalar(select(CredentialRow).where(CredentialRow.card_command == command.id))
    if row is None or row.card_next is None:
        return
    kind = (command.data or {}).get("card")
    if command.result == CommandResult.DONE and kind is not None:
        record_keys(
            db,
            row.id,
            CardKind(str(kind)),
            row.card_next,
            actor=Actor.system("hub"),
            now=answer.now,
        )
    row.card_command = row.card_next = None


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
    about, site = f"member:{member.id}", member.site_id
    audit.record(db, actor, now, action, about, site, credential=row.id, **detail)

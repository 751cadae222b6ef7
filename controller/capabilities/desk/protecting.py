"""A member's badge is given keys at a reader, so that a copy of its number opens nothing."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.desk.reading import readers
from controller.capabilities.machines import actions, commands
from controller.capabilities.machines.changes import CommandAnswered
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.news import MemberNews
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.kernel.outbox import tell
from controller.wire.card_wrapping import wrap_door_key, wrap_order
from controller.wire.commands import COMMANDS, CommandResult, PersonaliseCard

_TYPE = next(name for name, kind in COMMANDS.items() if kind is PersonaliseCard)


class Stage(StrEnum):
    """How far it is."""

    WAITS = "waits"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protecting:
    """A card that is being given its keys, or was."""

    id: str
    access_point: str
    until: Utc
    stage: Stage
    reason: str = ""
    """Of what failed: as in the protocol, `expired`, or empty when nobody answered."""


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
) -> Protecting:
    """Have a reader give that badge its keys, as soon as it lies there.

    Raises NotFound, Forbidden; Conflict: no such reader or master, its agent away, or a badge that
    can hold no keys.
    """
    credentials.get(db, credential_id, actor=actor)
    if access_point_id not in readers(db, site_id, actor=actor):
        raise Conflict("there is no such reader here")
    row = db.get_one(CredentialRow, credential_id)
    member = db.get_one(MemberRow, row.member_id)
    actor.require(Permission.CREDENTIALS_WRITE, member.site_id)
    order, row.card_next = _order(db, row, level, vault, masters)
    sent = actions.ask(db, access_point_id, order, actor, now, valid_s=order.timeout_s)
    row.card_command = sent.id
    audit.record(
        db,
        actor,
        now,
        "card_ordered",
        f"member:{member.id}",
        member.site_id,
        credential=row.id,
        level=level.value,
    )
    return get(db, sent.id, actor=actor, now=now)


def _order(
    db: Session, row: CredentialRow, level: Assurance, vault: Vault, masters: CardMasters
) -> tuple[PersonaliseCard, dict[str, object]]:
    """What its agent is told, and what is kept until that is done."""
    if level is Assurance.UID:
        raise Conflict("a card is given keys for sun or aes")
    if not row.sealed:
        raise Conflict("nobody knows this badge's number: give it again by its number")
    number, holder = vault.open(row.sealed, row.id), HolderKey(row.holder_key)
    master, keys = masters.keys(db, number)
    proves = keys.new.door if level is Assurance.AES else keys.new.signs
    wrapped = wrap_door_key(vault.credential_key, holder, proves)
    told = wrap_order(vault.credential_key, holder, keys)
    following = {"level": level.value, "key": wrapped, "master": master}
    return PersonaliseCard(credential=number, keys=told), following


def get(db: Session, protecting_id: str, *, actor: Actor, now: Utc) -> Protecting:
    """How far it is. Raises NotFound, Forbidden, Conflict."""
    found = commands.get(db, protecting_id, actor=actor)
    if found.type != _TYPE:
        raise Conflict("this command gives no card its keys")
    if found.result == CommandResult.DONE:
        stage = Stage.DONE
    elif found.result is None and found.expires_at > now:
        stage = Stage.WAITS
    else:
        stage = Stage.FAILED
    return Protecting(
        id=found.id,
        access_point=found.access_point or "",
        until=found.expires_at,
        stage=stage,
        reason=found.reason or found.result or "",
    )


def answered(db: Session, answer: CommandAnswered) -> None:
    """The reader has done it: from now on the badge counts only with its proof."""
    command = answer.command
    if command.type != _TYPE:
        return
    row = db.scalar(select(CredentialRow).where(CredentialRow.card_command == command.id))
    if row is None or row.card_next is None:
        return
    kind = (command.data or {}).get("card")
    if command.result == CommandResult.DONE and kind is not None:
        _now_holds(db, row, CardKind(kind), answer)
    row.card_command = row.card_next = None


def _now_holds(db: Session, row: CredentialRow, kind: CardKind, answer: CommandAnswered) -> None:
    following, member = row.card_next or {}, db.get_one(MemberRow, row.member_id)
    row.card_kind, row.card_level = kind, Assurance(following["level"])
    row.card_key, row.card_master = following["key"], following["master"]
    row.assurance = row.card_level
    audit.record(
        db,
        Actor.system("hub"),
        answer.now,
        "card_protected",
        f"member:{member.id}",
        member.site_id,
        credential=row.id,
        level=row.assurance.value,
        master=row.card_master,
    )
    tell(db, MemberNews(site=member.site_id, key=member.id))

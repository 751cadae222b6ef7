"""Reads a badge for the desk at a reader of the site; this tap grants nothing."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines import commands, device_commands
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.policy.reading import from_json
from controller.wire.commands import CommandResult, ReadCredential, command_type

_TYPE = command_type(ReadCredential())


class Stage(StrEnum):
    """The state of a reading."""

    WAITS = "waits"
    READ = "read"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reader that waits for a badge, or the badge that it read."""

    id: str
    access_point: str
    until: Utc
    stage: Stage
    credential: str = ""


def readers(db: Session, site_id: str, *, actor: Actor) -> dict[str, Name]:
    """Return the access points whose reader the desk can use, with names. Raises Forbidden."""
    actor.require(Permission.CREDENTIALS_WRITE, site_id)
    statement = (
        select(AccessPointRow.id, AccessPointRow.name)
        .where(AccessPointRow.site_id == site_id, AccessPointRow.agent_id.is_not(None))
        .order_by(AccessPointRow.kind, AccessPointRow.id)
    )
    return {key: from_json(name, Name) for key, name in db.execute(statement)}


def begin(db: Session, site_id: str, access_point_id: str, *, actor: Actor, now: Utc) -> Reading:
    """Start to wait for the next badge at a reader; several desks share one reading.

    Raises Forbidden; Conflict when its agent is offline, or the reader belongs to another site.
    """
    actor.require(Permission.CREDENTIALS_WRITE, site_id)
    if access_point_id not in readers(db, site_id, actor=actor):
        raise Conflict("there is no such reader here")
    pending_id = db.scalar(
        select(CommandRow.id)
        .where(
            CommandRow.site_id == site_id,
            CommandRow.access_point_id == access_point_id,
            CommandRow.type == _TYPE,
            CommandRow.result.is_(None),
            CommandRow.expires_at > now,
        )
        .order_by(CommandRow.id.desc())
        .limit(1)
    )
    if pending_id is None:
        pending_id = device_commands.read_credential(db, access_point_id, actor=actor, now=now).id
    return get(db, site_id, pending_id, actor=actor, now=now)


def get(db: Session, site_id: str, reading_id: str, *, actor: Actor, now: Utc) -> Reading:
    """Return the state of a reading. Raises NotFound, Forbidden, Conflict."""
    actor.require(Permission.CREDENTIALS_WRITE, site_id)
    command = commands.get(db, reading_id, actor=actor)
    if command.type != _TYPE:
        raise Conflict("this command does not read a badge")
    credential = str((command.data or {}).get("credential") or "")
    if command.result == CommandResult.DONE and credential:
        stage = Stage.READ
    elif command.result is None and command.expires_at > now:
        stage = Stage.WAITS
    else:
        stage = Stage.OVER
    return Reading(
        id=command.id,
        access_point=command.access_point or "",
        until=command.expires_at,
        stage=stage,
        credential=credential,
    )

"""Commands to agents: each is recorded here, then sent once by the hub before its deadline."""

from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines.changes import CommandNews, CommandSent
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.rows import visible
from controller.kernel.shapes import Shape, Slug
from controller.wire.commands import (
    CommandArgs,
    CutPower,
    EndSession,
    FollowHours,
    HoldDoor,
    LockDoor,
    PulseSwitch,
    ReadCredential,
    ReleaseDoor,
    ResetFault,
    command_type,
)
from controller.wire.ids import uuid7

VALID_S = 10.0
"""How many seconds a command stays valid; a later effect could surprise people at the machine."""
_KIND_OF_POINT = {
    ReleaseDoor: PointKind.DOOR,
    HoldDoor: PointKind.DOOR,
    LockDoor: PointKind.DOOR,
    FollowHours: PointKind.DOOR,
    EndSession: PointKind.MACHINE,
    CutPower: PointKind.MACHINE,
    PulseSwitch: PointKind.MACHINE,
}
"""Commands that are only for one kind of access point."""
_AUDITED = frozenset({*_KIND_OF_POINT, ReadCredential, ResetFault})
"""Commands that the audit records, since they act on a door, a machine or a badge."""


class Command(Shape, frozen=True, kw_only=True):
    """A command, with its agent's answer if there is one."""

    id: str
    agent_id: Slug
    access_point: Slug | None
    type: str
    created_at: Utc
    expires_at: Utc
    result: str | None
    """`done`, `refused` or `expired`; null: no answer."""
    reason: str | None
    data: dict[str, object] | None


def send(
    db: Session,
    *,
    agent_id: str,
    access_point_id: str | None,
    args: CommandArgs,
    actor: Actor,
    now: Utc,
    valid_s: float = VALID_S,
) -> Command:
    """Record a command, which the hub sends once the transaction is committed.

    Raises NotFound, Forbidden, Invalid (not for this kind of access point), and Conflict if the
    agent is offline.
    """
    agent = db.get(AgentRow, agent_id)
    if agent is None:
        raise NotFound("agent", agent_id)
    actor.require(Permission.COMMAND, agent.site_id)
    _check_point(db, agent_id, access_point_id, args)
    state = db.get(AgentState, agent_id)
    if state is None or not state.online or state.boot_id is None:
        raise Conflict(f"agent {agent_id} is offline and can't receive commands now")
    row = CommandRow(
        id=uuid7(),
        site_id=agent.site_id,
        agent_id=agent_id,
        boot_id=state.boot_id,
        access_point_id=access_point_id,
        type=command_type(args),
        args=to_json(args),
        created_by=actor.ref,
        created_at=now,
        expires_at=Utc.of(now + timedelta(seconds=valid_s)),
        sent_at=None,
        result=None,
        reason=None,
        data=None,
        replied_at=None,
    )
    db.add(row)
    if type(args) in _AUDITED and not actor.is_system:
        subject = f"access_point:{access_point_id}" if access_point_id else f"agent:{agent_id}"
        audit.record(db, actor, now, f"{row.type}_asked", subject, agent.site_id)
    react(db, CommandSent(row, actor))
    post_news(db, CommandNews(site=agent.site_id, key=row.id))
    return _shape(row)


def get(db: Session, command_id: str, *, actor: Actor) -> Command:
    """Return a command with its answer. Raises NotFound."""
    row = visible(db, CommandRow, command_id, "command", actor, Permission.COMMAND)
    return _shape(row)


def _check_point(
    db: Session, agent_id: str, access_point_id: str | None, args: CommandArgs
) -> None:
    required_kind = _KIND_OF_POINT.get(type(args))
    if access_point_id is None:
        if required_kind is not None:
            raise Invalid.of("access_point", f"required for {command_type(args)}")
        return
    point = db.get(AccessPointRow, access_point_id)
    if point is None or point.agent_id != agent_id:
        raise NotFound("access point", access_point_id)
    if required_kind not in (None, point.kind):
        raise Invalid.of("type", f"{command_type(args)} is not for a {point.kind}")


def _shape(row: CommandRow) -> Command:
    return to_shape(row, Command)

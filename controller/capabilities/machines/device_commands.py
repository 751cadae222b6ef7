"""Commands that people in charge send to machines, doors and agents."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import agent_row
from controller.capabilities.machines import commands
from controller.capabilities.machines.access_points import access_point_row, set_service
from controller.capabilities.machines.commands import Command
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.wire.commands import (
    CommandArgs,
    CutPower,
    EndSession,
    FollowHours,
    HoldDoor,
    Identify,
    LockDoor,
    PulseSwitch,
    ReadCredential,
    ReleaseDoor,
    Renew,
    ResetFault,
)


def release(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Release a door once."""
    return send_to_access_point(db, access_point_id, ReleaseDoor(), actor, now)


def end_session(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """End a machine's session once its current job has ended."""
    return send_to_access_point(db, access_point_id, EndSession(), actor, now)


def cut_power(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Switch a machine off at once."""
    return send_to_access_point(db, access_point_id, CutPower(), actor, now)


def pulse_switch(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Close a machine's switch briefly, to hear it. Raises Conflict once it is commissioned."""
    if access_point_row(db, access_point_id, actor).commissioned:
        raise Conflict(f"{access_point_id} is commissioned; its switch only obeys granted badges")
    return send_to_access_point(db, access_point_id, PulseSwitch(), actor, now)


def reset_fault(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Reset latched faults; the agent refuses those that must be reset at the machine or door."""
    return send_to_access_point(db, access_point_id, ResetFault(), actor, now)


def identify(db: Session, agent_id: str, *, actor: Actor, now: Utc) -> Command:
    """Blink an agent's indicators, to find it."""
    agent_row(db, agent_id, actor)
    return commands.send(
        db, agent_id=agent_id, access_point_id=None, args=Identify(), actor=actor, now=now
    )


def renew_certificate(db: Session, agent_id: str, *, actor: Actor, now: Utc) -> Command:
    """Have an agent renew its certificate now instead of waiting for the regular renewal."""
    agent_row(db, agent_id, actor)
    return commands.send(
        db, agent_id=agent_id, access_point_id=None, args=Renew(), actor=actor, now=now
    )


def read_credential(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Have the reader report the next badge instead of deciding on it, to give it to a member."""
    args = ReadCredential()
    return send_to_access_point(db, access_point_id, args, actor, now, valid_s=args.timeout_s)


def read_at_agent(
    db: Session, agent_id: str, access_point_id: str | None, *, actor: Actor, now: Utc
) -> Command:
    """Send `read_credential` to an agent's reader; name it if there are several. Raises Invalid."""
    agent_row(db, agent_id, actor)
    points = db.scalars(
        select(AccessPointRow.id)
        .where(AccessPointRow.agent_id == agent_id)
        .order_by(AccessPointRow.id)
    ).all()
    if access_point_id is None and len(points) != 1:
        raise Invalid.of("access_point", f"required; one of: {', '.join(points) or 'none'}")
    if access_point_id is not None and access_point_id not in points:
        raise Invalid.of("access_point", f"no access point {access_point_id} of this agent")
    return read_credential(db, access_point_id or points[0], actor=actor, now=now)


def send_to_access_point(
    db: Session,
    access_point_id: str,
    args: CommandArgs,
    actor: Actor,
    now: Utc,
    valid_s: float = commands.VALID_S,
) -> Command:
    """Send a command to the agent of an access point. Raises NotFound, Conflict."""
    row = access_point_row(db, access_point_id, actor)
    if row.agent_id is None:
        raise Conflict(f"{access_point_id} has no agent yet; set its agent_id")
    return commands.send(
        db,
        agent_id=row.agent_id,
        access_point_id=row.id,
        args=args,
        actor=actor,
        now=now,
        valid_s=valid_s,
    )


# Door commands.

LONGEST_HOLD = timedelta(hours=24)
"""How long a door can be kept open; for more, change its public hours."""


class LockedDown(Conflict):
    """A door can't be opened because it is locked down, for `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__("this door is locked down; return it to its hours first")
        self.reason = reason


def open_once(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Release a door once. Raises Conflict while it is locked down."""
    row = access_point_row(db, access_point_id, actor)
    if not row.in_service:
        raise LockedDown(row.service_reason or "")
    return release(db, access_point_id, actor=actor, now=now)


def keep_open(db: Session, access_point_id: str, until: Utc, *, actor: Actor, now: Utc) -> Command:
    """Keep a door unlocked until then, regardless of its hours. Raises Invalid, Conflict."""
    row = access_point_row(db, access_point_id, actor)
    if not now < until <= now + LONGEST_HOLD:
        raise Invalid.of("until", "within the next 24 hours")
    if not row.in_service:
        raise LockedDown(row.service_reason or "")
    return send_to_access_point(db, access_point_id, HoldDoor(until=until), actor, now)


def follow_hours(db: Session, access_point_id: str, *, actor: Actor, now: Utc) -> Command:
    """Return a door to its hours: no longer kept open or locked down."""
    row = access_point_row(db, access_point_id, actor)
    command = send_to_access_point(db, access_point_id, FollowHours(), actor, now)
    if not row.in_service:
        set_service(db, access_point_id, in_service=True, reason=None, actor=actor, now=now)
    return command


def lock_down(db: Session, access_point_id: str, reason: str, *, actor: Actor, now: Utc) -> Command:
    """Lock a door for all but maintainers, until somebody ends it. Raises Invalid."""
    row = access_point_row(db, access_point_id, actor)
    if row.kind is not PointKind.DOOR:
        raise Invalid.of("access_point", "only doors can be locked down")
    set_service(db, access_point_id, in_service=False, reason=reason, actor=actor, now=now)
    return send_to_access_point(db, access_point_id, LockDoor(), actor, now)

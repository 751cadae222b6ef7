"""Lists the smart plugs that an agent discovered, and wires one as a machine's power switch."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import agent_row, is_online
from controller.capabilities.agents.models import AgentState
from controller.capabilities.machines import access_points, commands
from controller.capabilities.machines.commissioning_plan import reported_wiring
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import AccessPoint, NewAccessPoint
from controller.domain.facts import PointKind
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.shapes import Label, Line, Shape, Slug
from controller.kernel.slugs import unused_slug
from controller.wire.commands import WirePlug

VALID_S = 30.0
"""How many seconds the command to wire a plug stays valid."""
WiringReport = Mapping[str, Any]


class Plug(Shape, frozen=True, kw_only=True):
    """A plug on the plugs' MQTT broker, as the agent reported it."""

    driver: str
    topic: str
    name: str | None
    model: str | None
    access_point: str | None
    """The machine whose power it switches, if any."""
    limit_s: float | None
    """After this many seconds without the agent, the plug switches off by itself; None: unknown."""


class NewPlug(Shape, frozen=True, kw_only=True):
    """The plug to wire: to the given `access_point`, or to a new one of that `name`."""

    topic: Line
    access_point: Slug | None = None
    name: Label | None = None


def list_plugs(db: Session, agent_id: str, *, actor: Actor, now: Utc) -> list[Plug]:
    """Return the plugs that are connected now; empty if the agent is offline. Raises NotFound."""
    agent_row(db, agent_id, actor)
    state = db.get(AgentState, agent_id)
    report: WiringReport = (state.telemetry or {}) if state and is_online(state, now) else {}
    wired = _wired_plugs(db, agent_id)
    return [_plug(plug, wired) for plug in report.get("plugs") or ()]


def unwired_machines(db: Session, agent_id: str, *, actor: Actor) -> list[AccessPoint]:
    """Return the agent's machines that have no power switch in its wiring yet."""
    wiring = reported_wiring(db, agent_id)
    wired_ids = {access_point["id"] for access_point in (wiring["access_points"] if wiring else ())}
    points = access_points.list_for_agents(db, [agent_id], actor=actor)
    return [
        point for point in points if point.kind is PointKind.MACHINE and point.id not in wired_ids
    ]


def wire_plug(
    db: Session,
    agent_id: str,
    topic: str,
    *,
    name: Label | None,
    access_point: str | None = None,
    actor: Actor,
    now: Utc,
) -> AccessPoint:
    """Have the agent wire a plug as the power switch of an unwired machine, or of a new one.

    The machine stays out of service until it is commissioned, and the plug off until somebody taps
    a badge. Raises NotFound, Forbidden, Invalid, and Conflict if the agent is offline or the plug
    is already wired.
    """
    site_id = agent_row(db, agent_id, actor).site_id
    actor.require(Permission.AGENTS_WRITE, site_id)
    plug = next(
        (plug for plug in list_plugs(db, agent_id, actor=actor, now=now) if plug.topic == topic),
        None,
    )
    if plug is None:
        raise Invalid.of("topic", f"no plug {topic}")
    if plug.access_point is not None:
        raise Conflict(f"{topic} already switches the power of {plug.access_point}")
    point = _point(db, agent_id, site_id, name, access_point, actor, now)
    args = WirePlug(access_point=AccessPointId(point.id), driver=plug.driver, topic=topic)
    commands.send(
        db,
        agent_id=agent_id,
        access_point_id=None,
        args=args,
        actor=actor,
        now=now,
        valid_s=VALID_S,
    )
    return point


def _point(
    db: Session,
    agent_id: str,
    site_id: str,
    name: Label | None,
    access_point: str | None,
    actor: Actor,
    now: Utc,
) -> AccessPoint:
    if access_point is not None:
        unwired = {point.id: point for point in unwired_machines(db, agent_id, actor=actor)}
        if access_point not in unwired:
            raise Invalid.of("access_point", f"no machine {access_point} without a power switch")
        return unwired[access_point]
    if name is None:
        raise Invalid.of("name", "required: the name of the new machine")
    key = unused_slug(db, AccessPointRow, name.fr or name.en or "")
    new = NewAccessPoint(
        id=key, site_id=site_id, kind=PointKind.MACHINE, name=name, agent_id=agent_id
    )
    return access_points.create(db, new, actor=actor, now=now)


def _wired_plugs(db: Session, agent_id: str) -> dict[tuple[str, str], tuple[str, WiringReport]]:
    wiring = reported_wiring(db, agent_id)
    powers = (
        (access_point["id"], access_point.get("power") or {})
        for access_point in (wiring["access_points"] if wiring else ())
    )
    return {
        (str(power.get("driver")), str(power.get("topic"))): (key, power) for key, power in powers
    }


def _plug(report: WiringReport, wired: Mapping[tuple[str, str], tuple[str, WiringReport]]) -> Plug:
    driver, topic = str(report["driver"]), str(report["topic"])
    point, power = wired.get((driver, topic), (None, {}))
    return Plug(
        driver=driver,
        topic=topic,
        name=report.get("name"),
        model=report.get("model"),
        access_point=point,
        limit_s=power.get("limit_s"),
    )

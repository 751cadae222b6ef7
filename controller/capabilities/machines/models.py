"""Tables of machines, doors and commands."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Risk
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, FreeText, PlaceText, Plain, Raw
from controller.store.types import Hash, Json, Slug, Strings, Text, Uuid, Word


class CommissioningTick(Base):
    """A step that a person confirmed at an access point; it counts as long as the wiring is the
    same."""

    __tablename__ = "commissioning_tick"

    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    step: Plain[StepName] = mapped_column(primary_key=True)
    at: Plain[Utc]
    by: ActorRef[str]
    """Opaque reference of the actor who ticked it, as in the audit."""
    event_id: Plain[Uuid | None]
    """The event that proves it; null if only a person can judge."""
    remark: FreeText[Text | None]
    agent_id: Plain[Slug]
    agent_version: Plain[Word | None]
    wiring: Plain[Hash]
    """Digest of the agent and of the wiring that the step tested."""


class PointStateRow(Base):
    """The last reported state of an access point; valid only while its agent is online."""

    __tablename__ = "point_state"

    access_point_id: Plain[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    state: Plain[Word]
    since: Plain[Utc | None]
    session_id: Plain[Uuid | None]
    available: Plain[bool]
    ends_at: Plain[Utc | None]
    warning: Plain[bool]
    faults: Plain[Strings]
    watts: Plain[int | None]
    """The power that it draws, in watts; null: unknown, or without a meter."""
    received_at: Plain[Utc]


class CommandRow(Base):
    """A command to an agent, valid until a deadline, and the agent's answer."""

    __tablename__ = "command"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    boot_id: Plain[Uuid | None]
    access_point_id: Plain[Slug | None]
    type: Plain[Word]
    args: Raw[Json]
    created_by: ActorRef[str]
    created_at: Plain[Utc]
    expires_at: Plain[Utc]
    sent_at: Plain[Utc | None]
    result: Plain[Word | None]
    reason: FreeText[Text | None]
    data: Raw[Json | None]
    replied_at: Plain[Utc | None]


class AccessPointRow(Versioned, Base):
    """A machine, or one direction of a door.

    `requirement`, `session` and `door` are JSON of the dataclasses in `facts.py`.
    """

    __tablename__ = "access_point"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Plain[Slug | None] = mapped_column(ForeignKey("agent.id"), index=True)
    kind: Plain[PointKind]
    name: PlaceText[Json]
    icon: Plain[Slug]
    zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    """The zone in which the machine stands, or into which the door leads."""
    from_zone_id: Plain[Slug | None] = mapped_column(ForeignKey("zone.id"))
    """The zone from which the door leads; null for a machine, or a door from outside."""
    in_service: Plain[bool]
    service_reason: FreeText[Text | None]
    out_of_service_at: Plain[Utc | None]
    commissioned: Plain[bool]
    risk: Plain[Risk]
    requirement: Plain[Json]
    session: Plain[Json]
    door: Plain[Json]
    policy_max_age_s: Plain[int | None]
    """Overrides how old the policy may be, which otherwise follows from the risk."""
    needs: Plain[Strings]
    """Names of rules beyond protocol version 1 that the agent must know for this access point."""

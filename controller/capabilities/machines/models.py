"""Tables of machines, doors and commands."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.commissioning import StepName
from controller.domain.facts import PointKind, Risk
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Hash, Json, Slug, Strings, Text, Uuid, Word


class CommissioningTick(Base):
    """A step that a person confirmed at an access point; it counts as long as the wiring is the
    same."""

    __tablename__ = "commissioning_tick"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    step: Mapped[StepName] = mapped_column(primary_key=True)
    at: Mapped[Utc]
    by: Mapped[str]
    """Opaque reference of the actor who ticked it, as in the audit."""
    event_id: Mapped[Uuid | None]
    """The event that proves it; null if only a person can judge."""
    remark: Mapped[Text | None]
    agent_id: Mapped[Slug]
    agent_version: Mapped[Word | None]
    wiring: Mapped[Hash]
    """Digest of the agent and of the wiring that the step tested."""


class PointStateRow(Base):
    """The last reported state of an access point; valid only while its agent is online."""

    __tablename__ = "point_state"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    state: Mapped[Word]
    since: Mapped[Utc | None]
    session_id: Mapped[Uuid | None]
    available: Mapped[bool]
    ends_at: Mapped[Utc | None]
    warning: Mapped[bool]
    faults: Mapped[Strings]
    watts: Mapped[int | None]
    """The power that it draws, in watts; null: unknown, or without a meter."""
    received_at: Mapped[Utc]


class CommandRow(Base):
    """A command to an agent, valid until a deadline, and the agent's answer."""

    __tablename__ = "command"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    boot_id: Mapped[Uuid | None]
    access_point_id: Mapped[Slug | None]
    type: Mapped[Word]
    args: Mapped[Json]
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc]
    sent_at: Mapped[Utc | None]
    result: Mapped[Word | None]
    reason: Mapped[Text | None]
    data: Mapped[Json | None]
    replied_at: Mapped[Utc | None]


class AccessPointRow(Versioned, Base):
    """A machine, or one direction of a door.

    `requirement`, `session` and `door` are JSON of the dataclasses in `facts.py`.
    """

    __tablename__ = "access_point"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    agent_id: Mapped[Slug | None] = mapped_column(ForeignKey("agent.id"), index=True)
    kind: Mapped[PointKind]
    name: Mapped[Json]
    icon: Mapped[Slug]
    zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    """The zone in which the machine stands, or into which the door leads."""
    from_zone_id: Mapped[Slug | None] = mapped_column(ForeignKey("zone.id"))
    """The zone from which the door leads; null for a machine, or a door from outside."""
    in_service: Mapped[bool]
    service_reason: Mapped[Text | None]
    out_of_service_at: Mapped[Utc | None]
    commissioned: Mapped[bool]
    risk: Mapped[Risk]
    requirement: Mapped[Json]
    session: Mapped[Json]
    door: Mapped[Json]
    policy_max_age_s: Mapped[int | None]
    """Overrides how old the policy may be, which otherwise follows from the risk."""
    needs: Mapped[Strings]
    """Names of rules beyond protocol version 1 that the agent must know for this access point."""

"""Last known state of agents and access points, and the commands sent to them."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.models.base import Base
from controller.store.types import Json, Slug, Strings, Text, Uuid, Word


class AgentState(Base):
    """What an agent last said of itself; `seen_at` is when the hub last heard it."""

    __tablename__ = "agent_state"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    online: Mapped[bool]
    boot_id: Mapped[Uuid | None]
    connection: Mapped[int]
    version: Mapped[Word | None]
    protocols: Mapped[Strings]
    epoch: Mapped[int]
    policy_version: Mapped[int]
    stream: Mapped[Uuid | None]
    started_at: Mapped[Utc | None]
    seen_at: Mapped[Utc | None]
    telemetry: Mapped[Json | None]


class PointStateRow(Base):
    """What an access point last was; valid only while its agent is online."""

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
    received_at: Mapped[Utc]


class CommandRow(Base):
    """What was asked of an agent, once, before a deadline, and what it answered."""

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

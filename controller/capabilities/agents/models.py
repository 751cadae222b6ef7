"""Tables of agents, their certificates and claim codes, and of hubs."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, validates

from controller.capabilities.agents.health import is_troubled
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Hash, Json, Slug, Strings, Uuid, Word


class AgentState(Base):
    """What an agent last reported; `seen_at` is when the hub last received something from it.

    The number columns hold any value of the protocol, so that a wrong one doesn't block the hub.
    """

    __tablename__ = "agent_state"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    online: Mapped[bool]
    boot_id: Mapped[Uuid | None]
    connection: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[Word | None]
    protocols: Mapped[Strings]
    epoch: Mapped[int] = mapped_column(BigInteger)
    policy_version: Mapped[int] = mapped_column(BigInteger)
    stream: Mapped[Uuid | None]
    started_at: Mapped[Utc | None]
    key_generation: Mapped[int | None] = mapped_column(BigInteger)
    """The generation of the newest credential key that the agent has; null: it never reported
    one."""
    key_since: Mapped[Utc | None]
    """Since when the agent has reported that generation."""
    seen_at: Mapped[Utc | None]
    telemetry: Mapped[Json | None]
    troubled: Mapped[bool] = mapped_column(default=False)
    """Whether the telemetry shows something that needs attention; set together with it."""

    @validates("telemetry")
    def _update_troubled(self, _key: str, telemetry: Json | None) -> Json | None:
        self.troubled = is_troubled(telemetry or {})
        return telemetry


class AgentAway(Base):
    """A time in which an agent was not connected, or silent; stored for a week."""

    __tablename__ = "agent_away"

    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    since: Mapped[Utc] = mapped_column(primary_key=True)
    until: Mapped[Utc | None]


class AgentRow(Versioned, Base):
    """An agent process on a Pi: its enrolment, its key, and the wiring that it last reported."""

    __tablename__ = "agent"

    id: Mapped[Slug] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[Json]
    kid: Mapped[str | None] = mapped_column(index=True)
    public_key: Mapped[str | None]
    """Ed25519, base64url of 32 bytes; null until it is enrolled."""
    certificate_until: Mapped[Utc | None]
    enrolled_at: Mapped[Utc | None]
    revoked_at: Mapped[Utc | None]
    wiring: Mapped[Json | None]
    created_at: Mapped[Utc]


class AgentCertificate(Base):
    """A certificate that was issued to an agent; the revoked ones make the CRL."""

    __tablename__ = "agent_certificate"

    serial: Mapped[Hash] = mapped_column(primary_key=True)
    """The serial number in lower-case hex."""
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    issued_at: Mapped[Utc]
    until: Mapped[Utc]
    revoked_at: Mapped[Utc | None]


class ClaimCode(Base):
    """A code to enrol as an agent once, before it expires; only its hash is stored."""

    __tablename__ = "claim_code"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    agent_id: Mapped[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    created_by: Mapped[str]
    created_at: Mapped[Utc]
    expires_at: Mapped[Utc]
    used_at: Mapped[Utc | None]
    wiring: Mapped[Json | None]
    """Wiring proposed to a new Pi without its own; null: what its agent last reported."""


class SiteBroker(Base):
    """The broker of a site that does not use the installation's own."""

    __tablename__ = "site_broker"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    host: Mapped[str]
    port: Mapped[int]


class RevocationList(Base):
    """The newest CRL, for hubs whose broker is on another computer than the CA; one row."""

    __tablename__ = "revocation_list"

    no: Mapped[int] = mapped_column(primary_key=True)
    pem: Mapped[str]
    made_at: Mapped[Utc]


class HubKey(Base):
    """The public key of a hub, which every site's policy lists so that agents trust its
    signatures."""

    __tablename__ = "hub_key"

    kid: Mapped[Uuid] = mapped_column(primary_key=True)
    name: Mapped[Slug]
    public_key: Mapped[str]
    created_at: Mapped[Utc]
    retired_at: Mapped[Utc | None]

    __table_args__ = (Index("ix_hub_key_name", "name"),)

"""Tables of agents, their certificates and claim codes, and of hubs."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import mapped_column, validates

from controller.capabilities.agents.health import is_troubled
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import ActorRef, PlaceText, Plain
from controller.store.types import Hash, Json, Slug, Strings, Uuid, Word


class AgentState(Base):
    """What an agent last reported; `seen_at` is when the hub last received something from it.

    The number columns hold any value of the protocol, so that a wrong one doesn't block the hub.
    """

    __tablename__ = "agent_state"

    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    online: Plain[bool]
    boot_id: Plain[Uuid | None]
    connection: Plain[int] = mapped_column(BigInteger)
    version: Plain[Word | None]
    protocols: Plain[Strings]
    epoch: Plain[int] = mapped_column(BigInteger)
    policy_version: Plain[int] = mapped_column(BigInteger)
    stream: Plain[Uuid | None]
    started_at: Plain[Utc | None]
    key_generation: Plain[int | None] = mapped_column(BigInteger)
    """The generation of the newest credential key that the agent has; null: it never reported
    one."""
    key_since: Plain[Utc | None]
    """Since when the agent has reported that generation."""
    seen_at: Plain[Utc | None]
    telemetry: Plain[Json | None]
    troubled: Plain[bool] = mapped_column(default=False)
    """Whether the telemetry shows something that needs attention; set together with it."""

    @validates("telemetry")
    def _update_troubled(self, _key: str, telemetry: Json | None) -> Json | None:
        self.troubled = is_troubled(telemetry or {})
        return telemetry


class AgentAway(Base):
    """A time in which an agent was not connected, or silent; stored for a week."""

    __tablename__ = "agent_away"

    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    since: Plain[Utc] = mapped_column(primary_key=True)
    until: Plain[Utc | None]


class AgentRow(Versioned, Base):
    """An agent process on a Pi: its enrolment, its key, and the wiring that it last reported."""

    __tablename__ = "agent"

    id: Plain[Slug] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    name: PlaceText[Json]
    kid: Plain[str | None] = mapped_column(index=True)
    public_key: Plain[str | None]
    """Ed25519, base64url of 32 bytes; null until it is enrolled."""
    certificate_until: Plain[Utc | None]
    enrolled_at: Plain[Utc | None]
    revoked_at: Plain[Utc | None]
    wiring: Plain[Json | None]
    created_at: Plain[Utc]


class AgentCertificate(Base):
    """A certificate that was issued to an agent; the revoked ones make the CRL."""

    __tablename__ = "agent_certificate"

    serial: Plain[Hash] = mapped_column(primary_key=True)
    """The serial number in lower-case hex."""
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    issued_at: Plain[Utc]
    until: Plain[Utc]
    revoked_at: Plain[Utc | None]


class ClaimCode(Base):
    """A code to enrol as an agent once, before it expires; only its hash is stored."""

    __tablename__ = "claim_code"

    hash: Plain[Hash] = mapped_column(primary_key=True)
    agent_id: Plain[Slug] = mapped_column(ForeignKey("agent.id"), index=True)
    created_by: ActorRef[str]
    created_at: Plain[Utc]
    expires_at: Plain[Utc]
    used_at: Plain[Utc | None]
    wiring: Plain[Json | None]
    """Wiring proposed to a new Pi without its own; null: what its agent last reported."""


class SiteBroker(Base):
    """The broker of a site that does not use the installation's own."""

    __tablename__ = "site_broker"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    host: Plain[str]
    port: Plain[int]


class RevocationList(Base):
    """The newest CRL, for hubs whose broker is on another computer than the CA; one row."""

    __tablename__ = "revocation_list"

    no: Plain[int] = mapped_column(primary_key=True)
    pem: Plain[str]
    made_at: Plain[Utc]


class HubKey(Base):
    """The public key of a hub, which every site's policy lists so that agents trust its
    signatures."""

    __tablename__ = "hub_key"

    kid: Plain[Uuid] = mapped_column(primary_key=True)
    name: Plain[Slug]
    public_key: Plain[str]
    created_at: Plain[Utc]
    retired_at: Plain[Utc | None]

    __table_args__ = (Index("ix_hub_key_name", "name"),)

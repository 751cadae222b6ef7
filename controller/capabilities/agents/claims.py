"""Enrolment: a claim code, used once, is exchanged for a certificate and the site's keys."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.brokers import broker_of
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentCertificate, AgentRow, AgentState, HubKey
from controller.capabilities.agents.models import ClaimCode as ClaimRow
from controller.capabilities.agents.pki import Authority, IssuedCertificate, PkiError
from controller.capabilities.agents.shapes import ClaimCode
from controller.capabilities.badges import site_keys
from controller.capabilities.badges.site_keys import SiteKey
from controller.capabilities.badges.vault import Vault
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.outbox import post_news
from controller.kernel.shapes import Shape
from controller.wire.base64url import b64encode
from controller.wire.signatures import kid_of

Wiring = dict[str, object]
"""The wiring of an agent as it reports it: its `access_points`."""
VALID_FOR = timedelta(minutes=10)
"""How long a claim code can be used by default."""
_SECRET_CHARACTERS = 20
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are easily misread: i, l, o, 0, 1."""


class Claim(Shape, frozen=True, kw_only=True):
    """A Pi's request to enrol. `csr` is in PEM, with an Ed25519 key; its subject is ignored."""

    claim_code: str
    csr: str


class Broker(Shape, frozen=True, kw_only=True):
    """The address and port of the broker."""

    host: str
    port: int


class TrustedKey(Shape, frozen=True, kw_only=True):
    """The key of a hub."""

    kid: str
    public_key: str


class Enrolment(Shape, frozen=True, kw_only=True):
    """The response to a claim, with everything that the Pi needs to work as that agent."""

    agent_id: str
    site_id: str
    certificate: str
    ca: str
    mqtt: Broker
    hub_keys: tuple[TrustedKey, ...]
    credential_key: str
    credential_generation: int
    wiring: Wiring | None
    web_ca: str | None = None
    """The web server's certificate authority, in PEM, for programs on the Pi that call the API."""


def issue(
    db: Session,
    agent: AgentRow,
    *,
    valid_hours: int | None,
    fingerprint16: str,
    wiring: Wiring | None = None,
    actor: Actor,
    now: Utc,
) -> ClaimCode:
    """Make a claim code, which ends in the CA's fingerprint; the agent's earlier unused codes end.

    `wiring` is proposed to a Pi whose configuration has none.
    """
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS)) + fingerprint16
    expires = Utc.of(now + (timedelta(hours=valid_hours) if valid_hours else VALID_FOR))
    end_codes(db, agent.id, now)
    db.add(
        ClaimRow(
            hash=_hash(code),
            agent_id=agent.id,
            created_by=actor.ref,
            created_at=now,
            expires_at=expires,
            used_at=None,
            wiring=wiring,
        )
    )
    db.flush()
    audit.record(db, actor, now, "claim_code_created", f"agent:{agent.id}", agent.site_id)
    return ClaimCode(agent_id=agent.id, claim_code=code, expires_at=expires)


def end_codes(db: Session, agent_id: str, now: Utc) -> None:
    """End the agent's unused claim codes."""
    unused = (ClaimRow.agent_id == agent_id, ClaimRow.used_at.is_(None), ClaimRow.expires_at > now)
    db.execute(update(ClaimRow).where(*unused).values(expires_at=now))


def redeem(
    db: Session, claim: Claim, *, authority: Authority, vault: Vault, own_broker: Broker, now: Utc
) -> Enrolment:
    """Enrol a Pi as an agent: certify its key, and revoke the certificates of the previous Pi.

    `own_broker`: the installation's broker, for sites without another. The caller then installs the
    broker's lists (`agents.broker_lists`). Raises Forbidden for a code that is unknown, used or
    expired, Invalid for a bad CSR.
    """
    # The update ensures that only one request succeeds, even with two in the same millisecond.
    used = db.execute(
        update(ClaimRow)
        .where(
            ClaimRow.hash == _hash(claim.claim_code.strip()),
            ClaimRow.used_at.is_(None),
            ClaimRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(ClaimRow.agent_id, ClaimRow.wiring)
    ).first()
    if used is None:
        raise Forbidden("this claim code is unknown, used or expired; ask for a new one")
    agent = db.get_one(AgentRow, used.agent_id)
    issued = certify(authority, claim.csr, agent.id, now)
    db.execute(
        update(AgentCertificate)
        .where(AgentCertificate.agent_id == agent.id, AgentCertificate.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    store_certificate(db, agent, issued, now)
    agent.enrolled_at, agent.revoked_at = now, None
    actor = Actor(ref=f"agent:{agent.id}")
    audit.record(db, actor, now, "agent_enrolled", f"agent:{agent.id}", agent.site_id)
    post_news(db, AgentNews(site=agent.site_id, key=agent.id))
    db.flush()
    key = site_keys.for_agents(db, agent.site_id, vault)
    return Enrolment(
        agent_id=agent.id,
        site_id=agent.site_id,
        certificate=issued.pem,
        ca=authority.ca_pem,
        mqtt=broker_at(db, agent.site_id, own_broker),
        hub_keys=hub_keys(db),
        credential_key=b64encode(key.key),
        credential_generation=key.generation,
        wiring=used.wiring or agent.wiring,
    )


def broker_at(db: Session, site_id: str, own_broker: Broker) -> Broker:
    """Return the broker of a site, by default the installation's own."""
    at = broker_of(db, site_id)
    return Broker(host=at.host, port=at.port) if at else own_broker


def site_key_of_agent(db: Session, agent_id: str | None, site_id: str, vault: Vault) -> SiteKey:
    """Return the site's newest credential key that this agent has reported to have."""
    generation = key_generation_of_agent(db, agent_id) if agent_id else site_keys.FIRST
    for row in site_keys.generations(db, site_id):
        if row.generation == generation:
            return site_keys.open_key(row, vault)
    return site_keys.for_agents(db, site_id, vault)


def key_generation_of_agent(db: Session, agent_id: str) -> int:
    """Return the generation of the credential key that this agent last reported; the first by
    default."""
    state = db.get(AgentState, agent_id)
    return (state.key_generation if state else None) or site_keys.FIRST


def hub_keys(db: Session) -> tuple[TrustedKey, ...]:
    """Return the keys of hubs that agents trust."""
    rows = select(HubKey.kid, HubKey.public_key).where(HubKey.retired_at.is_(None))
    return tuple(
        TrustedKey(kid=kid, public_key=key) for kid, key in db.execute(rows.order_by(HubKey.kid))
    )


def certify(authority: Authority, csr: str, agent_id: str, now: Utc) -> IssuedCertificate:
    """Issue a certificate for the key of a CSR. Raises Invalid."""
    try:
        return authority.issue_agent(csr, agent_id, now)
    except PkiError as problem:
        raise Invalid.of("csr", str(problem)) from problem


def store_certificate(db: Session, agent: AgentRow, issued: IssuedCertificate, now: Utc) -> None:
    """Store a certificate; from now on, the agent signs with its key."""
    until = Utc.of(issued.until)
    agent.public_key, agent.kid = b64encode(issued.public_key), kid_of(issued.public_key)
    agent.certificate_until = until
    db.add(
        AgentCertificate(serial=f"{issued.serial:x}", agent_id=agent.id, issued_at=now, until=until)
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()

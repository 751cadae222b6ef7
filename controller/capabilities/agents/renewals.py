"""Renewal of certificates by agents; each request works once (decision 0201)."""

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents import claims
from controller.capabilities.agents.models import AgentCertificate, AgentRow
from controller.capabilities.agents.pki import Authority
from controller.capabilities.badges import site_keys
from controller.capabilities.badges.vault import Vault
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.shapes import Line, Shape
from controller.wire.base64url import b64decode, b64encode
from controller.wire.signatures import Signature, verify

NONCE_LASTS = timedelta(minutes=5)
"""How long a nonce can be used."""


class RenewalNonce(Shape, frozen=True, kw_only=True):
    """A nonce for the signature of the agent's next renewal request."""

    nonce: str
    expires_at: Utc


class Renewal(Shape, frozen=True, kw_only=True):
    """A renewal request: a CSR, and a signature with the current key.

    The signed text is `csr`, LF, `nonce`, signed like a message to the topic agents/ID/renew.
    Without `nonce`, it is `csr` alone, and the response contains no credential key.
    """

    csr: str
    kid: str
    sig: str
    nonce: Line | None = None


class Renewed(Shape, frozen=True, kw_only=True):
    """The response: a certificate for another `AGENT_DAYS`."""

    certificate: str
    ca: str
    credential_key: str | None
    """The site's newest credential key; None if the agent has reported that it has it."""
    credential_generation: int
    mqtt: claims.Broker
    """The broker's current address, which may have changed since the agent enrolled."""
    web_ca: str | None = None
    """The current certificate authority of the web server, in PEM."""


def nonce(db: Session, agent_id: str, *, now: Utc) -> RenewalNonce:
    """Return a new nonce, valid until the agent's next certificate. Raises NotFound, Forbidden."""
    _enrolled_agent(db, agent_id)
    fresh = f"{now.millis():x}.{_issued_so_far(db, agent_id)}"
    return RenewalNonce(nonce=fresh, expires_at=Utc.of(now + NONCE_LASTS))


def renew(
    db: Session,
    agent_id: str,
    renewal: Renewal,
    *,
    authority: Authority,
    vault: Vault,
    own_broker: claims.Broker,
    now: Utc,
) -> Renewed:
    """Issue a new certificate, even if the old one has expired.

    `own_broker`: the installation's broker. Raises NotFound, Forbidden for a revoked agent, and
    Invalid for a bad CSR.
    """
    agent = _enrolled_agent(db, agent_id, lock=True)
    signed = renewal.csr if renewal.nonce is None else f"{renewal.csr}\n{renewal.nonce}"
    signature = Signature(kid=renewal.kid, sig=renewal.sig)
    key = b64decode(agent.public_key or "")
    if not verify(key, f"agents/{agent_id}/renew", signed.encode(), signature):
        raise Forbidden("the request is not signed with this agent's current key")
    _check_once(db, agent, renewal.nonce, now)
    issued = claims.certify(authority, renewal.csr, agent_id, now)
    claims.store_certificate(db, agent, issued, now)
    actor = Actor(ref=f"agent:{agent_id}")
    audit.record(db, actor, now, "agent_renewed", f"agent:{agent_id}", agent.site_id)
    db.flush()
    new_key = site_keys.for_agents(db, agent.site_id, vault)
    is_held = claims.key_generation_of_agent(db, agent_id) == new_key.generation
    return Renewed(
        certificate=issued.pem,
        ca=authority.ca_pem,
        credential_key=None if is_held or renewal.nonce is None else b64encode(new_key.key),
        credential_generation=new_key.generation,
        mqtt=claims.broker_at(db, agent.site_id, own_broker),
    )


def _enrolled_agent(db: Session, agent_id: str, *, lock: bool = False) -> AgentRow:
    """Return the agent. Raises NotFound, or Forbidden if it is revoked."""
    agent = db.get(AgentRow, agent_id, with_for_update=lock or None)
    if agent is None or agent.public_key is None:
        raise NotFound("agent", agent_id)
    if agent.revoked_at is not None:
        raise Forbidden("this agent is revoked; enrol it with a new claim code")
    return agent


def _check_once(db: Session, agent: AgentRow, nonce_text: str | None, now: Utc) -> None:
    """Raise Forbidden for a nonce that has expired, or that belongs to an earlier certificate."""
    if nonce_text is None:  # repeating it only brings another certificate for the same key
        return
    made_at, _, issued = nonce_text.partition(".")
    try:
        age_ms = now.millis() - int(made_at, 16)
    except ValueError:
        age_ms = -1
    if not 0 <= age_ms <= NONCE_LASTS / timedelta(milliseconds=1):
        raise Forbidden(f"this nonce has expired; GET agents/{agent.id}/renew gives a new one")
    if issued != _issued_so_far(db, agent.id):
        raise Forbidden(f"this nonce was used; GET agents/{agent.id}/renew gives a new one")


def _issued_so_far(db: Session, agent_id: str) -> str:
    """Return a hash of the agent's certificates, which each renewal changes, so that its nonce
    ends."""
    serials = select(AgentCertificate.serial).where(AgentCertificate.agent_id == agent_id)
    all_serials = ",".join(db.scalars(serials.order_by(AgentCertificate.serial)))
    return hashlib.sha256(f"{agent_id}:{all_serials}".encode()).hexdigest()

"""A Pi becomes an agent with a code used once, renews, is replaced, and is revoked."""

from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents import agents, brokers, claims, hub_keys, renewals
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.pki import Authority
from controller.capabilities.agents.shapes import NewAgent
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from controller.wire.base64url import b64decode
from controller.wire.signatures import Signer, kid_of
from tests.capabilities.conftest import BOSS, VAULT, Place

BROKER = claims.Broker(host="127.0.0.1", port=8883)
HUB_KEY = "A" * 43


@pytest.fixture
def authority(place: Place) -> Authority:
    return Authority.create("Test", place.now)


def csr(key: Ed25519PrivateKey) -> str:
    """A certificate request in PEM."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "whatever")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, None)
    return request.public_bytes(serialization.Encoding.PEM).decode()


def new_code(db: Session, place: Place, authority: Authority, hours: int | None = None) -> str:
    """Make agent `pi-2` and its claim code."""
    _, code = agents.create(
        db,
        NewAgent(id="pi-2", name=Label(en="Second"), valid_hours=hours),
        fingerprint16=authority.fingerprint16,
        actor=BOSS,
        now=place.now,
    )
    return code.claim_code


def redeem(
    db: Session, place: Place, authority: Authority, code: str, key: Ed25519PrivateKey
) -> claims.Enrolment:
    """Exchange the code."""
    claim = claims.Claim(claim_code=code, csr=csr(key))
    return claims.redeem(
        db, claim, authority=authority, vault=VAULT, own_broker=BROKER, now=place.now
    )


def test_a_code_is_exchanged_once_for_everything_an_agent_needs(
    place: Place, authority: Authority
) -> None:
    key = Ed25519PrivateKey.generate()
    with place.database.write() as db:
        hub_keys.register_hub_key(
            db, name="hub-main", kid="0123456789abcdef", public_key=HUB_KEY, now=place.now
        )
        code = new_code(db, place, authority)
        assert code.endswith(authority.fingerprint16)
        found = redeem(db, place, authority, code, key)
        with pytest.raises(Forbidden, match="unknown, used or expired"):
            redeem(db, place, authority, code, key)
        agent = agents.get(db, "pi-2", actor=BOSS, now=place.now)
        enrolled, serials = agents.broker_lists(db)
    certificate = x509.load_pem_x509_certificate(found.certificate.encode())
    assert certificate.public_key() == key.public_key()
    assert "pi-2" in certificate.subject.rfc4514_string()
    assert (found.agent_id, found.site_id, found.mqtt) == ("pi-2", "here", BROKER)
    assert found.hub_keys == (claims.TrustedKey(kid="0123456789abcdef", public_key=HUB_KEY),)
    assert b64decode(found.credential_key) == VAULT.credential_key
    assert found.ca == authority.ca_pem
    assert found.wiring is None
    assert agent.kid == kid_of(key.public_key().public_bytes_raw())
    assert (agent.enrolled_at, agent.online) == (place.now, False)
    assert [(agent.agent, agent.revoked) for agent in enrolled] == [("pi-2", False)]
    assert serials == []


@pytest.mark.parametrize(("hours", "minutes"), [(None, 10), (24, 24 * 60)])
def test_a_code_lasts_ten_minutes_or_as_asked(
    place: Place, authority: Authority, hours: int | None, minutes: int
) -> None:
    with place.database.write() as db:
        code = new_code(db, place, authority, hours)
        place.clock.forward(minutes=minutes)
        with pytest.raises(Forbidden):
            redeem(db, place, authority, code, Ed25519PrivateKey.generate())


def test_a_newer_code_ends_the_older_one(place: Place, authority: Authority) -> None:
    with place.database.write() as db:
        old = new_code(db, place, authority)
        place.clock.forward(seconds=1)
        new = agents.claim_code(
            db, "pi-2", fingerprint16=authority.fingerprint16, actor=BOSS, now=place.now
        )
        with pytest.raises(Forbidden):
            redeem(db, place, authority, old, Ed25519PrivateKey.generate())
        redeem(db, place, authority, new.claim_code, Ed25519PrivateKey.generate())


def test_a_replacement_gets_the_wiring_and_revokes_the_old_certificate(
    place: Place, authority: Authority
) -> None:
    with place.database.write() as db:
        first = redeem(
            db, place, authority, new_code(db, place, authority), Ed25519PrivateKey.generate()
        )
        db.get_one(AgentRow, "pi-2").wiring = {"access_points": []}
        place.clock.forward(days=1)
        code = agents.claim_code(
            db, "pi-2", fingerprint16=authority.fingerprint16, actor=BOSS, now=place.now
        )
        second = redeem(db, place, authority, code.claim_code, Ed25519PrivateKey.generate())
        _, serials = agents.broker_lists(db)
    assert second.wiring == {"access_points": []}
    old = x509.load_pem_x509_certificate(first.certificate.encode())
    assert serials == [old.serial_number]


def test_a_bad_request_for_a_certificate_is_named(place: Place, authority: Authority) -> None:
    with place.database.write() as db:
        claim = claims.Claim(claim_code=new_code(db, place, authority), csr="nonsense")
        with pytest.raises(Invalid, match="csr"):
            claims.redeem(
                db, claim, authority=authority, vault=VAULT, own_broker=BROKER, now=place.now
            )


def agent_state(agent: str, now: Utc) -> AgentState:
    return AgentState(
        agent_id=agent,
        online=True,
        connection=1,
        protocols=["1"],
        epoch=1,
        policy_version=3,
        seen_at=now,
    )


def renewal_of(
    request: str, by: Signer, nonce: str | None, agent: str = "pi-2"
) -> renewals.Renewal:
    signed = request if nonce is None else f"{request}\n{nonce}"
    signature = by.sign(f"agents/{agent}/renew", signed.encode())
    return renewals.Renewal(csr=request, kid=signature.kid, sig=signature.sig, nonce=nonce)


def renewed(
    db: Session, place: Place, authority: Authority, renewal: renewals.Renewal, agent: str = "pi-2"
) -> renewals.Renewed:
    return renewals.renew(
        db, agent, renewal, authority=authority, vault=VAULT, own_broker=BROKER, now=place.now
    )


def test_renewal_is_signed_with_the_current_key_and_works_after_the_end(
    place: Place, authority: Authority
) -> None:
    signer, other = Signer.generate(), Ed25519PrivateKey.generate()
    request = csr(other)

    def renew(agent: str, by: Signer) -> renewals.Renewed:
        nonce = renewals.nonce(db, agent, now=place.now).nonce
        return renewed(db, place, authority, renewal_of(request, by, nonce, agent), agent)

    with place.database.write() as db:
        redeem(db, place, authority, new_code(db, place, authority), signer.private_key)
        place.clock.forward(days=365)
        with pytest.raises(Forbidden, match="not signed"):
            renew("pi-2", Signer(other))
        with pytest.raises(NotFound):
            renew("pi", signer)
        certificate = x509.load_pem_x509_certificate(renew("pi-2", signer).certificate.encode())
        assert certificate.public_key() == other.public_key()
        with pytest.raises(Forbidden, match="not signed"):
            renew("pi-2", signer)
        agents.revoke(db, "pi-2", "stolen", actor=BOSS, now=place.now)
        with pytest.raises(Forbidden, match="revoked"):
            renew("pi-2", Signer(other))


def test_a_captured_renewal_is_worth_nothing(place: Place, authority: Authority) -> None:
    """Replayed, kept for later, without its nonce, or with another one."""
    signer = Signer.generate()
    request = csr(signer.private_key)
    with place.database.write() as db:
        redeem(db, place, authority, new_code(db, place, authority), signer.private_key)
        nonce = renewals.nonce(db, "pi-2", now=place.now).nonce
        captured = renewal_of(request, signer, nonce)
        renewed(db, place, authority, captured)
        with pytest.raises(Forbidden, match="used"):
            renewed(db, place, authority, captured)
        other = renewals.nonce(db, "pi-2", now=place.now).nonce
        for forged in (None, other):
            with pytest.raises(Forbidden, match="not signed"):
                renewed(db, place, authority, replace(captured, nonce=forged))
        kept = renewal_of(request, signer, other)
        place.clock.forward(minutes=5, seconds=1)
        with pytest.raises(Forbidden, match="expired"):
            renewed(db, place, authority, kept)
        for nonsense in ("", "x", "x.y", "-1." + other):
            with pytest.raises(Forbidden, match="expired"):
                renewed(db, place, authority, renewal_of(request, signer, nonsense))


def test_a_renewal_without_a_nonce_brings_no_key_however_often_it_is_sent(
    place: Place, authority: Authority
) -> None:
    """As agents of others send it; the same bytes again bring a certificate for the same key."""
    signer = Signer.generate()
    captured = renewal_of(csr(signer.private_key), signer, None)
    with place.database.write() as db:
        redeem(db, place, authority, new_code(db, place, authority), signer.private_key)
        state = agent_state("pi-2", place.now)
        state.key_generation = 99  # another than the site has
        db.add(state)
        for _again in range(2):
            assert renewed(db, place, authority, captured).credential_key is None
        nonce = renewals.nonce(db, "pi-2", now=place.now).nonce
        asked = renewal_of(csr(signer.private_key), signer, nonce)
        assert renewed(db, place, authority, asked).credential_key is not None


def test_a_revoked_agents_unused_claim_code_is_worth_nothing(
    place: Place, authority: Authority
) -> None:
    with place.database.write() as db:
        signer = Signer.generate()
        redeem(db, place, authority, new_code(db, place, authority), signer.private_key)
        place.clock.forward(minutes=1)
        issue = partial(agents.claim_code, db, "pi-2", fingerprint16=authority.fingerprint16)
        code = issue(valid_hours=24, actor=BOSS, now=place.now)
        agents.revoke(db, "pi-2", "stolen", actor=BOSS, now=place.clock.forward(minutes=1))
        with pytest.raises(Forbidden, match="claim code"):
            redeem(db, place, authority, code.claim_code, signer.private_key)
        assert db.get_one(AgentRow, "pi-2").revoked_at is not None
        place.clock.forward(minutes=1)
        anew = issue(actor=BOSS, now=place.now)
        redeem(db, place, authority, anew.claim_code, signer.private_key)


def test_a_revoked_agent_is_denied_and_all_its_certificates_are_listed(
    place: Place, authority: Authority
) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        redeem(db, place, authority, new_code(db, place, authority), Ed25519PrivateKey.generate())
        with pytest.raises(Forbidden):
            agents.revoke(db, "pi-2", "stolen", actor=desk, now=place.now)
        found = agents.revoke(db, "pi-2", "stolen", actor=BOSS, now=place.now)
        again = agents.revoke(db, "pi-2", "stolen", actor=BOSS, now=place.clock.forward(days=1))
        assert found.revoked_at == again.revoked_at
        enrolled, serials = agents.broker_lists(db)
    assert [(agent.agent, agent.revoked) for agent in enrolled] == [("pi-2", True)]
    assert len(serials) == 1


def test_agents_are_named_listed_and_known_to_be_online_or_not(
    place: Place, authority: Authority
) -> None:
    with place.database.write() as db:
        new_code(db, place, authority)
        with pytest.raises(Conflict):
            new_code(db, place, authority)
        changed = agents.change(
            db, "pi", {"name": {"fr": "Accueil"}}, version=1, actor=BOSS, now=place.now
        )
        assert changed.name == Label(fr="Accueil", en="Pi")
        with pytest.raises(Stale):
            agents.change(db, "pi", {}, version=1, actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            agents.get(db, "pi", actor=Actor(ref="account:x"), now=place.now)
        db.add(agent_state("pi", place.now))
        db.flush()
        online = [agent.online for agent in agents.page(db, actor=BOSS, now=place.now).items]
        assert online == [True, False]
        later = place.clock.forward(seconds=91)
        assert agents.get(db, "pi", actor=BOSS, now=later).online is None


def test_an_agent_of_a_site_with_a_broker_of_its_own_is_told_that_one(
    place: Place, authority: Authority
) -> None:
    with place.database.write() as db:
        code = new_code(db, place, authority)
        (site,) = db.scalars(select(AgentRow.site_id).where(AgentRow.id == "pi-2"))
        brokers.serve(db, brokers.Address("lyon.example.org", 8884), [site])
        found = redeem(db, place, authority, code, Ed25519PrivateKey.generate())
    assert found.mqtt == claims.Broker(host="lyon.example.org", port=8884)

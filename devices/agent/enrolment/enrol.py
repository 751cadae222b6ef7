"""Enrolment: exchanges a claim code, once, for this agent's certificate and secrets."""

from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from controller.wire.rows import HubKey
from controller.wire.signatures import Signer
from devices.agent.enrolment.controller_api import (
    FINGERPRINT_DIGITS,
    EnrolError,
    fingerprint,
    post,
    trust_by_fingerprint,
)
from devices.agent.enrolment.identity import Enrolment, IdentityFiles, MqttAddress, write_private

__all__ = ["ClaimAnswer", "EnrolError", "Enrolment", "csr_of", "enrol", "store_identity"]


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The controller's response to a claim; `wiring` is that of the agent that this one
    replaces."""

    agent_id: str
    site_id: str
    certificate: str
    ca: str
    mqtt: MqttAddress
    hub_keys: tuple[HubKey, ...]
    credential_key: str
    credential_generation: int = 1
    wiring: dict[str, object] | None = None
    web_ca: str | None = None


def enrol(url: str, claim_code: str, folder: Path) -> Enrolment:
    """Claim an identity, and store it in the state folder. Raises EnrolError.

    The private key is made here and never leaves the device. Before anything is sent, the server
    must prove that it belongs to the CA whose fingerprint ends the claim code; its response is
    checked too.
    """
    code = claim_code.strip()
    expected = code[-FINGERPRINT_DIGITS:].lower()
    if len(code) <= FINGERPRINT_DIGITS:
        raise EnrolError("this is not a claim code; copy it whole")
    context = trust_by_fingerprint(url, expected)
    signer = Signer.generate()
    body = {"claim_code": code, "csr": csr_of(signer)}
    claimed = post(url, "agents/claim", body, ClaimAnswer, context)
    _check(url, claimed, expected, signer)
    return store_identity(url, claimed, signer, folder)


def csr_of(signer: Signer, name: str = "agent") -> str:
    """Return a certificate request for that key, in PEM; the controller ignores its subject."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(signer.private_key, None).public_bytes(Encoding.PEM).decode()


def _check(url: str, claimed: ClaimAnswer, expected: str, signer: Signer) -> None:
    """Check that the CA is that of the claim code, and that it has certified our key."""
    try:
        ca = x509.load_pem_x509_certificate(claimed.ca.encode())
        certificate = x509.load_pem_x509_certificate(claimed.certificate.encode())
        is_own_key = certificate.public_key() == signer.private_key.public_key()
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError) as error:
        raise EnrolError(f"{url}: the certificate that came back is not valid") from error
    except InvalidSignature as error:
        raise EnrolError(
            f"{url}: the certificate that came back is signed by another CA"
        ) from error
    if fingerprint(ca) != expected or not is_own_key:
        raise EnrolError(
            f"{url}: wrong CA at this address: it is not the one that the claim code names"
        )


def store_identity(url: str, claimed: ClaimAnswer, signer: Signer, folder: Path) -> Enrolment:
    """Write all files, `enrolment.json` last, so that an agent that has it has all of them.

    Raises EnrolError.
    """
    files = IdentityFiles(folder)
    enrolment = Enrolment(
        agent_id=claimed.agent_id,
        site_id=claimed.site_id,
        url=url,
        mqtt=claimed.mqtt,
        hub_keys=claimed.hub_keys,
        credential_generation=claimed.credential_generation,
        wiring=claimed.wiring,
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer.save(files.key)
        write_private(files.certificate, claimed.certificate.encode())
        write_private(files.ca, claimed.ca.encode())
        files.keep_web_ca(claimed.web_ca)
        write_private(files.credential_key, claimed.credential_key.encode())
        files.credential_key_before.unlink(missing_ok=True)
        write_private(files.enrolment, msgspec.json.format(msgspec.json.encode(enrolment)))
    except OSError as error:
        raise EnrolError(f"{folder}: {error.strerror}; choose another [agent] state_dir") from error
    return enrolment

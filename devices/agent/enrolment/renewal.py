"""Renews the agent's certificate at two thirds of its life, or when a hub asks for it."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from controller.domain.time import Utc
from controller.wire.base64url import b64decode, b64encode
from controller.wire.signing import Signer
from devices.agent.enrolment.controller_api import EnrolError, get, post, trust
from devices.agent.enrolment.enrol import csr_of
from devices.agent.enrolment.identity import Enrolment, Identity, write_private

log = logging.getLogger(__name__)

RETRY = timedelta(hours=1)
LIFE = timedelta(days=90)
"""Of a certificate. Its notBefore is long past, so its age cannot be told from it."""


class _Renewed(msgspec.Struct, frozen=True):
    certificate: str
    ca: str
    credential_key: str | None = None
    """A newer one than this agent said that it holds."""
    credential_generation: int = 1
    web_ca: str | None = None


class _Nonce(msgspec.Struct, frozen=True):
    nonce: str


def renew(identity: Identity) -> None:
    """Ask for a new certificate for the same key, and keep it; so with a newer credential key.

    Raises EnrolError.
    """
    enrolment, files, signer = identity.enrolment, identity.files, identity.signer
    ca = files.ca.read_text(encoding="ascii")
    path = f"agents/{enrolment.agent_id}/renew"
    context = trust(ca) if enrolment.url.startswith("https:") else None
    nonce = get(enrolment.url, path, _Nonce, context).nonce
    csr = csr_of(signer, enrolment.agent_id)
    signature = signer.sign(path, f"{csr}\n{nonce}".encode())
    body = {"csr": csr, "kid": signature.kid, "sig": signature.sig, "nonce": nonce}
    renewed = post(enrolment.url, path, body, _Renewed, context)
    if not _is_ours(renewed.certificate, ca, signer):
        raise EnrolError(f"{enrolment.url}: the renewed certificate is not from this agent's CA")
    write_private(files.certificate, renewed.certificate.encode())
    files.keep_web_ca(renewed.web_ca)
    if renewed.credential_key is not None:
        _keep_key(identity, renewed.credential_key, renewed.credential_generation)


def _keep_key(identity: Identity, key: str, generation: int) -> None:
    """Of three files the last says that all is there; a cut between them is made good by the next
    renewal, and leaves an agent that still knows everybody."""
    files, newest = identity.files, b64decode(key)
    if newest != identity.keys.newest:
        write_private(files.credential_key_before, b64encode(identity.keys.newest).encode())
        write_private(files.credential_key, key.encode())
        identity.keys.renewed(newest, generation)
    saved = msgspec.json.decode(files.enrolment.read_bytes(), type=Enrolment)
    saved = msgspec.structs.replace(saved, credential_generation=generation)
    write_private(files.enrolment, msgspec.json.format(msgspec.json.encode(saved)))
    identity.keys.generation = generation


def due_at(certificate_pem: str) -> Utc:
    """When to renew: a third of a certificate's life before its end."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return Utc.of(certificate.not_valid_after_utc - LIFE / 3)


class Renewal:
    """Does the request on a thread of its own; asked by the loop."""

    def __init__(self, identity: Identity, renewed: Callable[[], None]) -> None:
        """`renewed` is called, on that thread, once the new certificate is in its file."""
        self._identity, self._renewed = identity, renewed
        self._due = due_at(identity.files.certificate.read_text(encoding="ascii"))
        self._thread: threading.Thread | None = None

    def look(self, now: Utc) -> None:
        """Begin a renewal when it is due; a failed one is tried again within the hour."""
        if now >= self._due:
            self._due = Utc.of(now + RETRY)
            self.begin()

    def begin(self) -> None:
        """Begin a renewal now, unless one is on its way."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for the renewal that is on its way, if one is."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            renew(self._identity)
            self._due = due_at(self._identity.files.certificate.read_text(encoding="ascii"))
        except (EnrolError, OSError, ValueError, msgspec.MsgspecError) as error:
            log.error("the certificate could not be renewed: %s", error)
            return
        self._renewed()


def _is_ours(pem: str, ca_pem: str, signer: Signer) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca_pem.encode()))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return certificate.public_key() == signer.private_key.public_key()

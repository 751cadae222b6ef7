"""Renews the agent's certificate after two thirds of its life or on request, and finds a moved
controller."""

import logging
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from controller.domain.time import Utc
from controller.wire.base64url import b64decode, b64encode
from controller.wire.signatures import Signer
from devices.agent.enrolment.controller_api import (
    EnrolError,
    fingerprint,
    get,
    is_loopback,
    post,
    trust,
)
from devices.agent.enrolment.enrol import csr_of
from devices.agent.enrolment.identity import Enrolment, Identity, MqttAddress, write_private
from devices.agent.enrolment.mdns import discover_controller

log = logging.getLogger(__name__)

RETRY = timedelta(hours=1)
SEARCH_AFTER = timedelta(minutes=3)
"""How long the broker may be gone before the agent searches the network for its controller."""
REACH_S = 5.0
"""Timeout for checking whether a broker can be reached."""
LIFE = timedelta(days=90)
"""Lifetime of a certificate. Its notBefore is set far back, so it doesn't show its age."""


class _Renewed(msgspec.Struct, frozen=True):
    certificate: str
    ca: str
    credential_key: str | None = None
    """The site's newest credential key, if the agent's own is older."""
    credential_generation: int = 1
    mqtt: MqttAddress | None = None
    """The broker's address; older controllers don't send it."""
    web_ca: str | None = None


class _Nonce(msgspec.Struct, frozen=True):
    nonce: str


def renew(identity: Identity, at: str | None = None) -> None:
    """Get a new certificate for the same key, and a newer credential key if there is one; store
    them.

    `at`: another address of the same controller; it is stored too. Raises EnrolError.
    """
    enrolment, files, signer = identity.enrolment, identity.files, identity.signer
    url = at or enrolment.url
    ca = files.ca.read_text(encoding="ascii")
    path = f"agents/{enrolment.agent_id}/renew"
    context = trust(ca) if url.startswith("https:") else None
    nonce = get(url, path, _Nonce, context).nonce
    csr = csr_of(signer, enrolment.agent_id)
    signature = signer.sign(path, f"{csr}\n{nonce}".encode())
    body = {"csr": csr, "kid": signature.kid, "sig": signature.sig, "nonce": nonce}
    renewed = post(url, path, body, _Renewed, context)
    if not _is_ours(renewed.certificate, ca, signer):
        raise EnrolError(f"{url}: the renewed certificate is not from this agent's CA")
    write_private(files.certificate, renewed.certificate.encode())
    files.keep_web_ca(renewed.web_ca)
    if renewed.credential_key is not None:
        _keep_key(identity, renewed.credential_key, renewed.credential_generation)
    _store_addresses(identity, url, renewed.mqtt or enrolment.mqtt)


def _store_addresses(identity: Identity, url: str, mqtt: MqttAddress) -> None:
    """Store the controller's current address; the broker's too, unless it can't be reached."""
    saved = _read_enrolment(identity)
    if mqtt != saved.mqtt and not _answers(mqtt):
        log.warning(
            "the broker's new address is %s:%d, but it does not answer there", *_host_and_port(mqtt)
        )
        mqtt = saved.mqtt
    enrolment = msgspec.structs.replace(saved, url=url, mqtt=mqtt)
    if enrolment != saved:
        write_private(identity.files.enrolment, msgspec.json.format(msgspec.json.encode(enrolment)))
        log.warning("the controller is at %s now, its broker at %s:%d", url, *_host_and_port(mqtt))
    identity.enrolment = enrolment


def _read_enrolment(identity: Identity) -> Enrolment:
    return msgspec.json.decode(identity.files.enrolment.read_bytes(), type=Enrolment)


def _host_and_port(mqtt: MqttAddress) -> tuple[str, int]:
    return mqtt.host, mqtt.port


def _answers(mqtt: MqttAddress) -> bool:
    try:
        socket.create_connection(_host_and_port(mqtt), timeout=REACH_S).close()
    except OSError:
        return False
    return True


def _keep_key(identity: Identity, key: str, generation: int) -> None:
    """Store a new credential key.

    The last of the three files completes it. If the power fails in between, the next renewal
    repeats it; until then the agent has both keys.
    """
    files, newest = identity.files, b64decode(key)
    if newest != identity.keys.newest:
        write_private(files.credential_key_before, b64encode(identity.keys.newest).encode())
        write_private(files.credential_key, key.encode())
        identity.keys.add_newer(newest, generation)
    saved = _read_enrolment(identity)
    saved = msgspec.structs.replace(saved, credential_generation=generation)
    write_private(files.enrolment, msgspec.json.format(msgspec.json.encode(saved)))
    identity.keys.generation = generation


def due_at(certificate_pem: str) -> Utc:
    """Return when to renew: a third of a certificate's life before its end."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return Utc.of(certificate.not_valid_after_utc - LIFE / 3)


class Renewal:
    """Runs renewals on a thread of its own; the loop calls it."""

    def __init__(self, identity: Identity, renewed: Callable[[], None]) -> None:
        """`renewed` is called on that thread, once the new certificate is written."""
        self._identity, self._renewed = identity, renewed
        self._due = due_at(identity.files.certificate.read_text(encoding="ascii"))
        self._thread: threading.Thread | None = None
        self._away_since: Utc | None = None

    def check(self, now: Utc) -> None:
        """Start a renewal if it is due; if it fails, it is tried again an hour later."""
        if now >= self._due:
            self._due = Utc.of(now + RETRY)
            self.begin()

    def search_controller(self, now: Utc, *, connected: bool) -> None:
        """Search the network for this agent's controller, after minutes without a broker."""
        if connected:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = now
        elif now - self._away_since >= SEARCH_AFTER:
            self._away_since = now
            self._start(self._seek)

    def begin(self) -> None:
        """Start a renewal now, unless one is running."""
        self._start(self._run)

    def _start(self, work: Callable[[], None]) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=work, name="renewal", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait for a running renewal."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _seek(self) -> None:
        """Look for a new address: first in what `loquet setup agent --url` saved, then on the local
        network."""
        identity = self._identity
        try:
            saved = _read_enrolment(identity)
            if saved.mqtt != identity.enrolment.mqtt:
                identity.enrolment = saved
                self._renewed()
                return
            ca = x509.load_pem_x509_certificate(identity.files.ca.read_bytes())
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.error("the files of the enrolment cannot be read: %s", error)
            return
        url = discover_controller(fingerprint(ca))
        if url and url != saved.url and not is_loopback(urlsplit(saved.url).hostname or ""):
            self._run(url)

    def _run(self, at: str | None = None) -> None:
        try:
            renew(self._identity, at)
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

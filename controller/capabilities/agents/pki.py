"""The installation's certificate authority, for the certificates of brokers, hubs and agents."""

import hashlib
import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
"""Start of validity: early enough for a Pi whose clock is not set."""

AGENT_DAYS = 90
"""Validity of an agent's certificate, in days."""
AUTHORITY_LASTS = timedelta(days=3650)
"""Validity of CA and CRL. Everybody is refused once they expire, so it exceeds the hardware's
life."""


class PkiError(Exception):
    """Raised for a bad key, request or authority file; the message is one line."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The CA's certificate and key."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey

    @classmethod
    def create(cls, name: str, now: datetime) -> Self:
        """Make a new CA, valid from 2020 until ten years after now."""
        key = Ed25519PrivateKey.generate()
        subject = x509_name(name)
        builder = _builder(subject, subject, key.public_key(), now + AUTHORITY_LASTS)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(usage, True)
        known_by = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return cls(builder.add_extension(known_by, False).sign(key, None), key)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `ca.crt` and `ca.key`. Raises PkiError."""
        try:
            certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
            key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        except (OSError, ValueError) as error:
            raise PkiError(f"no certificate authority in {folder}; run `loquet init`") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise PkiError(f"{folder / 'ca.key'} is not an Ed25519 key; run `loquet init`")
        return cls(certificate, key)

    def save(self, folder: Path) -> None:
        """Write `ca.crt`, and `ca.key` readable by its owner only."""
        write_private(folder / "ca.key", private_pem(self.key))
        (folder / "ca.crt").write_text(self.ca_pem)

    @property
    def ca_pem(self) -> str:
        """Return the CA's certificate in PEM."""
        return certificate_pem(self.certificate)

    @property
    def fingerprint16(self) -> str:
        """Return the first 16 hex digits of SHA-256 over the CA's raw public key; claim codes end
        in it."""
        return hashlib.sha256(self.key.public_key().public_bytes_raw()).hexdigest()[:16]

    def issue(self, name: str, key: Ed25519PublicKey, until: datetime) -> x509.Certificate:
        """Issue a client certificate for a hub or an agent; `name` is its MQTT user name."""
        builder = _builder(x509_name(name), self.certificate.subject, key, until)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._sign(builder.add_extension(usage, False))

    def issue_server(
        self, names: Sequence[str], key: Ed25519PublicKey, now: datetime
    ) -> x509.Certificate:
        """Issue a server certificate for host names and addresses; the first one is the subject."""
        builder = _builder(
            x509_name(names[0]), self.certificate.subject, key, now + AUTHORITY_LASTS
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        alternatives = x509.SubjectAlternativeName([alternative(name) for name in names])
        return self._sign(builder.add_extension(usage, False).add_extension(alternatives, False))

    def issue_agent(self, csr_pem: str, agent: str, now: datetime) -> "IssuedCertificate":
        """Certify the Ed25519 key of a CSR under the agent's id; the CSR's subject is ignored.

        Raises PkiError for an unreadable or wrongly signed CSR, or another kind of key.
        """
        try:
            request = x509.load_pem_x509_csr(csr_pem.encode())
        except ValueError as error:
            raise PkiError("the csr is not a PEM certificate request") from error
        key = request.public_key()
        if not isinstance(key, Ed25519PublicKey) or not request.is_signature_valid:
            raise PkiError("the csr must contain an Ed25519 key and be signed with it")
        issued = self.issue(agent, key, now + timedelta(days=AGENT_DAYS))
        return IssuedCertificate(
            pem=certificate_pem(issued),
            serial=issued.serial_number,
            public_key=key.public_bytes_raw(),
            until=issued.not_valid_after_utc,
        )

    def revocation_list(self, serials: Iterable[int], now: datetime) -> str:
        """Make the CRL in PEM; its nextUpdate is ten years ahead."""
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self.certificate.subject,
            last_update=NOT_BEFORE,
            next_update=now + AUTHORITY_LASTS,
        )
        for serial in sorted(set(serials)):
            entry = x509.RevokedCertificateBuilder(serial, now)
            builder = builder.add_revoked_certificate(entry.build())
        pem = builder.sign(self.key, None).public_bytes(serialization.Encoding.PEM)
        return pem.decode()

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Sign, with the authority key identifier (RFC 5280, 4.2.1.1) that strict clients require,
        such as Python since 3.13."""
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(signer, False).sign(self.key, None)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What the controller stores about an agent's certificate."""

    pem: str
    serial: int
    public_key: bytes
    until: datetime


def private_pem(key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> bytes:
    """Return the key as unencrypted PKCS#8 PEM; the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return the certificate as PEM text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def common_name(pem: bytes) -> str:
    """Return the common name of a certificate. Raises ValueError if it is not a certificate or has
    none."""
    names = x509.load_pem_x509_certificate(pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names:
        raise ValueError("the certificate has no common name")
    return str(names[0].value)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, atomically."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def x509_name(text: str) -> x509.Name:
    """Return an X.509 name with this common name, as subject or issuer."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def alternative(name: str) -> x509.IPAddress | x509.DNSName:
    """Return a host name or address as subject alternative name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Ed25519PublicKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(until)
    )

"""The certificate authority for browsers: ECDSA P-256, since Chromium refuses Ed25519.

Its name constraints allow only this installation's names and private networks, so phones can trust
it without risk for other sites.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from controller.capabilities.agents.pki import (
    AUTHORITY_LASTS,
    PkiError,
    alternative,
    certificate_pem,
    private_pem,
    write_private,
    x509_name,
)

SERVER_CERTIFICATE_LASTS = timedelta(days=398)
"""Validity of a server certificate; Safari refuses more than 825 days."""
RENEW_BEFORE_END = timedelta(days=45)
"""How long before its end a certificate is renewed."""
_MISSING = "no authority for browsers in {}; run `loquet init`"
_SKEW = timedelta(days=1)
_PRIVATE = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
_LOCAL = ("local", "localhost", "lan", "internal", "home.arpa")


@dataclass(frozen=True, slots=True)
class WebAuthority:
    """The authority's certificate and key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, name: str, names: Sequence[str], now: datetime) -> Self:
        """Make a new authority for those names, valid from yesterday for ten years."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509_name(name)
        builder = _builder(subject, subject, key.public_key(), now, now + AUTHORITY_LASTS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_USAGE, True)
        builder = builder.add_extension(x509.NameConstraints(_permitted_names(names), None), True)
        known_by = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(known_by, False)
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `web-ca.crt` and `web-ca.key`. Raises PkiError."""
        certificate = read_certificate(folder)
        try:
            key = serialization.load_pem_private_key((folder / "web-ca.key").read_bytes(), None)
        except (OSError, ValueError) as error:
            raise PkiError(_MISSING.format(folder)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise PkiError(f"{folder / 'web-ca.key'} is not an ECDSA key; run `loquet init`")
        return cls(certificate, key)

    def save(self, folder: Path) -> None:
        """Write `web-ca.crt`, and `web-ca.key` readable by its owner only."""
        write_private(folder / "web-ca.key", private_pem(self.key))
        (folder / "web-ca.crt").write_text(certificate_pem(self.certificate))

    def covers(self, name: str) -> bool:
        """Return whether the name constraints allow that name or address."""
        limits = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        return any(_is_within(name, subtree.value) for subtree in limits.permitted_subtrees or ())

    def issue(self, names: Sequence[str], now: datetime) -> tuple[str, bytes]:
        """Issue a server certificate for the names that `covers` allows; return chain and key in
        PEM."""
        allowed_names = [name for name in names if self.covers(name)]
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509_name(allowed_names[0])
        builder = _builder(
            subject, self.certificate.subject, key.public_key(), now, now + SERVER_CERTIFICATE_LASTS
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, False)
        alternatives = x509.SubjectAlternativeName([alternative(name) for name in allowed_names])
        builder = builder.add_extension(alternatives, False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        leaf = builder.add_extension(signer, False).sign(self.key, hashes.SHA256())
        return certificate_pem(leaf) + certificate_pem(self.certificate), private_pem(key)


def read_certificate(folder: Path) -> x509.Certificate:
    """Return the authority's certificate, without its key. Raises PkiError."""
    try:
        return x509.load_pem_x509_certificate((folder / "web-ca.crt").read_bytes())
    except (OSError, ValueError) as error:
        raise PkiError(_MISSING.format(folder)) from error


def is_usable(pem: bytes, names: Iterable[str], authority: x509.Certificate, now: datetime) -> bool:
    """Return whether a server certificate is signed by the authority, has all names, and is valid
    now and for the coming weeks."""
    leaf = x509.load_pem_x509_certificate(pem)
    try:
        leaf.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    is_valid = leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - RENEW_BEFORE_END
    return set(names) <= names_of(leaf) and is_valid


def names_of(leaf: x509.Certificate) -> set[str]:
    """Return the names and addresses of a certificate."""
    extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in extension}


def has_authority(folder: Path) -> bool:
    """Whether the installation has an authority for browsers."""
    return (folder / "web-ca.crt").exists()


def pem_of(folder: Path) -> str | None:
    """Return the authority's certificate in PEM, or None; boxes need it for calls to the web
    server."""
    return certificate_pem(read_certificate(folder)) if has_authority(folder) else None


def certificate_der(folder: Path) -> bytes:
    """Return the authority's certificate in DER, which phones install. Raises PkiError."""
    return read_certificate(folder).public_bytes(serialization.Encoding.DER)


def shown_fingerprint(der: bytes) -> str:
    """Return the SHA-256 fingerprint as browsers and phones display it, in pairs of hex digits."""
    digest = hashlib.sha256(der).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()


_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _permitted_names(names: Iterable[str]) -> list[x509.GeneralName]:
    alternative_names = [alternative(name) for name in names]
    hosts = [name.value for name in alternative_names if isinstance(name, x509.DNSName)]
    addresses = [name.value for name in alternative_names if isinstance(name, x509.IPAddress)]
    networks = [ipaddress.ip_network(network) for network in (*_PRIVATE, *map(str, addresses))]
    domains = [x509.DNSName(host) for host in dict.fromkeys((*_LOCAL, *hosts))]
    return [*domains, *map(x509.IPAddress, dict.fromkeys(networks))]


def _is_within(name: str, limit: object) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return isinstance(limit, str) and (name == limit or name.endswith(f".{limit}"))
    return isinstance(limit, ipaddress.IPv4Network | ipaddress.IPv6Network) and address in limit


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before((now - _SKEW).astimezone(UTC))
        .not_valid_after(until)
    )

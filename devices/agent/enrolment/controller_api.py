"""The agent's HTTP requests to the controller: claim an identity, renew a certificate, download a
program."""

import hashlib
import http.client
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate

TIMEOUT_S = 15.0
FINGERPRINT_DIGITS = 16
"""Length of the fingerprint at the end of a claim code."""
_CHUNK = 1 << 18

T = TypeVar("T")


class EnrolError(Exception):
    """Raised when enrolment or renewal failed; the message is one line: why, and what to do."""


class NotWritten(OSError):
    """Raised when a download could not be written: the disk is at fault, not the network."""


class _Peer(Protocol):
    def get_unverified_chain(self) -> Any: ...


def fingerprint(ca: Certificate) -> str:
    """Return the first 16 hex digits of SHA-256 over a CA's raw public key; "" if it is not
    Ed25519."""
    key = ca.public_key()
    if not isinstance(key, Ed25519PublicKey):
        return ""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:FINGERPRINT_DIGITS]


def is_loopback(host: str) -> bool:
    """Return whether a host name or address means this computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trust_by_fingerprint(url: str, expected: str) -> ssl.SSLContext | None:
    """Return how to verify that server: by the CA whose fingerprint is expected; None for loopback
    http.

    The certificate chain is fetched without sending anything, and only a CA with that fingerprint
    is trusted. Raises EnrolError.
    """
    parts = _parts(url)
    if parts.scheme == "http":
        return None
    for der in _chain(parts.hostname or "", parts.port or 443):
        ca = load_der_x509_certificate(der)
        if fingerprint(ca) == expected:
            return trust(ca.public_bytes(Encoding.PEM).decode())
    raise EnrolError(
        f"{url}: the server there does not belong to the controller that made this claim code"
        " (its CA has another fingerprint); copy the address from the Boxes page: boxes have a port"
        " of their own, not that of the pages"
    )


def trust(ca_pem: str) -> ssl.SSLContext:
    """Return a context that trusts servers of this CA only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca_pem)
    return context


def get(url: str, path: str, kind: type[T], context: ssl.SSLContext | None) -> T:
    """GET a path under /api/v1, and decode the response. Raises EnrolError."""
    return post(url, path, None, kind, context)


def post(url: str, path: str, body: object, kind: type[T], context: ssl.SSLContext | None) -> T:
    """POST JSON to a path under /api/v1, and decode the response. Raises EnrolError."""
    with _answer(url, path, body, context) as answer:
        try:
            return msgspec.json.decode(answer.read(), type=kind)
        except msgspec.MsgspecError as error:
            raise EnrolError(f"{url}: this is not a Loquet controller ({error})") from error


def download(
    url: str, path: str, body: object, into: Path, context: ssl.SSLContext | None, *, at_most: int
) -> None:
    """POST JSON, and write the response to a file, but not more than `at_most` bytes.

    Raises EnrolError, and OSError if the file can't be written.
    """
    with into.open("wb") as file, _answer(url, path, body, context) as answer:
        left = at_most
        while left > 0 and (chunk := answer.read(min(_CHUNK, left))):
            left -= len(chunk)
            try:
                file.write(chunk)
            except OSError as error:
                raise NotWritten(error.errno, error.strerror, str(into)) from error
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _answer(
    url: str, path: str, body: object, context: ssl.SSLContext | None
) -> Iterator[http.client.HTTPResponse]:
    """Yield the controller's response; raises EnrolError for any problem.

    Without a body it is a GET.
    """
    _parts(url)
    handlers = [] if context is None else [HTTPSHandler(context=context)]
    opener = build_opener(ProxyHandler({}), *handlers)
    request = Request(  # noqa: S310  _parts() lets only http and https pass
        f"{url.rstrip('/')}/api/v1/{path}",
        data=None if body is None else msgspec.json.encode(body),
        headers={"Content-Type": "application/json", "Accept": "*/*"},
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            yield answer
    except HTTPError as error:
        raise EnrolError(f"{url}: {_problem(error)}") from error
    except NotWritten:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise EnrolError(
            f"{url}: no answer ({_reason(error)}); check address and network"
        ) from error


def _parts(url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnrolError(f"{url}: not an address; it looks like https://loquet.example.org")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise EnrolError(f"{url}: use https; http is accepted on this computer only (127.0.0.1)")
    return parts


def _chain(host: str, port: int) -> list[bytes]:
    """Return a server's certificates in DER, unverified. Raises EnrolError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return [_der(certificate) for certificate in _peer(secure).get_unverified_chain() or ()]
    except OSError as error:
        raise EnrolError(
            f"https://{host}:{port}: no answer ({_reason(error)}); check address and network"
        ) from error


def _peer(secure: ssl.SSLSocket) -> _Peer:
    """Return the object with `get_unverified_chain`, public in Python 3.13, private in 3.11 and
    3.12."""
    peer: _Peer = secure if hasattr(secure, "get_unverified_chain") else secure._sslobj  # type: ignore[attr-defined]
    return peer


def _der(certificate: Any) -> bytes:
    if isinstance(certificate, bytes):
        return certificate
    data: bytes = ssl.PEM_cert_to_DER_cert(certificate.public_bytes())
    return data


def _problem(error: HTTPError) -> str:
    """Return the text of an RFC 9457 problem document, else the HTTP status."""
    try:
        document = json.loads(error.read())
        return str(document.get("detail") or document.get("title") or error)
    except (ValueError, AttributeError, OSError):
        return str(error)


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__

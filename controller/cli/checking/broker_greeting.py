"""Connect to a broker over MQTT for a moment, to check whether it accepts our certificate."""

import socket
import ssl
from pathlib import Path

from controller.cli.checking.findings import CheckFailed

TIMEOUT_S = 5.0
"""Time limit in seconds for connecting and for reading."""
_MQTT_5, _NO_SUCH_VERSION = 5, 9
"""An MQTT version that does not exist: the broker then refuses without taking over the client id of
a connected client (MQTT 5, 3.1.2.2)."""
_CONNACK = 0x20
_ACCEPTED, _UNSUPPORTED_VERSION = 0x00, (0x84, 0x01)


def greet(
    host: str, port: int, *, ca: Path, cert: Path, key: Path, name: str | None = None
) -> None:
    """Raise CheckFailed, with what to do, unless the broker accepts this certificate.

    `name`: connect as that client, which must be the certificate's; None: only show the
    certificate, so that a client with that name stays connected.
    """
    try:
        reason = _answer(host, port, _context(ca, cert, key), name)
    except ssl.SSLCertVerificationError as error:
        raise CheckFailed(_foreign_certificate_text(host, error)) from error
    except ssl.SSLError as error:
        raise CheckFailed(_refusal_text(error)) from error
    except OSError as error:
        raise CheckFailed(
            f"no answer ({error.strerror or error}); start it, or correct host and port"
        ) from error
    if reason not in ((_ACCEPTED,) if name else _UNSUPPORTED_VERSION):
        raise CheckFailed(
            f"it refuses the connection (MQTT reason 0x{reason:02X}); its log says why"
        )


def _context(ca: Path, cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for file in (ca, cert, key):
        if not file.exists():
            raise CheckFailed(f"{file} is missing; see above")
    context.load_verify_locations(ca)
    context.load_cert_chain(cert, key)
    return context


def _answer(host: str, port: int, context: ssl.SSLContext, name: str | None) -> int:
    try:
        answer = _exchange(host, port, context, _connect(name))
    except ssl.SSLCertVerificationError:
        raise
    except (ssl.SSLError, ConnectionError):
        # If we send first, the reason for a refusal is lost; if we only listen, we receive it.
        answer = _exchange(host, port, context, b"")
    if len(answer) < 4 or answer[0] != _CONNACK:
        raise CheckFailed("what answers there is not an MQTT broker; correct host and port")
    return answer[3]


def _exchange(host: str, port: int, context: ssl.SSLContext, request: bytes) -> bytes:
    with (
        socket.create_connection((host, port), timeout=TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        if request:
            secure.sendall(request)
        return secure.recv(4)


def _connect(name: str | None) -> bytes:
    """Return a CONNECT packet with a clean start and no properties (MQTT 5, 3.1)."""
    client = (name or "").encode()
    version = _MQTT_5 if name else _NO_SUCH_VERSION
    body = b"\x00\x04MQTT" + bytes((version, 0x02, 0, 10, 0, 0, len(client))) + client
    return bytes((0x10, len(body))) + body


def _foreign_certificate_text(host: str, error: ssl.SSLCertVerificationError) -> str:
    if "match" in error.verify_message:
        return (
            f"its certificate is not for {host}: on the controller, loquet init makes one for the"
            " addresses in its config.toml; then start the broker again"
        )
    return (
        f"it shows a certificate of another authority ({error.verify_message}): its host or the"
        " keys here belong to another installation; correct the host, restore the keys, or enrol"
        " again"
    )


def _refusal_text(error: ssl.SSLError) -> str:
    why = (error.reason or str(error)).lower().replace("_", " ")
    for mark, advice in (
        ("revoked", "it was revoked: enrol again"),
        ("expired", "it has expired: start the agent, which renews it, or enrol again"),
        ("unknown ca", "it comes from another authority: enrol again"),
    ):
        if mark in why:
            return f"the broker refuses our certificate; {advice}"
    return f"TLS can't be established ({why}); does another program use that port?"

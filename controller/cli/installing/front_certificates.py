"""Copy the front door's certificates and keys into a folder of root, which nginx reads."""

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from controller.capabilities.agents.pki import certificate_pem, private_pem
from controller.cli.installing.agent import authority_step
from controller.cli.installing.layout import Layout
from controller.cli.installing.rights import rights_of
from controller.cli.installing.steps import FunctionStep, Step
from controller.safe_files import UnsafeFile, read_plain
from controller.settings import SettingsError
from devices.agent.enrolment.identity import write_private

BROWSERS, AGENTS = "browsers.pem", "agents.pem"
"""File names of the copies."""
_MAX_FILE_BYTES, _MAX_CHAIN = 65536, 8


def certificate_steps(layout: Layout) -> Iterator[Step]:
    """Yield the steps that copy the certificates for browsers and for agents, each with its key."""
    keys, broker = layout.keys, layout.broker
    yield _copy_step(layout, BROWSERS, keys / "web.crt", keys / "web.key")
    yield _copy_step(layout, AGENTS, broker / "server-chain.crt", broker / "server.key")
    yield authority_step(layout, lambda: keys / "web-ca.crt")


def read_chain(user: str | None, certificate: Path, key: Path) -> bytes:
    """Return a certificate chain and its key, read with the user's rights. Raises SettingsError."""
    try:
        with rights_of(user):
            chain_pem, key_pem = (read_plain(file, _MAX_FILE_BYTES) for file in (certificate, key))
        chain, private = load_pem_x509_certificates(chain_pem), load_pem_private_key(key_pem, None)
    except (UnsafeFile, OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f"{certificate} with {key.name}: {error}; loquet doctor says what to do"
        ) from error
    if not isinstance(private, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise SettingsError(f"{key}: a kind of key that loquet init does not make")
    if chain[0].public_key() != private.public_key() or len(chain) > _MAX_CHAIN:
        raise SettingsError(f"{key} is not the key of {certificate}; loquet doctor says what to do")
    return "".join(map(certificate_pem, chain)).encode() + private_pem(private)


def _copy_step(layout: Layout, name: str, certificate: Path, key: Path) -> Step:
    copy = layout.front / name

    def is_needed() -> bool:
        with rights_of(layout.user):
            exists = os.path.lexists(certificate) and os.path.lexists(key)
        current = copy.read_bytes() if copy.exists() else b""
        return not exists or read_chain(layout.user, certificate, key) != current

    def apply() -> bool:
        needed = is_needed()
        if needed:
            write_private(copy, read_chain(layout.user, certificate, key))
        return needed

    return FunctionStep(f"{copy}, which nginx shows", is_needed, apply)

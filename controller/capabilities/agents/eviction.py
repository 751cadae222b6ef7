"""Ends the live connection of a revoked agent, by connecting for a moment under its name."""

import threading
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents.pki import (
    Authority,
    certificate_pem,
    private_pem,
    write_private,
)
from controller.domain.time import Utc
from controller.settings import MqttSettings
from controller.wire.link import PahoLink

CERTIFICATE_S = 60.0
"""Validity of the certificate for our own connection, in seconds."""
WAIT_S = 5.0
"""How long to wait for the connection, in seconds."""


def evict(mqtt: MqttSettings, authority: Authority, agent: str, now: Utc) -> bool:
    """Connect under the agent's name, with a certificate for one minute and a key of our own.

    A broker allows one connection for each client id, so the agent's own connection ends (MQTT 5,
    3.1.4-3). The CRL prevents it from coming back, and the ACL gives our connection no topic. Call
    this after both lists are installed. Returns whether the broker accepted us within `WAIT_S`
    seconds; if not, the agent's connection may go on, but the ACL denies it every topic.
    """
    with TemporaryDirectory(prefix="loquet-evict-") as name:
        cert, key = Path(name) / "agent.crt", Path(name) / "agent.key"
        made = Ed25519PrivateKey.generate()
        until = now + timedelta(seconds=CERTIFICATE_S)
        cert.write_text(certificate_pem(authority.issue(agent, made.public_key(), until)))
        write_private(key, private_pem(made))
        link = PahoLink(
            host=mqtt.near, port=mqtt.port, ca=Path(mqtt.ca), cert=cert, key=key, client_id=agent
        )
        up = threading.Event()
        link.on_connection(lambda is_up: up.set() if is_up else None)
        link.start()
        try:
            return up.wait(WAIT_S)
        finally:
            link.stop()

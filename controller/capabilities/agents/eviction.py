"""Disconnects a revoked agent by connecting briefly under its name."""

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
"""Validity of our own connection's certificate, in seconds."""
WAIT_S = 5.0
"""How long to wait for the connection, in seconds."""


def evict(mqtt: MqttSettings, authority: Authority, agent: str, now: Utc) -> bool:
    """Connect under the agent's name, with our own key and a certificate for one minute.

    A broker allows one connection per client id, so the agent is disconnected (MQTT 5, 3.1.4-3).
    The CRL keeps it out, and the ACL gives our connection no topic. Call this after both lists are
    installed. Returns whether the broker accepted us within `WAIT_S` seconds. If not, the agent may
    stay connected, but the ACL denies it every topic.
    """
    with TemporaryDirectory(prefix="loquet-evict-") as name:
        certificate_file, key_file = Path(name) / "agent.crt", Path(name) / "agent.key"
        private_key = Ed25519PrivateKey.generate()
        until = now + timedelta(seconds=CERTIFICATE_S)
        certificate_file.write_text(
            certificate_pem(authority.issue(agent, private_key.public_key(), until))
        )
        write_private(key_file, private_pem(private_key))
        link = PahoLink(
            host=mqtt.hub_host,
            port=mqtt.port,
            ca=Path(mqtt.ca),
            cert=certificate_file,
            key=key_file,
            client_id=agent,
        )
        up = threading.Event()
        link.on_connection(lambda is_up: up.set() if is_up else None)
        link.start()
        try:
            return up.wait(WAIT_S)
        finally:
            link.stop()

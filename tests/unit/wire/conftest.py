"""A real Mosquitto with TLS 1.3 and client certificates, and links to it."""

import os
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from controller.wire.link import Incoming, PahoLink, Undelivered, Will
from controller.wire.signing import Signer

WAIT_S = 20.0
"""How long a test waits for what must happen, before it fails."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Authority:
    """A CA of Ed25519 keys, and the files that it gives out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._signer = Signer.generate()
        self.ca = folder / "ca.pem"
        certificate = self._certificate("Test CA", self._signer.private_key.public_key(), ca=True)
        self.ca.write_bytes(certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str) -> Signer:
        """Write NAME.pem and NAME.key; the key signs messages too."""
        signer = Signer.generate()
        signer.save(self.folder / f"{name}.key")
        certificate = self._certificate(name, signer.private_key.public_key(), ca=False)
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        return signer

    def _certificate(self, name: str, key: Ed25519PublicKey, *, ca: bool) -> x509.Certificate:
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        private: Ed25519PrivateKey = self._signer.private_key
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(private, None)
        )


class Broker:
    """Mosquitto as an installation runs it, but for the access list."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        authority.issue("broker")
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"cafile {authority.ca}\n"
            f"certfile {folder / 'broker.pem'}\n"
            f"keyfile {folder / 'broker.key'}\n"
            "tls_version tlsv1.3\n"
            "require_certificate true\n"
            "use_identity_as_username true\n"
            "use_username_as_clientid true\n"
            "allow_anonymous false\n"
            "set_tcp_nodelay true\n"
            "user root\n"
            "log_dest stderr\n"
        )

    def start(self) -> None:
        """Start it, and wait until it listens."""
        path = "/usr/sbin:/usr/local/sbin:/usr/bin"
        program = os.environ.get("LOQUET_MOSQUITTO") or shutil.which("mosquitto", path=path)
        assert program is not None
        self._process = process = subprocess.Popen(
            [program, "-c", str(self._config)], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith("running"):
                break
        else:
            raise AssertionError("mosquitto did not start")
        self._reader = threading.Thread(target=process.stderr.read, daemon=True)
        self._reader.start()

    def signal(self, number: int) -> None:
        """Stop it for a while, or let it go on."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None and self._reader is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            if self._process.stderr is not None:
                self._process.stderr.close()


@dataclass
class Heard:
    """What a link told, in queues that a test waits on."""

    messages: queue.Queue[Incoming] = field(default_factory=queue.Queue)
    ups: queue.Queue[bool] = field(default_factory=queue.Queue)
    undelivered: queue.Queue[Undelivered] = field(default_factory=queue.Queue)

    def message(self) -> Incoming:
        return self.messages.get(timeout=WAIT_S)

    def up(self) -> bool:
        return self.ups.get(timeout=WAIT_S)


@dataclass
class Place:
    """A broker, its CA, and the links of a test."""

    authority: Authority
    broker: Broker
    links: list[PahoLink] = field(default_factory=list)

    def link(
        self,
        name: str,
        *filters: str,
        will: Callable[[], Will] | None = None,
        signer: Signer | None = None,
        **more: Any,
    ) -> tuple[PahoLink, Heard]:
        """A started link with a certificate of that name."""
        folder = self.authority.folder
        if not (folder / f"{name}.pem").exists():
            self.authority.issue(name)
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.broker.port,
            "ca": self.authority.ca,
            "cert": folder / f"{name}.pem",
            "key": folder / f"{name}.key",
            "client_id": name,
        }
        link = PahoLink(will=will, signer=signer, **(values | more))
        heard = Heard()
        link.on_message(heard.messages.put)
        link.on_connection(heard.ups.put)
        link.on_undelivered(heard.undelivered.put)
        for topic_filter in filters:
            link.subscribe(topic_filter)
        self.links.append(link)
        link.start()
        return link, heard


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path)
    broker = Broker(tmp_path, authority)
    broker.start()
    place = Place(authority, broker)
    yield place
    for link in place.links:
        link.stop()
    broker.kill()

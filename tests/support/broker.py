"""A real Mosquitto that can be killed, and the certificates of who connects to it."""

import subprocess
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from controller.wire.signatures import Signer
from tests.support.programs import free_port, program_path
from tests.support.until import until


class Authority:
    """A CA of Ed25519 keys, and the files that it gives out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer.generate()
        self.ca = folder / "ca.pem"
        certificate = self._certificate("Test CA", self.signer.private_key.public_key(), ca=True)
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
        private: Ed25519PrivateKey = self.signer.private_key
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


class Mosquitto:
    """The broker with this configuration, which must log to standard error that it runs.

    Paths in it are seen from `folder`.
    """

    def __init__(self, config: Path, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and wait until it listens.

        Its port may for a moment be the far end of another test's connection.
        """
        until(self._listens, "mosquitto's port is somebody else's")

    def _listens(self) -> bool:
        program = program_path("mosquitto")
        assert program is not None
        self._process = process = subprocess.Popen(
            [program, "-c", str(self.config)], cwd=self.folder, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            if line.rstrip().endswith("running"):
                break
            said += line
        else:
            process.wait()
            process.stderr.close()
            self._process = None
            assert "Address already in use" in said, said
            return False
        self._reader = threading.Thread(target=process.stderr.read, daemon=True)
        self._reader.start()
        return True

    def signal(self, number: int) -> None:
        """Stop it for a while, or let it go on."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut does, if it is there."""
        if self._process is not None and self._reader is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            if self._process.stderr is not None:
                self._process.stderr.close()
            self._process = None


class Broker(Mosquitto):
    """Mosquitto as an installation runs it, but for the access list."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder / "mosquitto.conf", folder)
        self.port = free_port()
        authority.issue("broker")
        self.config.write_text(
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


class Shipped(Mosquitto):
    """Mosquitto with the configuration that Loquet has written to `broker` in an installation."""

    def __init__(self, installation: Path) -> None:
        super().__init__(installation / "broker" / "mosquitto.conf", installation)
        with self.config.open("a") as file:
            # Only this says that it listens; the shipped configuration leaves it out.
            file.write("log_type information\n")

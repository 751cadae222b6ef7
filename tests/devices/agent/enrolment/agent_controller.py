"""A controller's web server as enrolment sees it: a CA, TLS, claim and renew."""

import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from controller.wire.base64url import b64encode
from controller.wire.signatures import Signature, Signer, kid_of, verify


class Authority:
    """A CA."""

    def __init__(self) -> None:
        self.signer = Signer.generate()
        own = self.signer.private_key.public_key()
        self.certificate = self.certify("CA", own, ca=True)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        return kid_of(self.signer.public_key_bytes)

    def certify(self, name: str, key: Any, *, ca: bool = False, days: int = 90) -> x509.Certificate:
        """A certificate for that key."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime.now(UTC) + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(self.signer.private_key, None)
        )


class Controller:
    """Answers on 127.0.0.1; `changes` replaces fields of its answers."""

    def __init__(self, folder: Path, *, tls: bool) -> None:
        self.authority = Authority()
        self.codes = {"secretsecret" + self.authority.fingerprint}
        self.changes: dict[str, Any] = {}
        self.asked: list[str] = []
        self.agent_key: bytes = b""
        self.renewed = 0
        self.nonce = "0.first"
        controller = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                controller.asked.append(self.path)
                status, answer = controller.answer(self.path, body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                data = json.dumps({"nonce": controller.nonce}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = self._context(folder).wrap_socket(
                self._server.socket, server_side=True
            )
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def code(self) -> str:
        return next(iter(self.codes))

    def _context(self, folder: Path) -> ssl.SSLContext:
        signer = Signer.generate()
        signer.save(folder / "web.key")
        own = self.authority.certify("web", signer.private_key.public_key())
        chain = own.public_bytes(Encoding.PEM).decode() + self.authority.pem
        (folder / "web.pem").write_text(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "web.pem", folder / "web.key")
        return context

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """As the API does."""
        if "raw" in self.changes:
            return 201, self.changes["raw"]
        csr = x509.load_pem_x509_csr(body["csr"].encode())
        key = csr.public_key()
        assert isinstance(key, Ed25519PublicKey)
        pem = self.authority.certify("pi-1", key).public_bytes(Encoding.PEM).decode()
        if path.endswith("/renew"):
            signature = Signature(body["kid"], body["sig"])
            signed = f"{body['csr']}\n{self.nonce}".encode()
            if not verify(self.agent_key, "agents/pi-1/renew", signed, signature):
                return 403, {"detail": "not signed with this agent's current key"}
            self.renewed += 1
            self.nonce = f"{self.renewed}.next"
            return 201, {"certificate": pem, "ca": self.authority.pem, **self.changes}
        if body["claim_code"] not in self.codes:
            return 403, {"title": "Forbidden", "detail": "this claim code is unknown or expired"}
        self.codes.discard(body["claim_code"])
        self.agent_key = key.public_bytes_raw()
        hub = Signer.generate()
        answer = {
            "agent_id": "pi-1",
            "site_id": "site",
            "certificate": pem,
            "ca": self.authority.pem,
            "mqtt": {"host": "127.0.0.1", "port": 8883},
            "hub_keys": [{"kid": hub.kid, "public_key": b64encode(hub.public_key_bytes)}],
            "credential_key": b64encode(b"k" * 32),
            "wiring": None,
        }
        return 201, {**answer, **self.changes}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

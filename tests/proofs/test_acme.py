"""A public name gets its certificate from a real ACME server: certbot asks Pebble, Let's Encrypt's
own test server, which looks through the front door whether the name leads there."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from controller.cli import main
from tests.support.programs import free_port, program_path
from tests.support.until import until

PROGRAMS = ("nginx", "certbot", "pebble", "pebble-challtestsrv", "openssl")
pytestmark = [pytest.mark.long, *map(pytest.mark.needs, PROGRAMS)]
NAME = "loquet.example.org"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """As /var/lib is: nginx's workers, who are nobody, may go through it."""
    with tempfile.TemporaryDirectory(prefix="loquet-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def running(log: Path, *words: object) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen([str(word) for word in words], stdout=said, stderr=said)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def an_acme_server(folder: Path, http: int) -> Iterator[str]:
    """Pebble, whose names all lead here; the address of its directory."""
    dns, port, manage = free_port(), free_port(), free_port()
    certificate, key = folder / "pebble.crt", folder / "pebble.key"
    alternative = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    made = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    names = ("-subj", "/CN=pebble", "-addext", alternative)
    files = ("-out", certificate, "-keyout", key)
    subprocess.run(["openssl", "req", *made, *names, *files], check=True, capture_output=True)
    settings = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{manage}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": http,
        "tlsPort": free_port(),
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    os.environ["PEBBLE_VA_NOSLEEP"] = "1"
    names_here = ("-dns01", f"127.0.0.1:{dns}", "-defaultIPv6", "", "-http01", "", "-https01", "")
    quiet = ("-tlsalpn01", "", "-doh", "", "-management", f"127.0.0.1:{free_port()}")
    ask_at = ("-config", folder / "pebble.json", "-dnsserver", f"127.0.0.1:{dns}")
    with (
        running(folder / "dns.log", program_path("pebble-challtestsrv"), *names_here, *quiet),
        running(folder / "pebble.log", program_path("pebble"), *ask_at),
    ):
        until(lambda: "directory" in (folder / "pebble.log").read_text(), "Pebble does not start")
        yield f"https://127.0.0.1:{port}/dir"


def shown(port: int, name: str) -> x509.Certificate:
    """What the front door shows to a browser."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name]
    words += ["-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256"]
    said = subprocess.run(words, input=b"", capture_output=True, check=True)
    return x509.load_pem_x509_certificates(said.stdout)[0]


def setup(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    ended = main(["setup", "controller", *words, "--json"])
    said = capsys.readouterr()
    assert ended == 0, said.err
    return json.loads(said.out)


def test_a_public_name_gets_a_certificate_and_shows_it(
    open_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(open_folder / "pebble.crt"))
    root, http, https = open_folder / "computer", free_port(), free_port()
    ports = ("--root", str(root), "--http", str(http), "--https", str(https))
    said = setup(capsys, *ports)
    front = said["start"][2].split()
    with (
        running(open_folder / "front.log", *front, "-g", "daemon off;"),
        an_acme_server(open_folder, http) as directory,
    ):
        assert "Loquet" in shown(https, NAME).issuer.rfc4514_string()
        asked = setup(capsys, *ports, "--acme", NAME, "--acme-server", directory)
        done = {step["what"]: step["state"] for step in asked["steps"]}
        assert done[f"a certificate of {NAME}, by certbot"] == "done"
        subprocess.run([*front, "-s", "reload"], check=True)
        until(lambda: "Pebble" in shown(https, NAME).issuer.rfc4514_string(), "not shown")
        leaf = shown(https, NAME)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [NAME]
        again = setup(capsys, *ports)
        assert {step["state"] for step in again["steps"]} == {"there"}, "what was said is kept"
        _renewed(root, leaf, https, front)


def _renewed(root: Path, before: x509.Certificate, https: int, front: list[str]) -> None:
    """As certbot's own timer does it, from what it noted."""
    places = []
    for option, folder in (("config", "etc"), ("work", "var/lib"), ("logs", "var/log")):
        places += [f"--{option}-dir", str(root / folder / "letsencrypt")]
    words = [str(program_path("certbot")), "renew", "--force-renewal", "--quiet", *places]
    subprocess.run(words, check=True, env=dict(os.environ))
    subprocess.run([*front, "-s", "reload"], check=True)
    until(lambda: shown(https, NAME).serial_number != before.serial_number, "the old one is shown")


def test_a_name_that_leads_elsewhere_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "pebble.crt"))
    with an_acme_server(tmp_path, free_port()) as directory:
        words = ("--root", str(tmp_path / "computer"), "--acme", NAME, "--acme-server", directory)
        assert main(["setup", "controller", *words]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"certbot got no certificate for {NAME}" in error
    assert "Connection refused" in error or "connection refused" in error

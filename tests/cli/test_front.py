"""The front door as a real nginx has it: one chain for the pages, one for boxes, each known."""

import argparse
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from controller.capabilities.agents.pki import Authority
from controller.cli import main
from controller.cli.commission import declare_ca, trust
from controller.cli.http import Api, HttpFailed
from controller.cli.installing.agent import authority_step
from controller.cli.installing.layout import Layout
from controller.cli.watching import remote_stream
from controller.settings import SettingsError
from devices.agent.enrolment.controller_api import EnrolError, trust_by_fingerprint
from devices.agent.enrolment.identity import IdentityFiles
from tests.support.programs import free_port, program_path
from tests.support.until import until

pytestmark = [pytest.mark.system, pytest.mark.needs("nginx")]
BOX_PATHS = {
    "/api/v1/agents/claim": 200,
    "/api/v1/agents/laser/renew": 200,
    "/api/v1/agents/laser/program": 200,
    "/health/live": 200,
    "/": 404,
    "/api/v1/members": 404,
}


class Pages(BaseHTTPRequestHandler):
    """Stands behind nginx for the pages."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "items": [], "next": None}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Door:
    """Of a place that was set up below a folder."""

    layout: Layout
    https: int
    agents: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https}"

    @property
    def agents_url(self) -> str:
        return f"https://127.0.0.1:{self.agents}"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    root = tmp_path_factory.mktemp("front") / "computer"
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        made = Door(Layout(root), free_port(), free_port())
        ports = {"https": made.https, "agents": made.agents, "http": free_port()}
        words = [word for name, port in ports.items() for word in (f"--{name}", str(port))]
        words = [word.replace("--agents", "--agents-port") for word in words]
        words += ["--web-port", str(pages.server_address[1]), "--name", "127.0.0.1"]
        assert main(["setup", "controller", "--root", str(root), *words, "--json"]) == 0
        nginx = [program_path("nginx") or "nginx", "-c", str(root / "etc/nginx/nginx.conf")]
        with subprocess.Popen([*nginx, "-g", "daemon off;"], stderr=subprocess.DEVNULL) as front:
            try:
                until(lambda: _listens(made.agents), "nginx does not start", 30)
                yield made
            finally:
                front.terminate()
        pages.shutdown()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def curl(url: str, ca: Path) -> subprocess.CompletedProcess[str]:
    words = ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", str(ca)]
    code = ["--output", "/dev/null", "--write-out", "%{http_code}"]
    return subprocess.run([*words, *code, url], capture_output=True, text=True)


def python(url: str, ca: Path) -> subprocess.CompletedProcess[str]:
    """As any program has it: the defaults of Python's ssl, and a file of authorities."""
    asks = (
        "import ssl, sys, urllib.request as r; c = ssl.create_default_context(cafile=sys.argv[2]);"
        "o = r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=c));"
        "print(o.open(sys.argv[1]).status, end='')"
    )
    return subprocess.run(
        [sys.executable, "-c", asks, url, str(ca)], capture_output=True, text=True
    )


@pytest.mark.parametrize("ask", [curl, python])
def test_the_file_that_setting_up_names_is_enough_for(door: Door, ask: object) -> None:
    assert door.layout.place_ca.stat().st_mode & 0o777 == 0o644
    answer = ask(f"{door.url}/health/live", door.layout.place_ca)  # type: ignore[operator]
    assert (answer.stdout, answer.stderr) == ("200", "")


def test_each_port_shows_one_chain_whatever_is_asked_for(door: Door) -> None:
    """To who would take both kinds, as every OpenSSL does; to who takes the other alone, none."""
    ports = (
        (door.https, EllipticCurvePublicKey, "ed25519"),
        (door.agents, Ed25519PublicKey, "ECDSA+SHA256"),
    )
    for port, kind, other in ports:
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts", "-sigalgs"]
        said = subprocess.run([*words, "ed25519:ECDSA+SHA256"], input=b"", capture_output=True)
        chain = x509.load_pem_x509_certificates(said.stdout)
        assert [isinstance(certificate.public_key(), kind) for certificate in chain] == [True, True]
        refused = subprocess.run([*words, other], input=b"", capture_output=True)
        assert b"BEGIN CERTIFICATE" not in refused.stdout


def test_boxes_have_a_port_for_what_they_ask_and_nothing_else(door: Door) -> None:
    answers = {
        path: int(curl(f"{door.agents_url}{path}", door.layout.keys / "ca.crt").stdout)
        for path in BOX_PATHS
    }
    assert answers == BOX_PATHS


def test_a_box_is_led_from_the_port_of_the_pages_to_its_own(door: Door) -> None:
    expected = Authority.load(door.layout.keys).fingerprint16
    assert trust_by_fingerprint(door.agents_url, expected)
    with pytest.raises(EnrolError, match="boxes have a port of their own"):
        trust_by_fingerprint(door.url, expected)


def test_the_networks_announcement_and_the_line_to_paste_name_that_port(door: Door) -> None:
    told = (door.layout.root / "etc/avahi/services/loquet.service").read_text()
    assert f"<port>{door.agents}</port>" in told
    assert f"<txt-record>url={door.agents_url}</txt-record>" in told


def asked(door: Door, tmp_path: Path, *words: str, config: str | None = None) -> object:
    """What a command's own call of the API is answered, on a computer with that configuration."""
    file = tmp_path / "config.toml"
    file.write_text(config or "")
    parser = argparse.ArgumentParser()
    declare_ca(parser)
    args = parser.parse_args(words)
    args.config = file
    return Api(door.url, "t", trust(args)).get("/sites")["path"]


def test_commands_on_the_controller_and_on_a_box_know_the_place(door: Door, tmp_path: Path) -> None:
    on_controller = f'[site]\nkeys = "{door.layout.keys}"\n'
    assert asked(door, tmp_path, config=on_controller) == "/api/v1/sites"
    state = tmp_path / "agent"
    state.mkdir()
    IdentityFiles(state).keep_web_ca(door.layout.place_ca.read_text())
    on_box = f'[agent]\nstate_dir = "{state}"\n'
    assert asked(door, tmp_path, config=on_box) == "/api/v1/sites"


def test_commands_elsewhere_are_given_the_authority_or_say_so(door: Door, tmp_path: Path) -> None:
    assert asked(door, tmp_path, "--ca", str(door.layout.place_ca)) == "/api/v1/sites"
    says = "its certificate is not known here .*--ca FILE: http://…/trust"
    with pytest.raises(HttpFailed, match=says):
        asked(door, tmp_path)
    with pytest.raises(HttpFailed, match=says):
        next(remote_stream.lines(door.url, "t", "now", None))
    (tmp_path / "none.pem").write_text("nothing")
    for name, why in (("none.pem", "no certificate"), ("away.pem", "No such file")):
        with pytest.raises(HttpFailed, match=f"{name}: {why}"):
            asked(door, tmp_path, "--ca", str(tmp_path / name))


def test_a_box_keeps_what_every_user_there_needs_to_know_the_pages(
    door: Door, tmp_path: Path
) -> None:
    """And, once it is there, it takes another only with a claim code."""
    layout, state = Layout(tmp_path), tmp_path / "agent"
    for folder in (layout.of_root, state):
        folder.mkdir(parents=True)
    pem = door.layout.place_ca.read_text()
    IdentityFiles(state).keep_web_ca(pem)
    assert authority_step(layout, lambda: IdentityFiles(state).web_ca, is_kept=True).apply()
    assert curl(f"{door.url}/health/live", layout.place_ca).stdout == "200"
    IdentityFiles(state).keep_web_ca((door.layout.keys / "ca.crt").read_text())
    assert not authority_step(layout, lambda: IdentityFiles(state).web_ca, is_kept=True).apply()
    assert layout.place_ca.read_text() == pem
    IdentityFiles(state).web_ca.write_bytes((door.layout.keys / "ca.key").read_bytes())
    with pytest.raises(SettingsError, match="web-ca"):
        authority_step(layout, lambda: IdentityFiles(state).web_ca).apply()

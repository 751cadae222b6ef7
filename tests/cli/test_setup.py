"""Setting a computer up, below a folder that stands for it: told before, done once, taken back."""

import json
import os
import socket
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from controller.capabilities.agents.pki import Authority
from controller.cli import main
from controller.cli.installing import controller, simulated_hardware
from controller.cli.installing.layout import Layout
from controller.settings import AccessPointSettings
from controller.settings.reading import load
from controller.wire.base64url import b64encode
from controller.wire.signatures import Signer
from devices.agent.enrolment.enrol import ClaimAnswer, store_identity
from devices.agent.enrolment.identity import MqttAddress
from devices.agent.enrolment.mdns import parse_address
from tests.support.programs import program_path
from tests.support.web_server import CONFIG
from webui.agents.join_page import fingerprint_groups

BROWSED = """\
+;eth0;IPv4;Loquet pi;_loquet._tcp;local
=;eth0;IPv4;Loquet pi;_loquet._tcp;local;pi.local;192.168.1.5;443;"ca=00ff" "url=https://pi.local"
=;eth0;IPv4;Loquet b;_loquet._tcp;local;b.local;192.168.1.6;443;"url=https://b.local" "ca=11ee"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "computer"


def loquet(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """What a command says, as JSON."""
    ended = main([str(word) for word in (*words, "--json")])
    said = capsys.readouterr()
    assert ended == 0, said.err
    return json.loads(said.out)


def states(said: dict[str, Any]) -> set[str]:
    return {step["state"] for step in said["steps"]}


@pytest.mark.needs("nginx")
def test_a_controller_is_set_up_once_and_taken_away_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = ("setup", "controller", "--root", root, "--name", "loquet.example", "--https", 8443)
    told = loquet(capsys, *setup, "--dry-run")
    assert states(told) == {"to do"}
    assert not root.exists(), "a dry run has written something"
    said = loquet(capsys, *setup)
    assert [step["what"] for step in said["steps"]] == [step["what"] for step in told["steps"]]
    assert states(said) == {"done"}
    assert said["url"] == "https://loquet.example:8443"
    assert said["setup_code"]
    _is_private(root)
    _is_for_browsers(root, said["fingerprint"])
    _is_taken_by_nginx(root)
    again = loquet(capsys, "setup", "controller", "--root", root)
    assert states(again) == {"there"}, "what it was told before is remembered"
    assert again["url"] == said["url"]
    assert again["fingerprint"] == said["fingerprint"]
    _is_removed(root, capsys)


def _is_private(root: Path) -> None:
    state = root / "var/lib/loquet/var"
    for folder in (state, state / "keys", state / "broker"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    secret = [*state.rglob("*.key"), *state.rglob("*.secret")]
    assert len(secret) >= 6
    for file in secret:
        assert file.stat().st_mode & 0o777 == 0o600, file


def _is_for_browsers(root: Path, fingerprint: str) -> None:
    """What a browser is shown is ECDSA, from an authority of no other names, and not for long."""
    keys = root / "var/lib/loquet/var/keys"
    leaf, authority = x509.load_pem_x509_certificates((keys / "web.crt").read_bytes())
    for certificate in (leaf, authority):
        assert isinstance(certificate.public_key(), EllipticCurvePublicKey)
    leaf.verify_directly_issued_by(authority)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "loquet.example" in names.get_values_for_type(x509.DNSName)
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 825, "Safari refuses it"
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert x509.DNSName("loquet.example") in (limits.value.permitted_subtrees or [])
    assert len(fingerprint.split(":")) == 32


def _is_taken_by_nginx(root: Path) -> None:
    nginx = program_path("nginx") or "nginx"
    words = [nginx, "-t", "-c", str(root / "etc/nginx/nginx.conf")]
    tried = subprocess.run(words, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def _is_removed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = root / "etc/avahi/services/loquet.service"
    changed.write_text("by hand")
    gone = loquet(capsys, "remove", "--root", root)
    assert str(root / "etc/nginx/conf.d/loquet.conf") in gone["removed"]
    assert gone["changed_by_others"] == [str(changed)]
    assert (root / "var/lib/loquet/var/loquet.db").exists(), "data went without --data"
    assert (root / "etc/loquet/config.toml").exists()
    loquet(capsys, "remove", "--root", root, "--data", "--yes")
    assert not (root / "var/lib/loquet").exists()


def test_a_code_that_is_none_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["setup", "agent", "short", "--url", "https://a", "--root", str(root)]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert "not a claim code" in error
    assert error.count("\n") == 1
    assert not root.exists()


def enrol_by_hand(root: Path, ca: str = "") -> None:
    """Write the configuration and identity that an enrolled box with a machine has."""
    layout = Layout(root)
    layout.config.parent.mkdir(parents=True)
    wiring = '[[agent.access_point]]\nid = "laser"\nkind = "machine"\n'
    wiring += '[agent.access_point.power]\ndriver = "gpio"\npin = 17\n'
    layout.config.write_text(f'[agent]\nstate_dir = "{root}/agent"\n{wiring}')
    claimed = ClaimAnswer(
        agent_id="pi",
        site_id="here",
        certificate="",
        ca=ca,
        mqtt=MqttAddress("a", 8883),
        hub_keys=(),
        credential_key=b64encode(bytes(32)),
    )
    store_identity("https://a:8885", claimed, Signer.generate(), root / "agent")


def test_an_agents_fingerprint_is_shown_as_on_the_page(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority.create("here", datetime.now(UTC))
    enrol_by_hand(root, authority.ca_pem)
    shown = " ".join(fingerprint_groups(f"secret{authority.fingerprint16}"))
    assert loquet(capsys, "setup", "agent", "--root", root)["fingerprint"] == shown
    assert main(["setup", "agent", "--root", str(root)]) == 0
    line = f"Its controller's fingerprint, to compare with the page: {shown}"
    assert line in capsys.readouterr().out.splitlines()


def test_an_enrolled_box_passes_over_nothing_that_it_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of a box that goes to another site is pasted on one that is enrolled."""
    enrol_by_hand(root)
    for words, typed, says in (
        (("--url", "http://127.0.0.1:1"), f"{'x' * 40}\n", "127.0.0.1:1: no answer"),
        ((), "short\n", "this is not a claim code"),
        (("--point", "saw"), "", "--point: this box serves laser already"),
    ):
        (root / "typed").write_text(typed)
        with (root / "typed").open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            assert main(["setup", "agent", "--root", str(root), *words]) == 1
        assert says in capsys.readouterr().err


@pytest.mark.needs("nginx")
def test_a_public_names_certificate_is_asked_for_once(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for certbot; the real one and a real server: tests/proofs/test_acme.py."""
    setup = ("setup", "controller", "--root", root, "--acme", "loquet.example")
    _certbot(tmp_path, monkeypatch, "echo Detail: no such name; exit 1")
    assert main([str(item) for item in setup]) == 1
    assert "for loquet.example: Detail: no such name; the name must" in capsys.readouterr().err
    live = root / "etc/letsencrypt/live/loquet.example"
    _certbot(
        tmp_path, monkeypatch, f"mkdir -p {live}; echo > {live}/fullchain.pem; echo $@ > asked"
    )
    monkeypatch.chdir(tmp_path)
    said = loquet(capsys, *setup)
    assert said["url"] == "https://loquet.example"
    asked = Path("asked").read_text()
    assert f"--webroot -d loquet.example --register-unsafely-without-email -w {root}" in asked
    site = (root / "etc/nginx/conf.d/loquet.conf").read_text()
    assert f"ssl_certificate {live}/fullchain.pem;" in site
    assert "/.well-known/acme-challenge/" in site
    _certbot(tmp_path, monkeypatch, "exit 1")
    assert states(loquet(capsys, "setup", "controller", "--root", root)) == {"there"}


def _certbot(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    file = folder / "certbot"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("LOQUET_CERTBOT", str(file))


def test_what_ends_is_made_anew_for_the_names_that_setup_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As loquet-renew.timer calls it: no code is made anew, which somebody may be about to use."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    first = loquet(capsys, "init", "--config", config)
    assert first["setup_code"]
    (tmp_path / "keys/web.crt").unlink()
    (tmp_path / "keys/web.key").unlink()
    (tmp_path / "loquet.db").unlink()
    again = loquet(capsys, "init", "--renew", "--config", config)
    assert "setup_code" not in again
    made = {str(Path(file).relative_to(tmp_path)) for file in again["made"]}
    assert {"keys/web.key", "keys/web.crt"} <= made
    assert not (tmp_path / "loquet.db").exists(), "it is an upgrade that changes the database"
    leaf, _ = x509.load_pem_x509_certificates((tmp_path / "keys/web.crt").read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    host = socket.gethostname().split(".")[0].lower()
    assert f"{host}.local" in names.get_values_for_type(x509.DNSName)


def test_a_controller_is_found_by_the_authority_that_its_code_names() -> None:
    assert parse_address(BROWSED, "11ee") == "https://b.local"
    assert parse_address(BROWSED, "22dd") is None


def test_a_simulated_kit_keeps_its_point_and_kind_of_power(root: Path) -> None:
    layout = Layout(root)
    layout.config.parent.mkdir(parents=True)
    layout.config.write_text('[agent]\nstate_dir = "agent"\n')
    wanted = AccessPointSettings(
        id="laser",
        kind="machine",
        reader={"driver": "rc522"},
        power={"driver": "gpio_pulse", "pin": 4},
    )
    (point,) = simulated_hardware.prepare(layout, "atelier", [wanted])
    assert (point.id, point.power) == ("laser", {"driver": "gpio_pulse", "pin": 17})
    bench = tomllib.loads((layout.state / "var/simulated/bench.toml").read_text())
    assert bench["machine"][0]["drive"] == "pump", "a dangerous machine's switch falls off"
    assert bench["reader"][0]["link"] == (point.reader or {})["port"]
    assert load(layout.config).agent.pins.startswith("sim:")


class WithSystemd(Layout):
    """A folder that stands for a computer whose units can be started."""

    has_systemd = True


def test_debians_broker_gives_its_port_back_at_once_unless_somebody_configured_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl, asked = tmp_path / "bin/systemctl", tmp_path / "asked"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$@" >>{asked}\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}:{os.environ['PATH']}")
    computer = WithSystemd(tmp_path / "computer")
    of_package = computer.root / "usr/lib/systemd/system/mosquitto.service.d/loquet.conf"
    theirs = computer.root / "etc/mosquitto/conf.d/own.conf"
    for file in (of_package, theirs):
        file.parent.mkdir(parents=True)
    of_package.touch()
    (step,) = controller._debians_broker_steps(computer)
    assert step.apply()
    assert asked.read_text().splitlines()[-1] == "try-restart mosquitto.service"
    theirs.touch()
    assert list(controller._debians_broker_steps(computer)) == []

"""`loquet doctor` finds what was broken, and says what mends it; green is what was tried."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.capabilities.agents.installation import issue_hub
from controller.capabilities.agents.pki import (
    Authority,
    certificate_pem,
    private_pem,
    write_private,
)
from controller.cli import main
from controller.cli.checking import broker_greeting, computer
from controller.cli.checking.findings import CheckFailed, try_check
from controller.cli.init import initialise
from controller.kernel.database import wall_clock
from controller.settings import Settings
from controller.settings.reading import load
from tests.cli.init import CONFIG
from tests.support.broker import Mosquitto
from tests.support.programs import free_port

KEYS_THERE = {
    "the hub's certificate",
    "the key of badge numbers",
    "the key of the vault",
    "the secret of the pages",
    "the broker's certificate",
    "the certificate for browsers",
    "the database has this version",
    "the key of the boxes of la-fabrique",
    "the boxes of la-fabrique have that key",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place in which nothing is wrong but that nothing runs."""
    folder = tmp_path_factory.mktemp("made")
    mqtt = f"[mqtt]\nport = {free_port()}"
    text = CONFIG.replace("[mqtt]", mqtt).replace(
        'secret = "keys', 'bind = "127.0.0.1:1"\nsecret = "keys'
    )
    (folder / "config.toml").write_text(text)
    initialise(load(folder / "config.toml", {}))
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """One of its own; its broker's configuration still names the folder of the first."""
    shutil.copytree(made, tmp_path / "place")
    return tmp_path / "place"


@pytest.fixture
def found(place: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, str]]:
    """What is not good, and its mend."""

    def ask() -> dict[str, str]:
        assert main(["doctor", "--json", "--config", str(place / "config.toml")]) in (0, 1)
        told = json.loads(capsys.readouterr().out)
        return {finding["what"]: finding["advice"] for finding in told if not finding["good"]}

    return ask


def test_a_place_that_is_whole_lacks_only_what_runs(found: Callable[[], dict[str, str]]) -> None:
    bad = found()
    assert not KEYS_THERE & set(bad)
    assert "start it" in _one(bad, "the broker at")
    assert "loquet-serve" in _one(bad, "the pages answer")
    assert "loquet backup init" in _one(bad, "last backup: never")


@pytest.mark.parametrize(
    ("spoil", "what", "mend"),
    [
        (lambda at: (at / "keys/credential.key").unlink(), "the key of badge", "restore it"),
        (lambda at: (at / "keys/card.key").unlink(), "the key of the vault", "restore it"),
        (
            lambda at: (at / "keys/card.key").write_text("00" * 32),
            "the key of the boxes of",
            "sealed with another card.key than this one; restore that",
        ),
        (lambda at: (at / "keys/ca.key").unlink(), "the authority", "restore it from a backup"),
        (
            lambda at: (at / "keys/hub.key").write_bytes((at / "keys/ca.key").read_bytes()),
            "the hub's certificate",
            "is not the key of",
        ),
        (lambda at: _other_authority(at), "the hub's certificate", "another authority"),
        (lambda at: _old_authority(at), "the authority", "it expired on 2026-10-"),
        (lambda at: _hub_ends(at, days=13), "the hub's certificate", "should have been renewed"),
        (
            lambda at: _change(at, "bind =", 'public_url = "https://new.example"\nbind ='),
            "the broker's certificate",
            "not for new.example",
        ),
        (
            lambda at: _change(at, "bind =", 'public_url = "https://new.example"\nbind ='),
            "the certificate for browsers",
            "may not speak for new.example",
        ),
        (lambda at: (at / "keys/web.secret").chmod(0o644), "is for its owner", "chmod 600"),
        (lambda at: (at / "data/loquet.db").write_bytes(b""), "the database", "loquet"),
    ],
)
def test_what_is_broken_is_found_with_its_mend(
    place: Path,
    found: Callable[[], dict[str, str]],
    spoil: Callable[[Path], object],
    what: str,
    mend: str,
) -> None:
    spoil(place)
    assert mend in _one(found(), what)


def test_the_pages_of_another_place_are_not_green(
    place: Path, found: Callable[[], dict[str, str]]
) -> None:
    """Its own ones, which would be the first with the address, are not running."""
    told = json.dumps({"status": "ok", "authority": "0" * 16}).encode()

    class Theirs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Theirs) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        _change(place, "127.0.0.1:1", f"127.0.0.1:{server.server_port}")
        bad = found()
        server.shutdown()
        thread.join()
    assert "another installation answers" in _one(bad, "the pages answer")


def test_nothing_yet_is_not_green(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("")
    assert main(["doctor", "--config", str(tmp_path / "config.toml")]) == 1
    assert "✗ this computer is: nothing yet: nothing is set up" in capsys.readouterr().out


def test_a_full_disk_and_a_wrong_clock_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    assert computer.clocks_agree(now, now, "x").good
    assert not computer.clocks_agree(now, now + timedelta(minutes=1), "x").good
    assert computer.disk(tmp_path / "not/yet", "x").good
    monkeypatch.setattr(computer, "LEAST_BYTES", 1 << 62)
    monkeypatch.setattr(computer, "LEAST_SHARE", 1.0)
    full = computer.disk(tmp_path, "x")
    assert not full.good
    assert "make room" in full.advice


@pytest.fixture(scope="module")
def broker(made: Path) -> Iterator[Settings]:
    """The place's real broker, and the certificate of one more hub that it does not know."""
    settings = load(made / "config.toml", {})
    issue_hub(settings, "hub-revoked", wall_clock())
    serial = _serial(made / "keys/hub-revoked.crt")
    listed = Authority.load(made / "keys").revocation_list([serial], wall_clock())
    (made / "broker/crl.pem").write_text(listed)
    config = made / "broker/mosquitto.conf"
    config.write_text(f"{config.read_text()}log_type information\n")  # that it runs
    running = Mosquitto(config, made)
    running.start()
    yield settings
    running.kill()


@pytest.mark.needs("mosquitto")
def test_the_broker_is_spoken_to_with_real_certificates(broker: Settings, made: Path) -> None:
    keys, mqtt = made / "keys", broker.mqtt

    def greet(name: str | None = None, ca: str = "ca.crt", who: str = "hub") -> None:
        cert, key = keys / f"{who}.crt", keys / f"{who}.key"
        broker_greeting.greet(mqtt.host, mqtt.port, ca=keys / ca, cert=cert, key=key, name=name)

    greet()
    greet("hub-main")
    with pytest.raises(CheckFailed, match="it was revoked: enrol again"):
        greet(who="hub-revoked")
    with pytest.raises(CheckFailed, match="a certificate of another authority"):
        greet(ca="web-ca.crt")


def _one(bad: dict[str, str], what: str) -> str:
    (advice,) = [advice for name, advice in bad.items() if what in name] or [f"only {bad}"]
    return advice


def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    def refused() -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "ca.key"))

    advice = try_check("the authority", refused).advice
    assert advice.endswith("ca.key can't be read by this user: use sudo")


def _old_authority(at: Path) -> None:
    Authority.create("old", datetime(2016, 11, 1, tzinfo=UTC)).save(at / "keys")


def _hub_ends(at: Path, *, days: int) -> None:
    key = Ed25519PrivateKey.generate()
    ends = wall_clock() + timedelta(days=days)
    certificate = Authority.load(at / "keys").issue("hub-main", key.public_key(), ends)
    (at / "keys/hub.crt").write_text(certificate_pem(certificate))
    write_private(at / "keys/hub.key", private_pem(key))


def _other_authority(at: Path) -> None:
    Authority.create("another", wall_clock()).save(at / "keys")


def _serial(file: Path) -> int:
    return x509.load_pem_x509_certificate(file.read_bytes()).serial_number


def _change(at: Path, old: str, new: str) -> None:
    file = at / "config.toml"
    file.write_text(file.read_text().replace(old, new, 1))


def test_before_anything_is_set_up_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("controller.cli.INSTALLED", tmp_path / "etc/config.toml")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().err
    assert "sudo loquet setup controller or sudo loquet setup agent" in said

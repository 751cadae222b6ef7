"""Setting up a controller: all is looked at before anything is written, and a second run does what
its options say, or names the one that it refuses."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from controller.capabilities.agents.web_authority import names_of
from controller.capabilities.places.models import SiteRow
from controller.cli import main
from controller.cli.installing.config_text import with_values
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.steps import WriteFile
from controller.settings import SettingsError
from controller.store.engine import open_database, read_only, sessions

NOW = datetime.now(UTC)
NAME = "loquet.example"
pytestmark = pytest.mark.needs("nginx")


def set_up(root: Path, *words: object) -> int:
    return main([str(word) for word in ("setup", "controller", "--root", root, *words)])


def said(root: Path, capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    ended = set_up(root, *words, "--json")
    told = capsys.readouterr()
    assert ended == 0, told.err
    found: dict[str, Any] = json.loads(told.out)
    return found


def refused(root: Path, capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one sentence, which is neither JSON nor Python's."""
    capsys.readouterr()
    assert set_up(root, *words) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert not any(word in error for word in ("{", "Error", "Traceback", "--debug")), error
    return error


def pair(folder: Path, *names: str, days: int = 90) -> tuple[Path, Path]:
    """A certificate for these names, as a town would bring it, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOW - timedelta(days=400))
    builder = builder.not_valid_after(NOW + timedelta(days=days))
    known = x509.SubjectAlternativeName(list(map(x509.DNSName, names)))
    made = builder.add_extension(known, False).sign(key, hashes.SHA256())
    folder.mkdir(exist_ok=True)
    files = folder / "chain.pem", folder / "chain.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("--name", f"https://{NAME}"),
            "--name: 'https://loquet.example' is not a computer's name",
        ),
        (("--name", f"{NAME}/"), "--name: 'loquet.example/' is not a computer's name"),
        (("--name", "192.168.1.500"), "--name: '192.168.1.500' is not a computer's name"),
        (("--name", ""), "--name: '' is not a computer's name"),
        (("--site", "La Fabrique"), "--site takes small letters"),
        (("--place", ""), "--place takes a name of 1 to 80"),
        (("--place", "La\nFabrique"), "--place takes a name"),
        (("--time-zone", "Europe/Pariss"), "--time-zone: there is no 'Europe/Pariss'"),
        (("--time-zone", "../../etc/passwd"), "--time-zone: there is no"),
        (("--mqtt-port", 88830), "--mqtt-port: a port is a number from 1 to 65535, not 88830"),
        (("--https", 0), "--https: a port is a number"),
        (("--https", 8443, "--agents-port", 8443), "--https and --agents-port: both would be 8443"),
        (("--acme", "192.168.1.5"), "--acme: 192.168.1.5 is an address"),
        (("--acme", "loquet.local"), "--acme: loquet.local is known in this network only"),
        (("--acme-server", "https://acme.example"), "--acme-server goes with --acme NAME"),
        (("--backups", "/mtn/nas/loquet"), "there is no folder /mtn/nas: mount the disk"),
    ],
)
def test_a_typo_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[object, ...], says: str
) -> None:
    root = tmp_path / "computer"
    for dry in ((), ("--dry-run",)):
        assert says in refused(root, capsys, *words, *dry)
    assert not root.exists()


def test_a_certificate_that_browsers_would_refuse_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "computer"
    chain, key = pair(tmp_path / "good", NAME)
    _, other = pair(tmp_path / "other", NAME)
    ended, its_key = pair(tmp_path / "ended", NAME, days=-1)
    for words, says in (
        ((tmp_path / "none.pem", key), "none.pem: No such file or directory"),
        ((key, key), "holds no certificate in PEM"),
        ((chain, chain), "holds no key in PEM"),
        ((chain, other), "is not the key of"),
        ((ended, its_key), "expired on"),
    ):
        named = ("--name", NAME, "--certificate", words[0], "--certificate-key", words[1])
        assert says in refused(root, capsys, *named)
    named = ("--name", "loquet.exmaple", "--certificate", chain, "--certificate-key", key)
    assert f"is for {NAME}, and the pages are at loquet.exmaple" in refused(root, capsys, *named)
    assert not root.exists()


def test_what_a_first_run_left_that_came_no_further_does_not_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a power cut: config.toml is there, as it was wrong, and no key yet."""
    layout = Layout(tmp_path / "computer")
    manifest, wrong = Manifest(), '[site]\nid = "wrong"\ntime_zone = 5\n'
    WriteFile(layout.config, wrong, manifest).apply()
    manifest.save(layout.manifest)
    said(layout.root, capsys, "--name", NAME, "--site", "right")
    config = tomllib.loads(layout.config.read_text())
    assert (config["site"]["id"], config["mqtt"]["port"]) == ("right", 8883)


def test_each_option_of_a_second_run_is_done_or_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path / "computer")
    root, site = layout.root, layout.nginx / "conf.d/loquet.conf"
    chain, key = pair(tmp_path / "town", "*.exmaple")
    certificate = ("--certificate", chain, "--certificate-key", key)
    first = said(root, capsys, "--name", "loquet.exmaple", "--place", "La Fabrik", *certificate)
    assert f"ssl_certificate {chain};" in site.read_text()
    layout.config.write_text(layout.config.read_text() + "# ours\n[mail]\n")
    before = layout.config.read_text()
    for words, says in (
        (("--site", "other"), "--site: the id of this site is site"),
        (("--mqtt-port", 1884), "--mqtt-port: boxes expect the broker on 8883"),
        (("--name", f"{NAME}:443"), "--name: 'loquet.example:443' is not a computer's name"),
        (("--name", NAME), f"is for *.exmaple, and the pages are at {NAME}"),
    ):
        assert says in refused(root, capsys, *words)
    key.unlink()
    assert "--no-certificate goes back" in refused(root, capsys, "--place", "x")
    assert layout.config.read_text() == before
    place = ("--place", "La Fabrique", "--time-zone", "Europe/Rome", "--language", "en")
    ports = ("--https", 8443, "--agents-port", 8444, "--web-port", 8001)
    options = ("--no-certificate", "--name", NAME, *place, *ports)
    again = said(root, capsys, *options)
    assert (again["url"], again["agents_url"]) == (f"https://{NAME}:8443", f"https://{NAME}:8444")
    config = tomllib.loads(layout.config.read_text())
    assert config["mqtt"]["host"] == NAME
    assert config["web"]["bind"] == "127.0.0.1:8001"
    assert (config["site"]["name"], config["mail"]) == ("La Fabrique", {})
    assert "# ours" in layout.config.read_text()
    _site_is(layout, {"fr": "La Fabrique"}, "Europe/Rome", "en")
    assert again["fingerprint"] != first["fingerprint"], "the first may not speak for that name"
    for file in (layout.keys / "web.crt", layout.broker / "server.crt"):
        leaf = x509.load_pem_x509_certificates(file.read_bytes())[0]
        assert {NAME, "loquet.exmaple"} <= names_of(leaf), "boxes go on by the name before"
    lines = ("listen 8443 ssl", "server 127.0.0.1:8001", f"ssl_certificate {layout.front}/browsers")
    assert all(line in site.read_text() for line in lines)
    steps = said(root, capsys, *options)["steps"]
    assert {step["state"] for step in steps} == {"there"}


def _site_is(layout: Layout, name: dict[str, str], time_zone: str, language: str) -> None:
    engine = open_database(f"sqlite:///{layout.state}/var/loquet.db")
    with sessions(read_only(engine))() as db:
        row = db.get_one(SiteRow, "site")
        assert (row.name, row.time_zone, row.language) == (name, time_zone, language)
    engine.dispose()


def test_an_agents_computer_becomes_a_controller_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path / "computer")
    layout.config.parent.mkdir(parents=True)
    layout.config.write_text('# by hand\n[agent]\nstate_dir = "agent"\n')
    assert said(layout.root, capsys, "--name", NAME)["url"] == f"https://{NAME}"
    config = tomllib.loads(layout.config.read_text())
    assert config["site"]["keys"] == str(layout.keys)
    assert config["agent"]["state_dir"] == "agent"
    assert layout.config.read_text().startswith("# by hand\n")


def test_an_address_by_hand_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path / "computer")
    layout.config.parent.mkdir(parents=True)
    layout.config.write_text('[web]\npublic_url = "https://[a"\n')
    assert "[web] public_url: 'https://[a' is not an address" in refused(layout.root, capsys)


def test_a_value_is_changed_where_it_stands_and_nothing_else() -> None:
    text = "# a\n[web]  # b\npublic_url = \"https://a\"   # c\n\n[site]\nname = 'x'\n# end\n"
    new = with_values(
        text, {("web", "public_url"): "https://b", ("web", "agents_url"): "https://b:1"}
    )
    assert new == text.replace("https://a", "https://b").replace(
        "# c\n", '# c\nagents_url = "https://b:1"\n'
    )
    assert (
        with_values(text, {("site", "name"): 'é "x" # y'}).splitlines()[5]
        == r'name = "é \"x\" # y"'
    )
    for odd in (
        'web.public_url = "a"\n',
        'web = {public_url = "a"}\n',
        '[web]\n"public_url" = "a"\n',
    ):
        with pytest.raises(SettingsError, match=r"set this yourself: \[web\] public_url"):
            with_values(odd, {("web", "public_url"): "b"})

"""`loquet setup` and `loquet remove` are not misled by what the service user leaves behind."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.capabilities.agents.pki import Authority, private_pem
from controller.capabilities.agents.web_authority import WebAuthority
from controller.cli import main
from controller.cli.installing.front import Front
from controller.cli.installing.front_certificates import read_chain
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest, digest
from controller.cli.installing.names import avahi_file
from controller.cli.installing.programs import steps as program_steps
from controller.cli.installing.removal import is_known
from controller.cli.installing.steps import ServiceFolder, WriteFile
from controller.settings import SettingsError
from controller.settings.reading import load
from devices.agent.enrolment.identity import IdentityFiles
from tests.cli.planted import SERVICE, hand_over
from tests.cli.planted import computer as computer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FRONT = Front(
    bind="127.0.0.1:8000",
    names=("loquet.local", "fd00::1"),
    https=443,
    http=80,
    agents=8885,
    certificate=Path("/a.pem"),
    key=Path("/a.pem"),
    agents_certificate=Path("/b.pem"),
    agents_key=Path("/b.pem"),
    challenges=("/.well-known/acme-challenge/", Path("/var/lib/loquet-acme")),
)


def removed(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[str]]:
    assert main(["remove", "--root", str(root), *words, "--json"]) == 0
    said: dict[str, list[str]] = json.loads(capsys.readouterr().out)
    return said


def test_nothing_is_removed_by_a_list_that_a_service_can_write(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = computer / "secret"
    note = Manifest(files={str(secret): digest(secret.read_bytes())}, units=["ssh.service"])
    note.save(computer / "var/lib/loquet/setup.json")
    hand_over(computer / "var/lib/loquet")
    nothing: dict[str, list[str]] = {"removed": [], "changed_by_others": []}
    assert removed(computer, capsys) == nothing | {"kept": [str(computer / "var/lib/loquet")]}
    assert secret.exists()


def test_only_files_that_setup_writes_are_removed_whatever_is_noted(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(computer)
    ours = layout.units / "loquet-serve.service"
    others = [computer / "secret", layout.units / "ssh.service", layout.nginx / "conf.d/other.conf"]
    files = {}
    for path in (ours, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as noted")
        files[str(path)] = digest(b"as noted")
    Manifest(files=files, units=["loquet-serve.service", "ssh.service"]).save(layout.manifest)
    said = removed(computer, capsys)
    assert said["removed"] == ["loquet-serve.service: stopped", str(ours)]
    assert said["changed_by_others"] == [str(path) for path in others]
    assert all(path.exists() for path in others)
    assert not layout.of_root.exists()


@pytest.mark.parametrize(
    "name",
    [
        "etc/systemd/system/../../cron.d/loquet.conf",
        "etc/systemd/system/loquet-serve.service.d/other.conf",
        "etc/systemd/system/loquet-serve.service/x",
        "etc/systemd/network/loquet.conf",
        "etc/nginx/nginx.conf.before",
        "etc/passwd",
    ],
)
def test_no_other_name_is_known(computer: Path, name: str) -> None:
    assert not is_known(Layout(computer), computer / name)


def test_nginxs_own_file_is_ours_only_in_a_folder_that_stands_for_a_computer() -> None:
    assert not is_known(Layout(Path("/")), Path("/etc/nginx/nginx.conf"))
    assert is_known(Layout(Path("/srv/x")), Path("/srv/x/etc/nginx/nginx.conf"))


def test_with_data_a_link_goes_and_not_what_it_leads_to(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = computer / "kept"
    kept.mkdir()
    (kept / "file").write_text("of others")
    (computer / "etc/loquet").mkdir(parents=True)
    (computer / "etc/loquet/config.toml").symlink_to(kept)
    (computer / "var/lib/loquet/var/keys").symlink_to(kept)
    removed(computer, capsys, "--data", "--yes")
    assert (kept / "file").exists()
    assert not (computer / "var/lib/loquet").exists()
    assert not (computer / "etc/loquet/config.toml").is_symlink()


def test_a_configuration_is_written_in_place_of_a_link_and_not_through_it(computer: Path) -> None:
    folder, cron = computer / "etc/loquet", computer / "etc/cron.d"
    for path in (folder, cron):
        path.mkdir(parents=True)
    (folder / "config.toml").symlink_to(cron / "job")
    (folder / "config.toml.new").symlink_to(computer / "secret")
    hand_over(folder)
    layout = Layout(computer, folder / "config.toml")
    WriteFile(layout.config, "ours", Manifest(), SERVICE, 0o640, is_kept=True).apply()
    assert not list(cron.iterdir())
    config = folder / "config.toml"
    assert (config.is_symlink(), config.read_text()) == (False, "ours")
    assert config.owner() == SERVICE
    assert (computer / "secret").owner() == "root"


def test_folders_in_the_services_folder_are_made_with_its_rights(computer: Path) -> None:
    etc = computer / "etc"
    etc.mkdir()
    state = computer / "var/lib/loquet"
    (state / "planted").symlink_to(etc)
    with pytest.raises(SettingsError, match="can't write it"):
        ServiceFolder(state / "planted/folder", SERVICE).apply()
    assert not list(etc.iterdir())
    assert ServiceFolder(state / "own", SERVICE).apply()
    assert (state / "own").owner() == SERVICE


@pytest.mark.parametrize(
    "bind",
    [
        "127.0.0.1:8000; } server { listen 1",
        "x;include:1",
        "a{b}:80",
        "a\tb:80",
        "$host:80",
        "127.0.0.1:8000\n",
    ],
)
def test_an_address_that_is_more_than_one_is_refused(tmp_path: Path, bind: str) -> None:
    with pytest.raises(SettingsError, match="is not allowed in nginx's configuration"):
        replace(FRONT, bind=bind).site()
    config = tmp_path / "config.toml"
    config.write_text(f"[web]\nbind = {json.dumps(bind)}\n")
    with pytest.raises(SettingsError, match="bind"):
        load(config)


@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "[::1]:8000", "web_1:80", "loquet.local:1"])
def test_an_address_of_a_usual_kind_is_taken(tmp_path: Path, bind: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[web]\nbind = "{bind}"\n')
    assert f"server {bind};" in replace(FRONT, bind=load(config).web.bind).site()


@pytest.mark.parametrize(
    "front",
    [
        replace(FRONT, names=("loquet.local; include /tmp/x",)),
        replace(FRONT, names=("a b",)),
        replace(FRONT, certificate=Path("/etc/x.pem; include /tmp/x")),
        replace(FRONT, key=Path("/etc/$host.pem")),
        replace(FRONT, agents_key=Path("/etc/a b")),
        replace(FRONT, challenges=("/x/", Path("/srv/{x}"))),
    ],
)
def test_no_value_ends_its_line_in_nginxs_configuration(front: Front) -> None:
    with pytest.raises(SettingsError, match="is not allowed in nginx's configuration"):
        front.site()


def test_what_the_network_is_told_stays_one_address() -> None:
    text = avahi_file("https://x/<a>&", 443, "00ff")
    assert "<txt-record>url=https://x/&lt;a&gt;&amp;</txt-record>" in text
    with pytest.raises(SettingsError, match="is not an address"):
        avahi_file("https://x\x1b[2J", 443, "00ff")


def test_nginx_is_shown_a_pair_of_the_services_own_and_nothing_else(computer: Path) -> None:
    keys = computer / "var/lib/loquet/var/keys"
    keys.mkdir()
    names = ["loquet.local"]
    chain, key = WebAuthority.create("Loquet", names, NOW).issue(names, NOW)
    (keys / "web.crt").write_text(f"# a note\n{chain}")
    (keys / "web.key").write_bytes(key)
    hand_over(keys)
    text = read_chain(SERVICE, keys / "web.crt", keys / "web.key").decode()
    assert text.count("BEGIN CERTIFICATE") == chain.count("BEGIN CERTIFICATE")
    assert text.count("PRIVATE KEY") == 2
    assert "note" not in text
    (computer / "secret").write_bytes(key)
    (keys / "web.key").unlink()
    (keys / "web.key").symlink_to(computer / "secret")
    with pytest.raises(SettingsError, match=r"web\.key is a link"):
        read_chain(SERVICE, keys / "web.crt", keys / "web.key")
    (keys / "web.key").unlink()
    _, other = WebAuthority.create("Loquet", names, NOW).issue(names, NOW)
    (keys / "web.key").write_bytes(other)
    hand_over(keys)
    with pytest.raises(SettingsError, match="is not the key of"):
        read_chain(SERVICE, keys / "web.crt", keys / "web.key")


def test_another_authority_is_pinned_only_with_the_code_that_names_it(computer: Path) -> None:
    state = computer / "state"
    state.mkdir()
    first, second = (Authority.create(name, NOW) for name in ("one", "two"))
    layout, pinned = Layout(computer), computer / "usr/local/lib/loquet/programs/authority.pem"

    def set_up(code: str) -> None:
        for step in program_steps(layout, Manifest(), lambda: state, code):
            step.apply()

    IdentityFiles(state).ca.write_text(first.ca_pem)
    set_up(f"AAAA{first.fingerprint16.upper()}")
    assert pinned.read_text() == first.ca_pem
    set_up("")
    IdentityFiles(state).ca.write_text(second.ca_pem)
    for code, says in (("", "no longer the one"), (f"A{first.fingerprint16}", "not the authority")):
        with pytest.raises(SettingsError, match=says):
            set_up(code)
    assert pinned.read_text() == first.ca_pem
    set_up(f"AAAA{second.fingerprint16}")
    assert pinned.read_text() == second.ca_pem
    IdentityFiles(state).ca.write_bytes(private_pem(first.key))
    with pytest.raises(SettingsError, match="enrol it again"):
        set_up("")


def test_the_usual_configuration_counts_before_one_that_a_service_could_add(computer: Path) -> None:
    layout = Layout(computer)
    old = layout.state / "config.toml"
    old.touch()
    assert layout.config == old, "of an installation by hand"
    (computer / "etc/loquet").mkdir(parents=True)
    (computer / "etc/loquet/config.toml").touch()
    assert layout.config == computer / "etc/loquet/config.toml"


@pytest.mark.needs("nginx")
@pytest.mark.parametrize("machine", ["controller", "agent"])
def test_a_pipe_as_the_configuration_keeps_nobody_waiting(
    computer: Path, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    config = computer / "etc/loquet/config.toml"
    config.parent.mkdir(parents=True)
    os.mkfifo(config)
    assert main(["setup", machine, "--root", str(computer)]) == 1
    assert f"{config} is not a file" in capsys.readouterr().err

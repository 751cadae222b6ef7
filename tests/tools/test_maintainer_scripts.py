"""What Debian calls when a package is removed and purged, below a folder in a computer's place."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from controller.cli import main
from controller.cli.installing.layout import Layout
from tests.support.programs import program_path
from tests.support.tree import ROOT

pytestmark = pytest.mark.needs("nginx")
SCRIPTS = ROOT / "packaging/debian"
FOLDERS = ("/etc/", "/var/lib/", "/usr/lib/", "/usr/local/", "/run/")
STUBS = {
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    "userdel": 'echo "$1" >"$ROOT/userdel"',
    "getent": '[ ! -e "$ROOT/userdel" ]',
    "dpkg-query": 'for last; do :; done; cat "$ROOT/status/$last"',
    "systemctl": 'echo "$@" >>"$ROOT/systemctl"',
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A controller as it was set up, and an agent's state beside it."""
    root = tmp_path_factory.mktemp("packages") / "computer"
    avahi = root / "etc/avahi/services"
    avahi.mkdir(parents=True)
    (avahi / "loquet.service").write_text("somebody's before")
    assert main(["setup", "controller", "--root", str(root), "--json"]) == 0
    (root / "var/lib/loquet/var/agent").mkdir()
    (root / "run/systemd/system").mkdir(parents=True)
    (root / "bin").mkdir()
    for name, script in STUBS.items():
        (root / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (root / "bin" / name).chmod(0o755)
    return root


@pytest.fixture
def computer(place: Path, tmp_path: Path) -> Layout:
    root = tmp_path / "computer"
    shutil.copytree(place, root)
    for file in (root / "etc/nginx").rglob("*.conf"):
        file.write_text(file.read_text().replace(str(place), str(root)))
    (root / "status").mkdir()
    return Layout(root)


def script(layout: Layout, package: str, verb: str, other: str = "") -> None:
    """The package's own `postrm`, with its paths below the folder; `other`: state of the other."""
    text = (SCRIPTS / f"loquet-{package}.postrm").read_text()
    for folder in FOLDERS:
        text = text.replace(f" {folder}", f" {layout.root}{folder}")
        text = text.replace(f"'rm -rf {folder}", f"'rm -rf {layout.root}{folder}")
    assert not re.search(r"[ '](/etc|/var|/usr|/run)/", text.replace(str(layout.root), "ROOT"))
    for name in ("controller", "agent"):
        (layout.root / f"status/loquet-{name}").write_text(other)
    path = f"{layout.root}/bin:{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, "ROOT": str(layout.root)}
    done = subprocess.run(
        ["sh", "-e", "-c", text, "postrm", verb], env=given, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def nginx_takes_it(layout: Layout) -> bool:
    """With what stands in its folder now, as the next start of the computer would."""
    whole = layout.root / "nginx.conf"
    whole.write_text(
        f"pid {layout.root}/pid; error_log stderr; events {{}}"
        f" http {{ access_log off; include {layout.nginx}/conf.d/*.conf; }}"
    )
    words = [program_path("nginx") or "nginx", "-t", "-c", str(whole)]
    return subprocess.run(words, capture_output=True).returncode == 0


def test_removing_keeps_everything(computer: Layout) -> None:
    script(computer, "controller", "remove")
    assert (computer.keys / "ca.key").exists()
    assert nginx_takes_it(computer)
    assert not (computer.root / "userdel").exists()


@pytest.mark.parametrize("before", [(), ("remove",)])
def test_a_purge_leaves_nothing_and_nginx_starts(computer: Layout, before: tuple[str, ...]) -> None:
    for verb in (*before, "purge"):
        script(computer, "controller", verb)
    root = computer.root
    left = [computer.state, computer.config, computer.of_root, root / "var/lib/loquet-acme"]
    assert [path for path in left if path.exists()] == []
    assert not (computer.nginx / "conf.d/loquet.conf").exists()
    assert nginx_takes_it(computer)
    assert (root / "etc/avahi/services/loquet.service").read_text() == "somebody's before"
    assert (root / "userdel").read_text() == "loquet\n"
    assert "nginx" in (root / "systemctl").read_text()
    script(computer, "controller", "purge")


@pytest.mark.parametrize("state", ["installed", "config-files"])
def test_a_purge_leaves_the_other_packages_data(computer: Layout, state: str) -> None:
    """Also where that one was removed, and may come back."""
    script(computer, "controller", "purge", state)
    assert computer.agent.exists()
    assert computer.config.exists()
    assert not computer.keys.exists()
    assert nginx_takes_it(computer)
    assert not (computer.root / "userdel").exists()
    script(computer, "agent", "purge", "not-installed")
    assert not computer.state.exists()
    assert (computer.root / "userdel").exists()


def test_an_agents_purge_leaves_the_controller(computer: Layout) -> None:
    computer.units.mkdir(parents=True, exist_ok=True)
    simulated = computer.units / "loquet-simulated.service"
    simulated.touch()
    script(computer, "agent", "purge", "installed")
    assert not simulated.exists()
    stopped = (computer.root / "systemctl").read_text()
    assert "disable --now loquet-simulated.service" in stopped, "its process keeps the user"
    assert not computer.agent.exists()
    assert (computer.keys / "ca.key").exists()
    assert nginx_takes_it(computer)


def test_after_a_purge_it_is_set_up_as_at_first(
    computer: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (computer.keys / "ca.crt").read_text()
    script(computer, "controller", "purge")
    assert main(["setup", "controller", "--root", str(computer.root), "--json"]) == 0
    assert '"setup_code": null' not in capsys.readouterr().out
    assert (computer.keys / "ca.crt").read_text() != before
    assert nginx_takes_it(computer)

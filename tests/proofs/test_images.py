"""The container images: the same bytes twice, and with compose a controller runs without rights."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.proofs.setup import browser, first_account
from tests.support.programs import free_port, program_path
from tests.support.tree import ROOT
from tests.support.until import until
from tools.images import IMAGES, USER

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    *map(
        pytest.mark.needs, ("mmdebstrap", "podman-compose", "runc", "curl", "chromium", "certutil")
    ),
]
NAME = "loquet.example.org"
WITHOUT_SYSTEMD = """\
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
tmp_dir = "{folder}/libpod"
lock_type = "file"
[network]
network_config_dir = "{folder}/networks"
"""
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""


def images(folder: Path, **environment: str) -> Path:
    """Made of the last commit, in a folder, with a package made for them."""
    made = os.environ | {"LOQUET_DIST": str(folder), "ZSTD": "3"} | environment
    subprocess.run([ROOT / "run", "image"], env=made, check=True)
    return folder


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return images(tmp_path_factory.mktemp("dist"))


@dataclass(frozen=True)
class Compose:
    """compose.yaml in a folder, on ports of 127.0.0.1, in a storage of its own."""

    folder: Path
    https: int

    def __call__(self, *command: str) -> str:
        """Run a command of podman-compose there; what it printed."""
        options = ("--env-file", "images.env", "--profile", "command")
        return self.must("podman-compose", *options, *command)

    def inside(self, *command: str) -> str:
        """Run it in the controller's container."""
        return self.must("podman", "exec", "loquet-controller", *command)

    def must(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-5000:]}"
        return done.stdout

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        own = {
            "CONTAINERS_CONF_OVERRIDE": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
        }
        both = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(command, cwd=self.folder, env=os.environ | own, **both)  # type: ignore[call-overload,no-any-return]

    def pid(self, container: str) -> int:
        """Of its first process, as this computer sees it."""
        return int(self.must("podman", "inspect", "--format", "{{.State.Pid}}", container))

    def is_healthy(self) -> bool:
        """As systemd's timers would ask, which are not here."""
        asked = ("podman", "healthcheck", "run")
        return not any(self.run(*asked, f"loquet-{name}").returncode for name in IMAGES)

    def ask(self, path: str) -> str:
        """What the pages answer by HTTPS, with the installation's own certificate."""
        where = ("--resolve", f"{NAME}:{self.https}:127.0.0.1", "--cacert", "place-ca.crt")
        curl = (program_path("curl") or "curl", "--silent", "--show-error", "--fail")
        return self.must(*curl, *where, f"https://{NAME}:{self.https}{path}")


@pytest.fixture(scope="module")
def compose(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """As docs/install.md says, up to the containers that run."""
    made = Compose(tmp_path_factory.mktemp("compose"), free_port())
    text = (ROOT / "packaging/compose.yaml").read_text()
    for port in (80, 443, 8883, 8885):
        own = made.https if port == 443 else free_port()
        text = text.replace(f'"{port}:{port}"', f'"127.0.0.1:{own}:{port}"')
    (made.folder / "compose.yaml").write_text(text)
    (made.folder / "images.env").write_bytes((dist / "images.env").read_bytes())
    (made.folder / "containers.conf").write_text(WITHOUT_SYSTEMD.format(folder=made.folder))
    (made.folder / "storage.conf").write_text(STORAGE.format(folder=made.folder))
    for archive in dist.glob("*.oci.tar"):
        made.must("podman", "load", "--input", str(archive))
    try:
        place = ("--root", "/place", "--place", "La Fabrique", "--name", NAME)
        said = made("run", "--rm", "loquet", "setup", "controller", *place, "--json")
        (made.folder / "said.json").write_text(said[said.index("{") :])
        made("up", "--detach")
        until(made.is_healthy, "a container is not healthy", 120)
        yield made
    finally:
        made.run("podman-compose", "--env-file", "images.env", "down", "--volumes")
        made.run("podman", "system", "reset", "--force")


def test_two_builds_in_two_folders_give_the_same_digests(dist: Path, tmp_path: Path) -> None:
    again = images(tmp_path, TZ="Asia/Tokyo", LC_ALL="C", HOME=str(tmp_path))
    print((again / "images.env").read_text())
    assert (again / "images.env").read_text() == (dist / "images.env").read_text()
    made = sorted(path.name for path in dist.glob("*.oci.*"))
    assert len(made) == 2 * len(IMAGES)
    for name in made:
        assert (again / name).read_bytes() == (dist / name).read_bytes(), name


def test_the_bill_of_materials_names_debian_packages_and_libraries(dist: Path) -> None:
    (file,) = dist.glob("loquet-controller_*.oci.cdx.json")
    bill: dict[str, Any] = json.loads(file.read_text())
    parts = {part["name"]: part for part in bill["components"]}
    assert parts["libc6"]["purl"].startswith("pkg:deb/debian/libc6@2.41")
    assert parts["flask"]["purl"].startswith("pkg:pypi/flask@")
    assert {"nginx", "mosquitto", "python3.13", "loquet-controller"} <= set(parts)
    assert "apt" not in parts


@pytest.mark.parametrize("part", ["broker", "controller", "front"])
def test_it_runs_as_nobody_without_capabilities_and_can_write_its_volume_alone(
    compose: Compose, part: str
) -> None:
    status = Path(f"/proc/{compose.pid(f'loquet-{part}')}/status").read_text()
    assert re.search(rf"^Uid:\t{USER}\t{USER}\t{USER}\t{USER}$", status, re.MULTILINE)
    assert re.findall(r"^Cap(?:Prm|Eff|Bnd):\t(\w+)$", status, re.MULTILINE) == ["0" * 16] * 3
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    tried = compose.run("podman", "exec", f"loquet-{part}", "touch", "/usr/new", "/etc/new", "/new")
    assert tried.stdout.count("Read-only file system") == 3


def test_the_first_account_signs_in_on_the_pages_by_https(
    compose: Compose, playwright: Playwright
) -> None:
    authority = compose.folder / "place-ca.crt"
    authority.write_text(compose.inside("cat", "/place/var/lib/loquet-root/place-ca.crt"))
    assert json.loads(compose.ask("/health/ready"))["status"] == "ok"
    resolved = f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{compose.https}"
    with browser(playwright, compose.folder, authority, resolved) as chromium:
        page = chromium.new_page()
        first_account(page, json.loads((compose.folder / "said.json").read_text()))
        assert page.url.startswith(f"https://{NAME}/setup")


def test_the_controller_reaches_the_broker_by_the_number_in_its_pid_file(compose: Compose) -> None:
    number = compose.inside("cat", "/place/var/lib/loquet/var/broker/mosquitto.pid").strip()
    assert compose.inside("cat", f"/proc/{number}/comm") == "mosquitto\n"
    compose.inside("sh", "-c", f"kill -HUP {number}")
    assert compose.is_healthy()


def test_each_that_is_killed_comes_back(compose: Compose) -> None:
    before = {part: compose.pid(f"loquet-{part}") for part in ("broker", "controller", "front")}
    for pid in before.values():
        os.kill(pid, 9)

    def are_new() -> bool:
        return all(compose.pid(f"loquet-{part}") not in (0, pid) for part, pid in before.items())

    until(are_new, "a container did not come back", 60)
    until(compose.is_healthy, "a container is not healthy", 120)


def test_the_commands_that_a_computer_runs_instead_of_timers(compose: Compose) -> None:
    compose.inside("loquet", "backup", "due")
    compose.inside("loquet", "init", "--renew")
    compose.inside("loquet", "setup", "front", "--root", "/place")
    compose.must("podman", "restart", "loquet-front")
    until(compose.is_healthy, "a container is not healthy", 120)


def test_the_volume_outlives_the_containers_and_is_upgraded_between_them(compose: Compose) -> None:
    compose("down")
    print(compose("run", "--rm", "loquet", "upgrade"))
    compose("up", "--detach")
    until(compose.is_healthy, "a container is not healthy", 120)
    assert "La Fabrique" in compose.inside("loquet", "status")


def test_the_demo_plays_its_script_in_a_container(compose: Compose) -> None:
    words = ("loquet", "demo", "--state", "/place/demo", "--port", str(free_port()), "--script")
    said = compose("--profile", "demo", "run", "--rm", "demo", *words)
    assert "Everything held." in said


@pytest.mark.needs("systemd-analyze")
def test_podman_makes_units_of_the_quadlets(compose: Compose) -> None:
    generator = "/usr/libexec/podman/quadlet"
    own = f"QUADLET_UNIT_DIRS={ROOT / 'packaging/quadlets'}"
    units = compose.folder / "units"
    print(compose.must("env", own, generator, str(units)))
    made = sorted(units.glob("*.service"))
    assert len(made) == 5
    must = ("systemd-analyze", "verify", "--man=no", *map(str, made))
    assert compose.must(*must) == ""

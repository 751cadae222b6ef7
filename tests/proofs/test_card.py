"""A Debian on a card that nobody writes: the package, `--read-only`, taps, and the power cut.

The card is two images, mounted by loop: the root, and the partition of what an agent keeps.
mount(8) does what the card's own /etc/fstab says, and its units are started as they are written.
"""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.proofs.packages import packages
from tests.support.bare import MOUNTS, bare_debian, must
from tests.support.first_tap import (
    BADGE,
    LOGIN,
    LOQUET,
    PASSWORD,
    Controller,
    started,
    status,
    token_of,
)
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.units import Running, Unit
from tests.support.units import started as unit_started
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600), pytest.mark.needs("nginx")]
OF_A_CARD = "LABEL=loquet-root / ext4 defaults,noatime 0 1\n"
STATE, CONFIG = "var/lib/loquet", "etc/loquet/config.toml"
CUTS = 6
OF_THE_KERNEL = (*MOUNTS, "sys")
TAP = ("loquet", "tap", "laser", BADGE)


@dataclass
class Card:
    """Two images, and where the root is mounted."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def root_image(self) -> Path:
        return self.folder / "root.img"

    @property
    def data_image(self) -> Path:
        return self.folder / "data.img"

    def make(self) -> None:
        for image, size, label in (
            (self.root_image, "2G", "loquet-root"),
            (self.data_image, "64M", "loquet-data"),
        ):
            must("truncate", "--size", size, str(image))
            must("mkfs.ext4", "-q", "-L", label, str(image))
        self.root.mkdir()

    def inside(self, *words: str, typed: str = "") -> str:
        """Run it there, as root."""
        command = ["chroot", str(self.root), *words]
        done = subprocess.run(command, input=typed, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    @contextmanager
    def started(self) -> Iterator[None]:
        """As a start has it: the file systems looked through, then mounted as fstab says."""
        with ExitStack() as stack:
            root, data = (_device(stack, path) for path in (self.root_image, self.data_image))
            _mount(stack, self.root, "-o", "ro", root)
            if "ro" not in self._options():
                must("mount", "-o", "remount,rw", str(self.root))
            for name in OF_THE_KERNEL:
                _mount(stack, self.root / name, "--bind", f"/{name}")
            _mount(stack, self.root / "run", "-t", "tmpfs", "tmpfs")
            looked = subprocess.run(["fsck.ext4", "-p", data], capture_output=True, text=True)
            assert looked.returncode in (0, 1), looked.stdout
            stack.callback(self._unmount)
            self.inside("mount", "--all")
            yield

    def _options(self) -> list[str]:
        """Of /, in its own fstab."""
        lines = (self.root / "etc/fstab").read_text().splitlines()
        entries = [line.split() for line in lines if not line.startswith("#")]
        return next(fields[3].split(",") for fields in entries if fields[1] == "/")

    def _unmount(self) -> None:
        """What its fstab had mounted; what came last goes first."""
        with Path("/proc/self/mounts").open() as mounts:
            points = [line.split()[1] for line in mounts]
        kept = {str(self.root), *(str(self.root / name) for name in (*OF_THE_KERNEL, "run"))}
        below = [
            point for point in points if point.startswith(f"{self.root}/") and point not in kept
        ]
        for name in reversed(below):
            must("umount", name)

    def cut(self, whole: Path) -> None:
        """Copy the partition as it is on the disk at this moment, while it is in use."""
        while True:
            before = self.data_image.stat().st_mtime_ns
            shutil.copyfile(self.data_image, whole)
            if self.data_image.stat().st_mtime_ns == before:
                return

    def digest(self) -> str:
        with self.root_image.open("rb") as image:
            return hashlib.file_digest(image, "sha256").hexdigest()


def _device(stack: ExitStack, image: Path) -> str:
    """A disk that is found by its label."""
    device = must("losetup", "--find", "--show", str(image)).strip()
    stack.callback(must, "losetup", "--detach", device)
    return device


def _mount(stack: ExitStack, where: Path, *words: str) -> None:
    must("mount", *words, str(where))
    stack.callback(must, "umount", str(where))


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """One on this computer, of this tree, with an admin."""
    root = tmp_path_factory.mktemp("place")
    ports = [free_port() for _ in range(5)]
    names = ("--https", "--http", "--web-port", "--mqtt-port", "--agents-port")
    chosen = [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]
    setup = [*LOQUET, "setup", "controller", "--root", str(root), "--name", "127.0.0.1", *chosen]
    said = json.loads(_done([*setup, "--json"]))
    where = ("--config", str(root / CONFIG))
    _done([*LOQUET, "user", "add", "--email", LOGIN, "--role", "admin", *where], f"{PASSWORD}\n")
    with started(said["start"], [], root):
        answers = lambda: status(f"http://127.0.0.1:{ports[1]}/trust/loquet.crt") == 200  # noqa: E731
        until(answers, "the pages do not answer", 120)
        yield Controller(said["url"], root, token_of(root / CONFIG), said["agents_url"])


def _done(command: list[str], typed: str = "") -> str:
    done = subprocess.run(command, input=typed, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """With Debian and the agent's package on it, and nothing set up."""
    made = Card(tmp_path_factory.mktemp("card"))
    made.make()
    debs = packages(tmp_path_factory.mktemp("dist"))
    deb = next(deb for deb in debs if deb.name.startswith("loquet-agent"))
    must("mount", "-o", "loop", str(made.root_image), str(made.root))
    try:
        with bare_debian(made.root, ("ca-certificates",)) as root:
            (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
            (root / "usr/sbin/policy-rc.d").chmod(0o755)
            (root / "etc/fstab").write_text(OF_A_CARD)
            (root / "srv" / deb.name).write_bytes(deb.read_bytes())
            made.inside("apt-get", "-q", "update")
            install = ("apt-get", "-q", "-y", "--no-install-recommends", "install")
            made.inside("env", "DEBIAN_FRONTEND=noninteractive", *install, f"/srv/{deb.name}")
    finally:
        must("umount", str(made.root))
    return made


@contextmanager
def agent_runs(card: Card) -> Iterator[Running]:
    """Its simulated hardware, then itself."""
    reader = card.root / STATE / "var/simulated/laser"
    reader.unlink(missing_ok=True)
    with unit_started(Unit(card.root, "loquet-simulated")):
        until(reader.is_symlink, "no simulated reader")
        with unit_started(Unit(card.root, "loquet-agent")) as agent:
            agent.hears("READY=1")
            yield agent


def test_a_card_that_nobody_writes_survives_power_cuts(card: Card, controller: Controller) -> None:
    code = controller.make_machine_and_badge()
    setup = ["loquet", "setup", "agent", "--url", controller.agents_url, "--point", "laser"]
    setup += ["--simulated", "--read-only", "--json"]
    with card.started():
        said = json.loads(card.inside(*setup, typed=f"{code}\n"))
        assert said["reboot"]
        again = json.loads(card.inside(*setup))
        assert {step["state"] for step in again["steps"]} == {"there"}
        assert not again["reboot"]
        card.inside("findmnt", "--verify", "--tab-file", "/etc/fstab")
    before = card.digest()
    for number in range(CUTS):
        with card.started():
            _is_read_only(card)
            with agent_runs(card) as agent:
                controller.granted(["chroot", str(card.root), *TAP])
                subprocess.run(["chroot", str(card.root), *TAP], check=True)
                card.cut(card.folder / "cut.img")
                agent.process.kill()
        (card.folder / "cut.img").replace(card.data_image)
        print(f"cut {number + 1}: the agent came up, and a tap was granted")
    assert card.digest() == before, "something was written on the root"
    with card.started(), agent_runs(card):
        controller.granted(["chroot", str(card.root), *TAP])
        holds = lambda: _check(controller).returncode == 0  # noqa: E731
        until(holds, lambda: _check(controller).stdout, 60)


def test_it_is_taken_back(card: Card) -> None:
    """After it was said that the card must be writable for it."""
    with card.started():
        refused = subprocess.run(
            ["chroot", card.root, "loquet", "remove"], capture_output=True, text=True
        )
        assert refused.returncode == 1
        assert "mount -o remount,rw /" in refused.stderr
        assert refused.stderr.count("\n") == 1
        card.inside("mount", "-o", "remount,rw", "/")
        gone = json.loads(card.inside("loquet", "remove", "--json"))
        assert any("/etc/fstab: restored" in line for line in gone["removed"])
        assert gone["changed_by_others"] == []
        assert (card.root / "etc/fstab").read_text() == OF_A_CARD
    with card.started():
        probe = card.root / "etc/written"
        probe.touch()
        assert not (card.root / STATE).is_mount()
        assert (card.root / STATE / "var/agent/enrolment.json").exists()
        assert (card.root / CONFIG).exists()
        assert not list((card.root / "etc/systemd").rglob("loquet.conf"))


def _check(controller: Controller) -> subprocess.CompletedProcess[str]:
    """Whether each event of its journals is there."""
    words = [*LOQUET, "db", "check", "--config", str(controller.config)]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT)


def _is_read_only(card: Card) -> None:
    for path in ("etc/probe", "usr/probe", "var/lib/probe", "boot/probe"):
        with pytest.raises(OSError, match="Read-only file system"):
            (card.root / path).touch()
    for path in (f"{STATE}/probe", "var/log/probe", "tmp/probe"):
        (card.root / path).touch()
        (card.root / path).unlink()

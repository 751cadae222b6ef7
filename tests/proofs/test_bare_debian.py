"""A fresh clone works on a Debian that has nothing but git, Python and venv."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.support.tree import ROOT

SUITE = "trixie"
PACKAGES = "git,ca-certificates,python3,python3-venv"
OF_THIS_MACHINE = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""How it reaches the registries, which a new system doesn't know."""
MOUNTS = ("dev", "dev/pts", "proc")
WHERE, WHO = "srv/loquet", "volunteer"
pytestmark = pytest.mark.long
Shell = Callable[[str], str]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root folder of such a system, with a clone of this tree in it."""
    root = tmp_path_factory.mktemp("bare")
    _must("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root))
    for each in OF_THIS_MACHINE:
        (root / each).write_bytes(Path("/", each).read_bytes())
    copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    _must("git", "clone", "--quiet", str(ROOT), str(root / WHERE))
    _must("chroot", str(root), "useradd", "--create-home", WHO)
    _must("chroot", str(root), "chown", "--recursive", WHO, f"/{WHERE}")
    for each in MOUNTS:
        _must("mount", "--bind", f"/{each}", str(root / each))
    try:
        yield root
    finally:
        for each in reversed(MOUNTS):
            _must("umount", "--lazy", str(root / each))


@pytest.fixture
def as_volunteer(bare: Path) -> Shell:
    """Run a line in the clone as a user who is not root; its output."""
    return lambda line: _must("chroot", str(bare), "su", WHO, "-c", f"cd /{WHERE} && {line}")


def test_the_demo_plays_its_script(as_volunteer: Shell) -> None:
    assert "Everything held." in as_volunteer("./run demo --script")


def test_the_suite_passes_with_nothing_skipped(bare: Path) -> None:
    """As root, who can install what the tests need beyond the programs of a place."""
    said = _must("chroot", str(bare), "sh", "-c", f"cd /{WHERE} && CI=true ./run test")
    print(said[-4000:])
    assert " passed in " in said
    assert " skipped" not in said


def _must(*command: str) -> str:
    """What it printed; its last words are in the failure."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-4000:]}"
    return done.stdout

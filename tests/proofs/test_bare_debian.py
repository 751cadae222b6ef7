"""A fresh clone works on a Debian that has nothing but git, Python and venv."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.bare import bare_debian, must
from tests.support.tree import ROOT

PACKAGES = ("git", "ca-certificates", "python3", "python3-venv")
WHERE, WHO = "srv/loquet", "volunteer"
ALONE = ("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
"""Nothing of what is set here: where this machine has its programs, above all."""
pytestmark = pytest.mark.long
Shell = Callable[[str], str]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root folder of such a system, with a clone of this tree in it."""
    with bare_debian(tmp_path_factory.mktemp("bare"), PACKAGES) as root:
        must("git", "clone", "--quiet", str(ROOT), str(root / WHERE))
        inside(root, "useradd", "--create-home", WHO)
        inside(root, "chown", "--recursive", WHO, f"/{WHERE}")
        yield root


def inside(root: Path, *command: str) -> str:
    """Run it there, as root; its output."""
    return must("chroot", str(root), *ALONE, *command)


@pytest.fixture
def as_volunteer(bare: Path) -> Shell:
    """Run a line in the clone as a user who is not root; its output."""
    return lambda line: inside(bare, "su", WHO, "-c", f"cd /{WHERE} && {line}")


@pytest.fixture
def as_root(bare: Path) -> Shell:
    """As root, who can install what is needed beyond the programs of a place."""
    return lambda line: inside(bare, "sh", "-c", f"cd /{WHERE} && {line}")


def test_the_demo_plays_its_script(as_volunteer: Shell) -> None:
    assert "Everything held." in as_volunteer("./run demo --script")


def test_the_suite_passes_with_nothing_skipped(as_root: Shell) -> None:
    said = as_root("CI=true ./run test")
    print(said[-2000:])
    assert " passed in " in said
    assert " skipped" not in said


def test_the_bench_has_all_its_rows(as_root: Shell) -> None:
    """It ends well only where each row could be measured and holds."""
    print(as_root("./run bench"))

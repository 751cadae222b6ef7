"""A driver in a package outside the tree: found, typed, and held to the same contract."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from tests.support.bare import must
from tests.support.tree import ROOT

TEMPLATE = ROOT / "packaging" / "driver-template"
PYTEST = ("pytest", "iniconfig", "pluggy", "packaging", "pygments")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what an agent has, pytest, and this tree as a wheel."""
    folder = tmp_path_factory.mktemp("outside")
    must(sys.executable, "-m", "venv", str(folder / "venv"))
    python = folder / "venv/bin/python"
    lock = (ROOT / "requirements/test.txt").read_text()
    entries = [part for part in re.split(r"(?m)^(?=\S)", lock) if part.split("==")[0] in PYTEST]
    (folder / "pytest.txt").write_text("".join(entries))
    pip = (str(python), "-m", "pip", "install", "--quiet", "--no-deps")
    agents = ROOT / "requirements/deb-agent.txt"
    must(*pip, "--require-hashes", "-r", str(agents), "-r", str(folder / "pytest.txt"))
    must(*pip, str(wheel(ROOT, folder)))
    return python


def wheel(tree: Path, folder: Path) -> Path:
    """Built in a copy of what is committed there."""
    source = folder / f"source-{tree.name}"
    source.mkdir()
    name = tree.relative_to(ROOT)
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", f"HEAD:{'' if name == Path() else name}"],
        stdout=subprocess.PIPE,
        check=True,
    )
    subprocess.run(["tar", "-x", "-C", str(source)], input=archive.stdout, check=True)
    out = folder / f"wheel-{tree.name}"
    build = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    must(*build, "--wheel-dir", str(out), str(source))
    return next(out.glob("*.whl"))


@pytest.fixture
def package(python: Path, tmp_path: Path) -> Path:
    """The template's folder, as somebody has copied it; installed."""
    folder = tmp_path / "mine"
    copytree(TEMPLATE, folder)
    made = wheel(TEMPLATE, tmp_path)
    pip = (str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall")
    must(*pip, str(made))
    return folder


def contract(python: Path, package: Path) -> subprocess.CompletedProcess[str]:
    """What its tests say."""
    words = [str(python), "-m", "pytest", "-q", "-W", "error", "--strict-markers", "tests"]
    return subprocess.run(words, cwd=package, text=True, capture_output=True)


def test_it_keeps_the_contract(python: Path, package: Path) -> None:
    done = contract(python, package)
    print(done.stdout[-400:])
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b8 passed", done.stdout)


def test_a_driver_that_breaks_a_promise_fails_by_its_name(python: Path, package: Path) -> None:
    """Closed twice, which an agent does."""
    driver = package / "loquet_hex_lines/driver.py"
    driver.write_text(
        driver.read_text().replace("self._thread.join()", "self._thread.join(); del self._thread")
    )
    done = contract(python, package)
    assert done.returncode == 1
    assert "test_close_switches_off_and_is_idempotent[reader-hex_lines]" in done.stdout


def test_its_types_are_checked_against_ours(python: Path, package: Path) -> None:
    """`py.typed` is in the wheel."""
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python))
    ours = ("--config-file=", "--disable-error-code=import-untyped")
    must("env", "-C", str(package), *mypy, *ours, "-p", "loquet_hex_lines")
    words = [*mypy, *ours, "-c", "from devices.needs import Needs\nNeeds(extra=1)\n"]
    done = subprocess.run(words, cwd=package, text=True, capture_output=True)
    assert 'incompatible type "int"; expected "str"' in done.stdout

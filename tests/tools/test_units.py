"""systemd finds no fault in our units, and they leave little to whoever breaks in."""

import subprocess
from pathlib import Path

import pytest

from tests.support.tree import ROOT

UNITS = sorted((ROOT / "systemd").glob("*.service"))
OTHERS = sorted(path for kind in ("timer", "path") for path in (ROOT / "systemd").glob(f"*.{kind}"))
MAX_EXPOSED = 20
"""Of 100: what `systemd-analyze security` calls 2.0."""
pytestmark = pytest.mark.needs("systemd-analyze")


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """With programs that are there: it looks for them."""
    for unit in (*UNITS, *OTHERS):
        lines = unit.read_text().replace("/opt/loquet/.venv/bin/loquet", "/bin/true")
        (tmp_path / unit.name).write_text(lines.replace("/usr/sbin/mosquitto", "/bin/true"))
    assert _says("verify", "--man=no", *map(str, tmp_path.iterdir())) == ""


def test_they_are_exposed_by_two_of_ten_at_most() -> None:
    limit = f"--threshold={MAX_EXPOSED}"
    _says("security", "--offline=yes", "--no-pager", limit, *map(str, UNITS))


@pytest.mark.parametrize("unit", ["hub", "web", "serve", "agent"])
def test_what_hangs_is_ended_and_what_ends_is_started_again(unit: str) -> None:
    lines = (ROOT / f"systemd/loquet-{unit}.service").read_text().splitlines()
    assert {"Type=notify", "Restart=always", "StartLimitIntervalSec=0"} <= set(lines)
    assert any(line.startswith("WatchdogSec=") for line in lines)


def _says(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout
    return done.stdout

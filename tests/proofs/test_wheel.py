"""The wheel alone, in an environment of its own: the demo runs from it, documentation included."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.proofs.packages import packages

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


def test_the_demo_runs_from_the_wheel(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    packages(dist, "amd64")
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert "webui/documentation/site/index.html" in packed.namelist()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    programs = f"{tmp_path}/venv/bin"
    install = [f"{programs}/pip", "install", "--quiet", f"{wheel}[controller,agent,bridge]"]
    subprocess.run(install, check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    demo = [f"{programs}/loquet", "demo", "--script"]
    answer = subprocess.run(demo, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.rstrip().endswith("Everything held.")
